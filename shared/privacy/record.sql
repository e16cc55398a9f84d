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
SELECT 'person' AS section, id, to_jsonb(t) AS columns FROM person t WHERE id = :person_id
UNION ALL SELECT 'person_grade', id, to_jsonb(t) FROM person_grade t WHERE person_id = :person_id
UNION ALL SELECT 'consent', id, to_jsonb(t) FROM consent t WHERE person_id = :person_id
UNION ALL SELECT 'appointment', id, to_jsonb(t) FROM appointment t WHERE person_id = :person_id
UNION ALL SELECT 'activity_plan', id, to_jsonb(t) FROM activity_plan t WHERE responsible_id = :person_id
UNION ALL SELECT 'mentee', id, to_jsonb(t) FROM mentee t WHERE person_id = :person_id
UNION ALL SELECT 'mentor', id, to_jsonb(t) FROM mentor t WHERE person_id = :person_id
UNION ALL SELECT 'decision', id, to_jsonb(t) FROM decision t WHERE mentor_id IN (SELECT id FROM my_mentor)
UNION ALL SELECT 'training_participant', p.id, to_jsonb(p) || jsonb_build_object('title', t.title, 'held_on', t.held_on, 'hours', t.hours)
    FROM training_participant p JOIN training t ON t.municipality_id = p.municipality_id AND t.id = p.training_id
    WHERE p.mentor_id IN (SELECT id FROM my_mentor)
UNION ALL SELECT 'pair', id, to_jsonb(t) FROM pair t WHERE id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'pair_member', id, to_jsonb(t) FROM pair_member t WHERE id IN (SELECT id FROM my_membership)
UNION ALL SELECT 'waiting_entry', id, to_jsonb(t) FROM waiting_entry t WHERE mentee_id IN (SELECT id FROM my_mentee)
UNION ALL SELECT 'trait', id, to_jsonb(t) FROM trait t WHERE (pair_id, side) IN (SELECT pair_id, side FROM my_side)
UNION ALL SELECT 'pair_goal', id, to_jsonb(t) FROM pair_goal t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'pair_task', id, to_jsonb(t) FROM pair_task t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'plan_event', id, to_jsonb(t) FROM plan_event t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'specialist', id, to_jsonb(t) FROM specialist t WHERE person_id = :person_id
UNION ALL SELECT 'support', id, to_jsonb(t) FROM support t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'support_note', id, to_jsonb(t) FROM support_note t WHERE pair_id IN (SELECT pair_id FROM my_side WHERE side = 'mentee')
UNION ALL SELECT 'safety_case', id, to_jsonb(t) FROM safety_case t WHERE mentee_id IN (SELECT id FROM my_mentee)
UNION ALL SELECT 'meeting', id, to_jsonb(t) FROM meeting t WHERE pair_id IN (SELECT pair_id FROM my_side)
UNION ALL SELECT 'survey', id, to_jsonb(t) FROM survey t WHERE responsible_id = :person_id
UNION ALL SELECT 'invitation', id, to_jsonb(t) FROM invitation t WHERE id IN (SELECT id FROM my_invitation)
UNION ALL SELECT 'answer', a.invitation_id, to_jsonb(a) || jsonb_build_object('side', s.side, 'moment', s.moment)
    FROM answer a JOIN survey s ON s.municipality_id = a.municipality_id AND s.id = a.survey_id
    WHERE a.invitation_id IN (SELECT id FROM my_invitation)
UNION ALL SELECT 'conclusion', id, to_jsonb(t) FROM conclusion t WHERE author_id = :person_id
UNION ALL SELECT 'personal_link', id, to_jsonb(t) - 'secret_hash' FROM personal_link t
    WHERE (purpose = 'answer' AND subject_id IN (SELECT id FROM my_invitation))
       OR (purpose = 'log_meeting' AND subject_id IN (SELECT pair_id FROM my_side WHERE side = 'mentor'))
       OR (purpose IN ('confirm_pair', 'confirm_pair_guardian') AND subject_id IN (SELECT id FROM my_membership))
-- Of a reward list only the person's own line: the others in it are other people.
UNION ALL SELECT 'result', r.id, jsonb_build_object('cut_off_at', r.cut_off_at, 'created_at', r.created_at) || l.line
    FROM result r CROSS JOIN my_mentor m
    CROSS JOIN LATERAL jsonb_path_query(r.body, '$.school.lists[*].*[*] ? (@.mentor == $id)',
                                        jsonb_build_object('id', m.id::text)) AS l (line)
    WHERE r.kind = 'reward_list'
ORDER BY section, id;

-- name: deeds_about(entities, ids)
-- Who wrote what of these rows and when, by role: the log of deeds holds no names.
SELECT a.at, a.actor_id, a.actor_role, a.action, a.entity, a.entity_id
FROM audit a JOIN unnest(:entities::text[], :ids::bigint[]) AS mine (entity, id) ON a.entity = mine.entity AND a.entity_id = mine.id
ORDER BY a.at, a.id;
