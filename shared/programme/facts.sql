-- Reads, never writes, the tables of the later domains too, so that all guards see one consistent snapshot.
-- Sets are tested with IN in select lists, which hashes each once: the work stays linear whatever the planner believes
-- about the number of rows, while a join of two CTEs would be quadratic with stale statistics.

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
    SELECT person_id, duty, appointed_on FROM appointment
    WHERE programme_id = :programme_id AND ended_at IS NULL AND appointed_on <= (SELECT today FROM k)
),
plan_row AS MATERIALIZED (
    SELECT activity_key, responsible_id, planned_on FROM activity_plan
    WHERE programme_id = :programme_id AND ended_at IS NULL
),
survey_row AS MATERIALIZED (
    SELECT id, side, moment, responsible_id, scheduled_on, closed_at FROM survey
    WHERE programme_id = :programme_id AND ended_at IS NULL
),
person_row AS MATERIALIZED (
    SELECT id, kind = 'pupil' AND (birth_on IS NULL OR birth_on + interval '18 years' > (SELECT today FROM k)) AS is_minor
    FROM person
    WHERE ended_at IS NULL AND id = ANY (ARRAY(
        SELECT person_id FROM mentee_row UNION SELECT person_id FROM mentor_row
        UNION SELECT person_id FROM appointment_row UNION SELECT responsible_id FROM plan_row
        UNION SELECT responsible_id FROM survey_row))
),
consented AS MATERIALIZED (
    SELECT person_id FROM consent
    WHERE ended_at IS NULL AND kind = 'processing' AND given_on <= (SELECT today FROM k)
      AND (valid_until IS NULL OR valid_until >= (SELECT today FROM k))
      AND (withdrawn_on IS NULL OR withdrawn_on > (SELECT today FROM k))
      AND person_id = ANY (ARRAY(SELECT person_id FROM mentee_row UNION SELECT person_id FROM mentor_row))
),
decision_row AS MATERIALIZED (
    SELECT mentor_id, outcome, decided_on, reason FROM decision
    WHERE programme_id = :programme_id AND ended_at IS NULL AND decided_on <= (SELECT today FROM k)
),
mentee_state AS MATERIALIZED (
    SELECT *, is_consented AND has_topics AS is_active FROM (
        SELECT id, topics, cardinality(topics) > 0 AS has_topics,
               person_id IN (SELECT id FROM person_row) AS is_known,
               person_id IN (SELECT id FROM person_row WHERE is_minor) AS is_minor,
               person_id IN (SELECT person_id FROM consented) AS is_consented
        FROM mentee_row) AS m
    WHERE is_known
),
mentor_state AS MATERIALIZED (
    SELECT * FROM (
        SELECT id, origin, form, capacity,
               person_id IN (SELECT id FROM person_row) AS is_known,
               person_id IN (SELECT id FROM person_row WHERE is_minor) AS is_minor,
               person_id IN (SELECT person_id FROM consented) AS is_consented,
               id IN (SELECT mentor_id FROM decision_row) AS is_decided,
               id IN (SELECT mentor_id FROM decision_row WHERE outcome = 'selected') AS is_selected,
               id IN (SELECT mentor_id FROM decision_row WHERE outcome <> 'selected') AS is_out,
               id IN (SELECT mentor_id FROM decision_row WHERE outcome = 'reserve' AND reason IS NULL) AS is_unexplained
        FROM mentor_row) AS m
    WHERE is_known
),
-- Request topics of the active mentees, and the words that answer them.
topic AS MATERIALIZED (
    SELECT DISTINCT topic_key(name) AS key FROM (SELECT DISTINCT unnest(topics) AS name FROM mentee_state WHERE is_active) AS t
),
goal_row AS MATERIALIZED (
    SELECT kind, form, topics FROM goal WHERE programme_id = :programme_id AND ended_at IS NULL
),
criterion_row AS MATERIALIZED (
    SELECT id, topics, is_general, approved_on FROM criterion
    WHERE programme_id = :programme_id AND ended_at IS NULL AND approved_on <= (SELECT today FROM k)
),
-- Trainings: on the list, and trained, by mentor.
training_row AS MATERIALIZED (
    SELECT id, held_on FROM training WHERE programme_id = :programme_id AND ended_at IS NULL
),
listed AS MATERIALIZED (
    SELECT mentor_id, min(completed_on) FILTER (WHERE completed_on <= (SELECT today FROM k)) AS trained_on
    FROM (SELECT mentor_id, completed_on, training_id IN (SELECT id FROM training_row) AS is_alive
          FROM training_participant WHERE programme_id = :programme_id AND ended_at IS NULL) AS p
    WHERE is_alive GROUP BY mentor_id
),
-- Everything about a pair in one pass. Bits of marks: 1 format, 2 period, 4 mentor's side agreed, 8 a member has not
-- agreed, 16 strengths and 32 growth areas of the mentor, 64 and 128 of the mentees, 256 a goal with a task,
-- 512 a planned event, 1024 support.
pair_row AS MATERIALIZED (
    SELECT id, mentor_id, kind, format, starts_on, ends_on, mentor_agreed_on, mentor_guardian_agreed_on, outcome, closed_on,
           mentor_id IN (SELECT id FROM mentor_state) AND mentor_id NOT IN (
               SELECT mentor_id FROM decision_row WHERE outcome = 'declined') AS has_mentor,
           mentor_id IN (SELECT id FROM mentor_state WHERE is_minor) AS is_minor
    FROM pair WHERE programme_id = :programme_id AND ended_at IS NULL
),
member_row AS MATERIALIZED (
    SELECT pair_id, mentee_id, mentee_agreed_on, guardian_agreed_on,
           mentee_id IN (SELECT id FROM mentee_state) AS is_known,
           mentee_id IN (SELECT id FROM mentee_state WHERE is_minor) AS is_minor
    FROM pair_member WHERE programme_id = :programme_id AND ended_at IS NULL
),
pair_mark AS (
    SELECT id AS pair_id, mentor_id, kind, outcome, closed_on, NULL::bigint AS mentee_id,
           GREATEST(mentor_agreed_on, CASE WHEN is_minor THEN mentor_guardian_agreed_on END) AS agreed_on,
           CASE WHEN format IS NOT NULL THEN 1 ELSE 0 END
           | CASE WHEN starts_on IS NOT NULL AND ends_on IS NOT NULL THEN 2 ELSE 0 END
           | CASE WHEN has_mentor AND mentor_agreed_on <= (SELECT today FROM k)
                   AND (NOT is_minor OR mentor_guardian_agreed_on <= (SELECT today FROM k)) THEN 4 ELSE 0 END AS marks
    FROM pair_row
    UNION ALL
    SELECT pair_id, NULL, NULL, NULL, NULL, mentee_id,
           GREATEST(mentee_agreed_on, CASE WHEN is_minor THEN guardian_agreed_on END),
           CASE WHEN mentee_agreed_on <= (SELECT today FROM k)
                 AND (NOT is_minor OR guardian_agreed_on <= (SELECT today FROM k)) THEN 0 ELSE 8 END
    FROM member_row WHERE is_known
    UNION ALL
    SELECT pair_id, NULL, NULL, NULL, NULL, NULL, NULL,
           CASE WHEN side = 'mentor' THEN CASE WHEN kind = 'strength' THEN 16 ELSE 32 END
                ELSE CASE WHEN kind = 'strength' THEN 64 ELSE 128 END END
    FROM trait WHERE programme_id = :programme_id AND ended_at IS NULL AND noted_on <= (SELECT today FROM k)
    UNION ALL
    SELECT pair_id, NULL, NULL, NULL, NULL, NULL, NULL, CASE WHEN (pair_id, goal_id) IN (
               SELECT pair_id, id FROM pair_goal WHERE programme_id = :programme_id AND ended_at IS NULL) THEN 256 ELSE 0 END
    FROM pair_task WHERE programme_id = :programme_id AND ended_at IS NULL
    UNION ALL
    SELECT pair_id, NULL, NULL, NULL, NULL, NULL, NULL, 512
    FROM plan_event WHERE programme_id = :programme_id AND ended_at IS NULL
    UNION ALL
    SELECT pair_id, NULL, NULL, NULL, NULL, NULL, NULL, CASE WHEN mode <> 'planned' OR specialist_id IN (
               SELECT id FROM specialist WHERE programme_id = :programme_id AND ended_at IS NULL) THEN 1024 ELSE 0 END
    FROM support WHERE programme_id = :programme_id AND ended_at IS NULL AND decided_on <= (SELECT today FROM k)
),
pair_sum AS MATERIALIZED (
    SELECT pair_id AS id, max(mentor_id) AS mentor_id, max(kind) AS kind, max(outcome) AS outcome, max(closed_on) AS closed_on,
           bit_or(marks) AS marks, max(agreed_on) AS agreed_on,
           coalesce(array_agg(mentee_id) FILTER (WHERE mentee_id IS NOT NULL), '{}') AS mentees
    FROM pair_mark GROUP BY pair_id HAVING max(mentor_id) IS NOT NULL
),
-- Asked while working: the live pairs; when all have ended, those that ran to their end.
pair_state AS MATERIALIZED (
    SELECT *, outcome IS NULL AS is_live, outcome IS NULL OR outcome IN ('completed', 'carried_over') AS is_kept,
           CASE WHEN outcome IS NULL THEN marks & 12 = 4 AND CASE kind WHEN 'pair' THEN cardinality(mentees) = 1
                                                                   ELSE cardinality(mentees) > 0 END
                ELSE outcome IN ('completed', 'carried_over') END AS is_placing
    FROM pair_sum
),
asked_pair AS MATERIALIZED (
    SELECT * FROM pair_state WHERE is_live OR (is_kept AND NOT EXISTS (SELECT FROM pair_state WHERE is_live))
),
pair_need (need, bits) AS (VALUES ('format', 1), ('strengths', 240), ('goals', 256), ('plan', 514), ('support', 1024)),
-- Where the mentees are.
placed AS MATERIALIZED (
    SELECT mentee_id, min(placed_on) AS placed_on FROM (
        SELECT unnest(mentees) AS mentee_id, coalesce(agreed_on, closed_on) AS placed_on FROM pair_state WHERE is_placing
        UNION ALL
        SELECT mentee_id, since_on FROM waiting_entry
        WHERE programme_id = :programme_id AND ended_at IS NULL AND since_on <= (SELECT today FROM k)) AS p
    GROUP BY mentee_id
),
mentee_place AS (
    SELECT id, id IN (SELECT mentee_id FROM placed) AS is_placed,
           id IN (SELECT unnest(mentees) FROM pair_state WHERE is_live) AS has_pair
    FROM mentee_state WHERE is_active
),
mentor_load AS (
    SELECT mentor_id, sum(load) > max(capacity) AS is_over FROM (
        SELECT id AS mentor_id, coalesce(capacity, 0) AS capacity, 0 AS load FROM mentor_state
        UNION ALL SELECT mentor_id, NULL, cardinality(mentees) FROM pair_state WHERE is_live) AS m
    GROUP BY mentor_id HAVING sum(load) > 0 AND max(capacity) IS NOT NULL
),
-- Who takes part in the surveys, and who was asked before.
invited AS MATERIALIZED (
    SELECT mentor_id, mentee_id, survey_id IN (SELECT id FROM survey_row WHERE side = 'mentor' AND moment = 'before') AS of_mentors,
           survey_id IN (SELECT id FROM survey_row WHERE side = 'mentee' AND moment = 'before') AS of_mentees
    FROM invitation WHERE programme_id = :programme_id AND ended_at IS NULL AND sent_at <= (SELECT now FROM k)
),
participant AS (
    SELECT 'mentee' AS side, id, id IN (SELECT mentee_id FROM invited WHERE of_mentees AND mentee_id IS NOT NULL) AS is_asked
    FROM (SELECT id, id IN (SELECT unnest(mentees) FROM asked_pair) AS is_paired FROM mentee_state WHERE is_active) AS m
    WHERE is_paired
    UNION ALL
    SELECT 'mentor', id, id IN (SELECT mentor_id FROM invited WHERE of_mentors AND mentor_id IS NOT NULL)
    FROM (SELECT id, id IN (SELECT mentor_id FROM asked_pair) AS is_paired FROM mentor_state) AS m
    WHERE is_paired
),
-- Everything that can be lacking: of what (lack), by whom (an id or a word), and whether it is.
item (lack, id, word, is_lacking) AS (
    SELECT 'awaiting', id, NULL, NOT is_consented FROM mentee_state
    UNION ALL SELECT 'topicless', id, NULL, NOT has_topics FROM mentee_state WHERE is_consented
    UNION ALL SELECT 'unexpected', NULL, key, key NOT IN (
        SELECT topic_key(unnest(topics)) FROM goal_row WHERE kind = 'expected_result') FROM topic
    UNION ALL SELECT 'outside', id, NULL, origin = 'other' FROM mentor_state
    UNION ALL SELECT 'undescribed', id, NULL, capacity IS NULL OR form IS NULL
        OR form NOT IN (SELECT form FROM goal_row WHERE kind = 'form') FROM mentor_state WHERE NOT is_out
    UNION ALL SELECT 'unconsented', id, NULL, NOT is_consented FROM mentor_state WHERE NOT is_out
    UNION ALL SELECT 'uncovered', NULL, key, NOT EXISTS (SELECT FROM criterion_row WHERE is_general)
        AND key NOT IN (SELECT topic_key(unnest(topics)) FROM criterion_row) FROM topic
    UNION ALL SELECT 'late', id, NULL, coalesce(approved_on > (SELECT min(decided_on) FROM decision_row), false) FROM criterion_row
    UNION ALL SELECT 'undecided', id, NULL, NOT is_decided FROM mentor_state
    UNION ALL SELECT 'unexplained', id, NULL, is_unexplained FROM mentor_state
    UNION ALL SELECT 'unlisted', id, NULL, id NOT IN (SELECT mentor_id FROM listed) FROM mentor_state WHERE is_selected
    UNION ALL SELECT 'untrained', id, NULL, id NOT IN (SELECT mentor_id FROM listed WHERE trained_on IS NOT NULL)
        FROM mentor_state WHERE is_selected
    UNION ALL SELECT 'unplaced', id, NULL, NOT is_placed FROM mentee_place
    UNION ALL SELECT 'overloaded', mentor_id, NULL, is_over FROM mentor_load
    UNION ALL SELECT 'unfinished', id, NULL, is_live FROM pair_state
    UNION ALL SELECT 'asked.' || need, id, NULL, marks & bits <> bits FROM asked_pair CROSS JOIN pair_need
    UNION ALL SELECT 'kept.' || need, id, NULL, marks & bits <> bits FROM pair_state CROSS JOIN pair_need WHERE is_kept
    UNION ALL SELECT 'unasked', NULL, side || ':' || id, NOT is_asked FROM participant
),
-- How many lack it, of how many, and the first hundred; the blank in [1: 100] keeps aiosql from seeing a name.
lack_sum AS (
    SELECT lack, json_build_array(
               count(*) FILTER (WHERE is_lacking), count(*),
               (array_agg(id ORDER BY id) FILTER (WHERE is_lacking AND id IS NOT NULL))[1: 100],
               (array_agg(word ORDER BY word) FILTER (WHERE is_lacking AND word IS NOT NULL))[1: 100]) AS found
    FROM item GROUP BY lack
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
    'lacks', (SELECT json_object_agg(lack, found) FROM lack_sum),
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
        'group', (SELECT json_agg(json_build_array(is_curator, appointed_on) ORDER BY appointed_on) FROM (
            SELECT bool_or(duty = 'curator') AS is_curator, min(appointed_on) AS appointed_on, is_known FROM (
                SELECT *, person_id IN (SELECT id FROM person_row) AS is_known FROM appointment_row) AS a
            GROUP BY person_id, is_known) AS a WHERE is_known),
        'goals', (SELECT json_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM goal_row GROUP BY kind) AS g),
        'plan', (SELECT json_object_agg(activity_key, json_build_array(
                     CASE WHEN responsible_id IN (SELECT id FROM person_row) THEN responsible_id END, planned_on)) FROM plan_row),
        'roadmap_approved_on', (SELECT min(approved_on) FROM roadmap_approval
            WHERE programme_id = :programme_id AND ended_at IS NULL AND approved_on <= k.today AND evidence_id IN (
                SELECT id FROM evidence WHERE programme_id = :programme_id AND ended_at IS NULL))),
    'bases', json_build_object(
        'collections', (SELECT json_object_agg(source, json_build_array(waiver, collected_on)) FROM collection
            WHERE programme_id = :programme_id AND ended_at IS NULL AND collected_on <= k.today),
        'mentees', (SELECT count(*) FILTER (WHERE is_active) FROM mentee_state),
        'origins', (SELECT json_object_agg(origin, n) FROM (SELECT origin, count(*) AS n FROM mentor_state GROUP BY origin) AS m)),
    'selection', json_build_object(
        'criteria', (SELECT count(*) FROM criterion_row),
        'criteria_on', (SELECT max(approved_on) FROM criterion_row),
        'decided_on', (SELECT max(decided_on) FROM decision_row),
        'trained_on', (SELECT max(CASE WHEN mentor_id IN (SELECT id FROM mentor_state WHERE is_selected) THEN trained_on END)
                       FROM listed)),
    'placement', json_build_object(
        'unagreed', (SELECT count(*) FROM mentee_place WHERE has_pair AND NOT is_placed),
        'placed_on', (SELECT max(CASE WHEN mentee_id IN (SELECT id FROM mentee_state WHERE is_active) THEN placed_on END)
                      FROM placed),
        'specialists', (SELECT count(*) FROM specialist WHERE programme_id = :programme_id AND ended_at IS NULL)),
    'feedback', json_build_object(
        'surveys', (SELECT json_object_agg(side || '.' || moment, json_build_array(scheduled_on,
                        CASE WHEN responsible_id IN (SELECT id FROM person_row) THEN responsible_id END,
                        CASE WHEN closed_at <= k.now THEN closed_at END, (closed_at AT TIME ZONE k.timezone)::date)) FROM survey_row),
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
        'approvals', (SELECT json_object_agg(result_id, approved_on) FROM (
            SELECT result_id, min(approved_on) AS approved_on FROM reward_approval
            WHERE programme_id = :programme_id AND ended_at IS NULL AND approved_on <= k.today GROUP BY result_id) AS a),
        'celebration_on', (SELECT min(held_on) FROM celebration
            WHERE programme_id = :programme_id AND ended_at IS NULL AND held_on <= k.today),
        'popularised_on', (SELECT min(published_on) FROM popularisation
            WHERE programme_id = :programme_id AND ended_at IS NULL AND published_on <= k.today))) AS facts
FROM k
