-- name: insert_municipality(name)^
INSERT INTO municipality (name) VALUES (:name) RETURNING id;

-- name: insert_programmes(municipality_id, count)!
-- A school, its programme of 2020/21 and its curator's account each.
WITH s AS (
    INSERT INTO school (municipality_id, name)
    SELECT :municipality_id, 'Школа № ' || i FROM generate_series(1, :count) AS i RETURNING id)
INSERT INTO programme (municipality_id, school_id, school_year, pack_code, pack_version, stage)
SELECT :municipality_id, id, 2020, 'order_428', 1, 'conditions' FROM s;

-- name: insert_accounts(municipality_id, secret_hash)
WITH p AS (
    INSERT INTO principal (municipality_id, name, role, school_id)
    SELECT municipality_id, 'Куратор', 'curator', id FROM school WHERE municipality_id = :municipality_id
    RETURNING municipality_id, id, school_id),
t AS (
    INSERT INTO token (municipality_id, principal_id, label, secret_hash, expires_at)
    SELECT municipality_id, id, 'bench', :secret_hash, now() + interval '1 day' FROM p RETURNING principal_id, id)
SELECT g.id AS programme_id, t.id AS token_id
FROM p JOIN t ON t.principal_id = p.id
JOIN programme g ON g.municipality_id = p.municipality_id AND g.school_id = p.school_id ORDER BY g.id;

-- name: insert_events(municipality_id)!
INSERT INTO programme_event (municipality_id, school_id, programme_id, seq, at, trigger, dst, actor_id, body, prev_hash, hash)
SELECT municipality_id, school_id, id, 1, now(), 'create', 'conditions', 1, '{}', repeat('0', 64), encode(sha256('{}'), 'hex')
FROM programme WHERE municipality_id = :municipality_id;

-- name: insert_documents(municipality_id)!
INSERT INTO evidence (municipality_id, school_id, programme_id, title, kinds, dated_on, body)
SELECT municipality_id, school_id, id, 'Приказ', ARRAY['order', 'regulation', 'event_plan', 'roadmap'], '2020-11-12', 'order'
FROM programme WHERE municipality_id = :municipality_id;

-- name: insert_information(municipality_id)!
INSERT INTO information (municipality_id, school_id, programme_id, audience, informed_on, way)
SELECT municipality_id, school_id, id, audience, '2020-11-12', 'собрание'
FROM programme, unnest(ARRAY['staff', 'students']) AS audience WHERE municipality_id = :municipality_id;

-- name: insert_requests(municipality_id)!
INSERT INTO request (municipality_id, school_id, programme_id, audience, topic, number_of_people, collected_on)
SELECT municipality_id, school_id, id, audience, 'учёба', 3, '2020-11-12'
FROM programme, unnest(ARRAY['students', 'teachers', 'young_specialists']) AS audience
WHERE municipality_id = :municipality_id;

-- name: insert_group(municipality_id)!
WITH p AS (
    INSERT INTO person (municipality_id, school_id, kind, family_name, given_name)
    SELECT municipality_id, school_id, 'teacher', 'Учитель', duty
    FROM programme, unnest(ARRAY['curator', 'member']) AS duty WHERE municipality_id = :municipality_id
    RETURNING municipality_id, school_id, id, given_name)
INSERT INTO appointment (municipality_id, school_id, programme_id, person_id, duty, appointed_on)
SELECT p.municipality_id, p.school_id, g.id, p.id, p.given_name, '2020-11-12'
FROM p JOIN programme g USING (municipality_id, school_id);

-- name: insert_goals(municipality_id)!
INSERT INTO goal (municipality_id, school_id, programme_id, kind, text, form, topics)
SELECT municipality_id, school_id, id, v.kind, 'цель', v.form, v.topics
FROM programme, (VALUES ('task', NULL, '{}'::text[]), ('form', 'teacher_pupil', '{}'), ('expected_result', NULL, '{учёба}'))
    AS v (kind, form, topics) WHERE municipality_id = :municipality_id;

-- name: insert_roadmap(municipality_id, keys)!
INSERT INTO activity_plan (municipality_id, school_id, programme_id, activity_key, responsible_id, planned_on)
SELECT a.municipality_id, a.school_id, a.programme_id, key, a.person_id, '2020-12-01'
FROM appointment a, unnest(:keys::text[]) AS key WHERE a.municipality_id = :municipality_id AND a.duty = 'curator';

-- name: insert_approvals(municipality_id, spared)!
-- The first ``spared`` programmes get none: they are refused for this one reason.
INSERT INTO roadmap_approval (municipality_id, school_id, programme_id, approved_on, evidence_id)
SELECT municipality_id, school_id, programme_id, '2020-11-20', id FROM (
    SELECT *, row_number() OVER (ORDER BY programme_id) AS place FROM evidence WHERE municipality_id = :municipality_id) AS e
WHERE place > :spared;
