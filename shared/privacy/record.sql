-- Everything that is kept about one person, ended rows too: the answer to an access request (152-ФЗ, art. 14, part 7).
-- A table that leads to a person and is not read here fails a test (tests/db/test_personal_record.py).

-- name: personal_record(person_id)
-- One row a kept row: the section it is shown in, its id, its columns. In the order in which they were written.
WITH my_mentee AS (SELECT id FROM mentee WHERE person_id = :person_id),
my_mentor AS (SELECT id FROM mentor WHERE person_id = :person_id),
my_membership AS (SELECT id, pair_id FROM pair_member WHERE mentee_id IN (SELECT id FROM my_mentee)),
my_side AS (
    SELECT id AS pair_id, 'mentor' AS side FROM pair WHERE mentor_id IN (SELECT id FROM my_mentor)
    UNION SELECT pair_id, 'mentee' FROM my_membership
),
my_invitation AS (
    SELECT id FROM invitation
    WHERE mentee_id IN (SELECT id FROM my_mentee) OR mentor_id IN (SELECT id FROM my_mentor)
)
SELECT 'person' AS section, id, row_to_json(t) AS columns FROM person t WHERE id = :person_id
UNION ALL SELECT 'person_grade', id, row_to_json(t) FROM person_grade t WHERE person_id = :person_id
UNION ALL SELECT 'consent', id, row_to_json(t) FROM consent t WHERE person_id = :person_id
UNION ALL SELECT 'appointment', id, row_to_json(t) FROM appointment t WHERE person_id = :person_id
UNION ALL SELECT 'activity_plan', id, row_to_json(t) FROM activity_plan t WHERE responsible_id = :person_id
UNION ALL SELECT 'mentee', id, row_to_json(t) FROM mentee t WHERE person_id = :person_id
UNION ALL SELECT 'mentor', id, row_to_json(t) FROM mentor t WHERE person_id = :person_id
UNION ALL SELECT 'decision', id, row_to_json(t) FROM decision t WHERE mentor_id IN (SELECT id FROM my_mentor)
UNION ALL SELECT 'training_participant', id, row_to_json(p)
    FROM (SELECT p.*, t.title, t.held_on, t.hours FROM training_participant p
          JOIN training t ON t.municipality_id = p.municipality_id AND t.id = p.training_id) AS p
    WHERE mentor_id IN (SELECT id FROM my_mentor)
UNION ALL SELECT 'pair', id, row_to_json(t) FROM pair t WHERE id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'pair_member', id, row_to_json(t) FROM pair_member t WHERE id IN (SELECT id FROM my_membership)
UNION ALL SELECT 'waiting_entry', id, row_to_json(t) FROM waiting_entry t WHERE mentee_id IN (SELECT id FROM my_mentee)
UNION ALL SELECT 'trait', id, row_to_json(t) FROM trait t WHERE (pair_id, side) IN (SELECT pair_id, side FROM my_side)
UNION ALL SELECT 'pair_goal', id, row_to_json(t) FROM pair_goal t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'pair_task', id, row_to_json(t) FROM pair_task t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'plan_event', id, row_to_json(t) FROM plan_event t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'specialist', id, row_to_json(t) FROM specialist t WHERE person_id = :person_id
UNION ALL SELECT 'support', id, row_to_json(t) FROM support t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'support_note', id, row_to_json(t) FROM support_note t WHERE pair_id IN (SELECT pair_id FROM my_side WHERE side = 'mentee')
UNION ALL SELECT 'safety_case', id, row_to_json(t) FROM safety_case t WHERE mentee_id IN (SELECT id FROM my_mentee)
UNION ALL SELECT 'meeting', id, row_to_json(t) FROM meeting t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'survey', id, row_to_json(t) FROM survey t WHERE responsible_id = :person_id
UNION ALL SELECT 'invitation', id, row_to_json(t) FROM invitation t WHERE id IN (SELECT id FROM my_invitation)
UNION ALL SELECT 'answer', invitation_id, row_to_json(a)
    FROM (SELECT s.side, s.moment, a.* FROM answer a
          JOIN survey s ON s.municipality_id = a.municipality_id AND s.id = a.survey_id) AS a
    WHERE invitation_id IN (SELECT id FROM my_invitation)
UNION ALL SELECT 'conclusion', id, row_to_json(t) FROM conclusion t WHERE author_id = :person_id
UNION ALL SELECT 'erasure', id, row_to_json(t) FROM erasure t WHERE person_id = :person_id
UNION ALL SELECT 'personal_link', id, row_to_json(t) FROM personal_link t
    WHERE (purpose = 'answer' AND subject_id IN (SELECT id FROM my_invitation))
       OR (purpose = 'log_meeting' AND subject_id IN (SELECT pair_id FROM my_side WHERE side = 'mentor'))
       OR (purpose IN ('confirm_pair', 'confirm_pair_guardian') AND subject_id IN (SELECT id FROM my_membership))
-- Of a reward list only the person's own line: the others in it are other people.
UNION ALL SELECT 'result', r.id, (jsonb_build_object('cut_off_at', r.cut_off_at, 'created_at', r.created_at) || l.line)::json
    FROM result r CROSS JOIN my_mentor m
    CROSS JOIN LATERAL jsonb_path_query(r.body, '$.school.lists[*].*[*] ? (@.mentor == $id)',
                                        jsonb_build_object('id', m.id::text)) AS l (line)
    WHERE r.kind = 'reward_list'
ORDER BY section, id;

-- name: deeds_about(person_id, entities, ids)
-- Who wrote or opened what of these rows and when, by role: the log of deeds holds no names. A list, a file and a page
-- are logged once for all whom they show, so a look at one is told of everybody who was in it then: rather one look too
-- many than one that nobody hears of.
WITH listed AS (
    SELECT 'person' AS entity, id, 'school' AS of_entity, school_id AS of_id, 'person.list' AS action, created_at FROM person WHERE id = :person_id
    UNION ALL
    SELECT kind, id, 'programme', programme_id, look, created_at
    FROM (SELECT 'mentee' AS kind, id, programme_id, created_at FROM mentee WHERE person_id = :person_id
          UNION ALL SELECT 'mentor', id, programme_id, created_at FROM mentor WHERE person_id = :person_id) AS member
    CROSS JOIN LATERAL unnest(ARRAY[kind || '.list', kind || '.export', kind || '.export_names', 'programme.names']) AS look
), looked AS (
    SELECT max(a.at) AS at, max(a.id) AS audit_id, a.actor_id, a.actor_role, a.action, l.entity, l.id AS entity_id, count(*) AS times, NULL AS request_id
    FROM listed l JOIN audit a ON a.entity = l.of_entity AND a.entity_id = l.of_id AND a.action = l.action AND a.at >= l.created_at
    GROUP BY a.actor_id, a.actor_role, a.action, l.entity, l.id
), done AS (
    SELECT a.at, a.id AS audit_id, a.actor_id, a.actor_role, a.action, a.entity, a.entity_id, 1 AS times, a.request_id
    FROM audit a JOIN unnest(:entities::text[], :ids::bigint[]) AS mine (entity, id) ON a.entity = mine.entity AND a.entity_id = mine.id
)
SELECT at, actor_id, actor_role, action, entity, entity_id, times, request_id
FROM (SELECT * FROM looked UNION ALL SELECT * FROM done) AS told
ORDER BY at, audit_id;
