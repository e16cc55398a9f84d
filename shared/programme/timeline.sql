-- name: load_timeline(programme_id)^
-- The history and the dates of one programme that its lateness is judged by, as one JSON value.
WITH k AS MATERIALIZED (
    SELECT p.school_year, p.stage, p.resume_stage, m.timezone, m.move_days_off, (app_now() AT TIME ZONE m.timezone)::date AS today
    FROM programme p JOIN municipality m ON m.id = p.municipality_id
    WHERE p.id = :programme_id
)
SELECT json_build_object(
    'school_year', k.school_year, 'stage', k.stage, 'resume_stage', k.resume_stage, 'today', k.today,
    'schedule', json_build_object(
        'move_days_off', k.move_days_off,
        'days', (SELECT json_agg(json_build_array(day_on, is_working)) FROM calendar_day
                 WHERE day_on BETWEEN make_date(k.school_year, 9, 1) AND make_date(k.school_year + 1, 12, 31)),
        'extensions', (SELECT json_agg(json_build_array(due_on, (created_at AT TIME ZONE k.timezone)::date, activity_key,
                                                        stage_key, document) ORDER BY id)
                       FROM extension WHERE programme_id = :programme_id AND ended_at IS NULL)),
    'fulfilments', (SELECT json_object_agg(activity_key, json_build_array(fulfilled_on, (recorded_at AT TIME ZONE k.timezone)::date))
                    FROM fulfilment WHERE programme_id = :programme_id),
    'steps', (SELECT json_agg(json_build_array(trigger, src, dst, (at AT TIME ZONE k.timezone)::date,
                                               CASE WHEN trigger = 'reopen' THEN body::json ->> 'due_on' END) ORDER BY seq)
              FROM programme_event WHERE programme_id = :programme_id
              AND trigger IN ('suspend', 'resume', 'reopen', 'cancel', 'complete'))) AS timeline
FROM k
