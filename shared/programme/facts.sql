-- Reads, never writes, the tables of the later domains too, so that all guards see one consistent snapshot.
-- The statement says which rows count and hands out ids; counting.py makes facts of them. Set logic in SQL needed three
-- times as many plan nodes, and a join of two sets turns quadratic when statistics are stale.

-- name: load_facts(programme_id)^
-- Everything the guards of one programme ask for, as one JSON value; no row for a programme out of sight.
WITH k AS MATERIALIZED (
    SELECT p.school_id, p.id, p.school_year, p.inputs_version, m.timezone, m.move_days_off, app_now() AS now,
           (app_now() AT TIME ZONE m.timezone)::date AS today
    FROM programme p JOIN municipality m ON m.id = p.municipality_id
    WHERE p.id = :programme_id
),
mentee_row AS MATERIALIZED (
    SELECT id, person_id, topics FROM mentee WHERE programme_id = :programme_id AND ended_at IS NULL
),
mentor_row AS MATERIALIZED (
    SELECT id, person_id, origin, form, capacity FROM mentor WHERE programme_id = :programme_id AND ended_at IS NULL
),
appointment_row AS MATERIALIZED (
    SELECT person_id, duty, appointed_on FROM appointment, k
    WHERE programme_id = :programme_id AND ended_at IS NULL AND appointed_on <= k.today
),
plan_row AS MATERIALIZED (
    SELECT activity_key, responsible_id, planned_on FROM activity_plan
    WHERE programme_id = :programme_id AND ended_at IS NULL
),
specialist_row AS MATERIALIZED (
    SELECT id, person_id FROM specialist WHERE programme_id = :programme_id AND ended_at IS NULL
),
survey_row AS MATERIALIZED (
    SELECT id, side, moment, responsible_id, scheduled_on, closed_at FROM survey
    WHERE programme_id = :programme_id AND ended_at IS NULL
),
-- Living records of people only; a pupil without a birth date counts as a minor.
person_row AS MATERIALIZED (
    SELECT p.id, kind = 'pupil' AND (birth_on IS NULL OR birth_on + interval '18 years' > k.today) AS is_minor
    FROM k, person p
    WHERE p.ended_at IS NULL AND p.id = ANY (ARRAY(
        SELECT person_id FROM mentee_row UNION ALL SELECT person_id FROM mentor_row
        UNION ALL SELECT person_id FROM appointment_row UNION ALL SELECT responsible_id FROM plan_row
        UNION ALL SELECT responsible_id FROM survey_row UNION ALL SELECT person_id FROM specialist_row))
),
decision_row AS MATERIALIZED (
    SELECT mentor_id, outcome, decided_on, reason FROM decision, k
    WHERE programme_id = :programme_id AND ended_at IS NULL AND decided_on <= k.today
),
goal_row AS MATERIALIZED (
    SELECT kind, form, topics FROM goal WHERE programme_id = :programme_id AND ended_at IS NULL
)
SELECT json_build_object(
    'programme_id', k.id, 'school_year', k.school_year, 'inputs_version', k.inputs_version, 'today', k.today,
    'schedule', json_build_object(
        'move_days_off', k.move_days_off,
        'days', (SELECT json_agg(json_build_array(day_on, is_working)) FROM calendar_day
                 WHERE day_on BETWEEN make_date(k.school_year, 9, 1) AND make_date(k.school_year + 1, 12, 31)),
        'extensions', (SELECT json_agg(json_build_array(due_on, (created_at AT TIME ZONE k.timezone)::date, activity_key,
                                                        stage_key, document) ORDER BY id)
                       FROM extension WHERE programme_id = :programme_id AND ended_at IS NULL)),
    'profile', (SELECT json_build_object('has_grades_9_11', has_grades_9_11, 'has_young_specialists', has_young_specialists,
                                         'has_psychologist', has_psychologist, 'has_career_tests', has_career_tests)
        FROM school_profile s WHERE s.school_id = k.school_id AND s.school_year = k.school_year AND ended_at IS NULL),
    'people', (SELECT array_agg(id) FROM person_row),
    'minors', (SELECT array_agg(id) FROM person_row WHERE is_minor),
    'conditions', json_build_object(
        'documents', (SELECT json_object_agg(kind, dated_on) FROM (
            SELECT kind, min(dated_on) AS dated_on FROM evidence, unnest(kinds) AS kind
            WHERE programme_id = :programme_id AND ended_at IS NULL AND dated_on <= k.today GROUP BY kind) AS e),
        'informed', (SELECT json_object_agg(audience, informed_on) FROM (
            SELECT audience, min(informed_on) AS informed_on FROM information
            WHERE programme_id = :programme_id AND ended_at IS NULL AND informed_on <= k.today GROUP BY audience) AS i),
        'requests', (SELECT json_object_agg(audience, collected_on) FROM (
            SELECT audience, min(collected_on) AS collected_on FROM request
            WHERE programme_id = :programme_id AND ended_at IS NULL AND collected_on <= k.today GROUP BY audience) AS r),
        'appointments', (SELECT json_agg(json_build_array(person_id, duty, appointed_on)) FROM appointment_row),
        'goals', (SELECT json_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM goal_row GROUP BY kind) AS g),
        'plan', (SELECT json_object_agg(activity_key, json_build_array(responsible_id, planned_on)) FROM plan_row),
        'roadmap_approved_on', (SELECT min(approved_on) FROM roadmap_approval
            WHERE programme_id = :programme_id AND ended_at IS NULL AND approved_on <= k.today AND evidence_id IN (
                SELECT id FROM evidence WHERE programme_id = :programme_id AND ended_at IS NULL))),
    'bases', json_build_object(
        'collections', (SELECT json_object_agg(source, json_build_array(waiver, collected_on)) FROM collection
            WHERE programme_id = :programme_id AND ended_at IS NULL AND collected_on <= k.today),
        'mentees', (SELECT json_agg(json_build_array(id, person_id, topics)) FROM mentee_row),
        'mentors', (SELECT json_agg(json_build_array(id, person_id, origin, form, capacity)) FROM mentor_row),
        -- Consent in force on the local date of today.
        'consented', (SELECT array_agg(person_id) FROM consent
            WHERE ended_at IS NULL AND kind = 'processing' AND given_on <= k.today
              AND (valid_until IS NULL OR valid_until >= k.today) AND (withdrawn_on IS NULL OR withdrawn_on > k.today)
              AND person_id = ANY (ARRAY(SELECT person_id FROM mentee_row UNION ALL SELECT person_id FROM mentor_row))),
        'topic_keys', (SELECT json_object_agg(name, topic_key(name)) FROM (SELECT DISTINCT unnest(topics) AS name FROM mentee_row) AS t),
        'forms', (SELECT json_agg(form) FROM goal_row WHERE kind = 'form'),
        'expected', (SELECT array_agg(topic_key(name)) FROM goal_row, unnest(topics) AS name WHERE kind = 'expected_result')),
    'selection', json_build_object(
        'criteria', (SELECT json_agg(json_build_array(id, is_general, topic_keys(topics), approved_on)) FROM criterion
            WHERE programme_id = :programme_id AND ended_at IS NULL AND approved_on <= k.today),
        'selected', (SELECT array_agg(mentor_id) FROM decision_row WHERE outcome = 'selected'),
        'reserve', (SELECT array_agg(mentor_id) FROM decision_row WHERE outcome = 'reserve'),
        'declined', (SELECT array_agg(mentor_id) FROM decision_row WHERE outcome = 'declined'),
        'unexplained', (SELECT array_agg(mentor_id) FROM decision_row WHERE outcome = 'reserve' AND reason IS NULL),
        'first_decided_on', (SELECT min(decided_on) FROM decision_row),
        'decided_on', (SELECT max(decided_on) FROM decision_row),
        'listed', (SELECT json_agg(json_build_array(mentor_id, CASE WHEN completed_on <= k.today THEN completed_on END))
            FROM training_participant WHERE programme_id = :programme_id AND ended_at IS NULL AND training_id IN (
                SELECT id FROM training WHERE programme_id = :programme_id AND ended_at IS NULL))),
    'placement', json_build_object(
        'pairs', (SELECT json_agg(json_build_array(id, mentor_id, kind, format IS NOT NULL,
                      starts_on IS NOT NULL AND ends_on IS NOT NULL, CASE WHEN mentor_agreed_on <= k.today THEN mentor_agreed_on END,
                      CASE WHEN mentor_guardian_agreed_on <= k.today THEN mentor_guardian_agreed_on END, outcome, closed_on, ends_on) ORDER BY id)
            FROM pair WHERE programme_id = :programme_id AND ended_at IS NULL),
        'members', (SELECT json_agg(json_build_array(pair_id, mentee_id, CASE WHEN mentee_agreed_on <= k.today THEN mentee_agreed_on END,
                        CASE WHEN guardian_agreed_on <= k.today THEN guardian_agreed_on END))
            FROM pair_member WHERE programme_id = :programme_id AND ended_at IS NULL),
        'waiting', (SELECT json_agg(json_build_array(mentee_id, since_on)) FROM waiting_entry
            WHERE programme_id = :programme_id AND ended_at IS NULL AND since_on <= k.today),
        -- Pairs with strengths and growth areas of both sides.
        'strengths', (SELECT array_agg(pair_id) FROM (
            SELECT pair_id FROM trait WHERE programme_id = :programme_id AND ended_at IS NULL AND noted_on <= k.today
            GROUP BY pair_id HAVING bit_or(CASE side WHEN 'mentor' THEN 1 ELSE 4 END * CASE kind WHEN 'strength' THEN 1 ELSE 2 END) = 15) AS t),
        'goals', (SELECT array_agg(DISTINCT pair_id) FROM pair_task
            WHERE programme_id = :programme_id AND ended_at IS NULL AND (pair_id, goal_id) IN (
                SELECT pair_id, id FROM pair_goal WHERE programme_id = :programme_id AND ended_at IS NULL)),
        'events', (SELECT array_agg(DISTINCT pair_id) FROM plan_event WHERE programme_id = :programme_id AND ended_at IS NULL),
        'support', (SELECT json_agg(json_build_array(pair_id, CASE WHEN mode = 'planned' THEN specialist_id END)) FROM support
            WHERE programme_id = :programme_id AND ended_at IS NULL AND decided_on <= k.today),
        'specialists', (SELECT json_agg(json_build_array(id, person_id)) FROM specialist_row)),
    'feedback', json_build_object(
        'surveys', (SELECT json_object_agg(side || '.' || moment, json_build_array(id, scheduled_on, responsible_id,
                        CASE WHEN closed_at <= k.now THEN closed_at END, (closed_at AT TIME ZONE k.timezone)::date)) FROM survey_row),
        'sent', (SELECT json_agg(json_build_array(survey_id, mentor_id, mentee_id)) FROM invitation
            WHERE programme_id = :programme_id AND ended_at IS NULL AND sent_at <= k.now AND survey_id IN (
                SELECT id FROM survey_row WHERE moment = 'before')),
        'rules_frozen_on', (SELECT min((frozen_at AT TIME ZONE k.timezone)::date) FROM reward_rules
            WHERE programme_id = :programme_id AND ended_at IS NULL AND frozen_at <= k.now)),
    'closing', json_build_object(
        'results', (SELECT json_object_agg(kind, json_build_array(id, cut_off_at,
                        (created_at AT TIME ZONE k.timezone)::date, inputs_version <> k.inputs_version, based_on)) FROM (
            SELECT DISTINCT ON (kind) kind, id, cut_off_at, created_at, inputs_version, based_on FROM result
            WHERE programme_id = :programme_id ORDER BY kind, id DESC) AS r),
        'conclusions', (SELECT json_object_agg(subject, CASE WHEN signed_on <= k.today THEN signed_on END) FROM conclusion
            WHERE programme_id = :programme_id AND ended_at IS NULL),
        'reflection_on', (SELECT min(held_on) FROM reflection
            WHERE programme_id = :programme_id AND ended_at IS NULL AND held_on <= k.today),
        'rated', (SELECT json_agg(criterion ORDER BY criterion) FROM criterion_rating
            WHERE programme_id = :programme_id AND ended_at IS NULL),
        'approvals', (SELECT json_object_agg(result_id, approved_on) FROM reward_approval
            WHERE programme_id = :programme_id AND ended_at IS NULL AND approved_on <= k.today),
        'celebration_on', (SELECT min(held_on) FROM celebration
            WHERE programme_id = :programme_id AND ended_at IS NULL AND held_on <= k.today),
        'popularised_on', (SELECT min(published_on) FROM popularisation
            WHERE programme_id = :programme_id AND ended_at IS NULL AND published_on <= k.today))) AS facts
FROM k
