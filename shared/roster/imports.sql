-- Bulk reads and writes of the two bases. Rows come as one JSON value: one statement, whatever their number.

-- name: known_people(today, school_id)
-- Everybody of the school with what tells people apart; only consents to processing matter here.
SELECT p.id, p.kind, p.family_name, p.given_name, p.patronymic, p.birth_on, p.contact,
       (SELECT json_agg(json_build_array(g.school_year, g.grade, g.class_letter)) FROM person_grade g
        WHERE g.municipality_id = p.municipality_id AND g.person_id = p.id AND g.ended_at IS NULL) AS grades,
       (SELECT json_agg(json_build_array(c.given_on, c.document,
                   c.given_on <= :today AND coalesce(c.valid_until >= :today, true) AND coalesce(c.withdrawn_on > :today, true),
                   c.withdrawn_on))
        FROM consent c
        WHERE c.municipality_id = p.municipality_id AND c.person_id = p.id AND c.kind = 'processing' AND c.ended_at IS NULL
       ) AS consents,
       (SELECT :today::date FROM erasure e WHERE e.municipality_id = p.municipality_id AND e.person_id = p.id
        AND e.status = 'waiting' AND e.reason = 'request') AS leaves_on
FROM person p
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.school_id = :school_id AND p.ended_at IS NULL;

-- name: known_mentees(programme_id)
SELECT person_id, id, ended_at IS NOT NULL AS has_left, topics, joined_on FROM mentee
WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id;

-- name: known_mentors(programme_id)
SELECT person_id, id, ended_at IS NOT NULL AS has_left, form, capacity, competencies, achievements, interests, wished_grades,
       hours_per_month, joined_on
FROM mentor WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id;

-- name: insert_people(municipality_id, school_id, actor_id, rows)
-- Identities are drawn after the sort, so ids in order are the places in order.
INSERT INTO person (municipality_id, school_id, created_by, kind, family_name, given_name, patronymic, birth_on, contact)
SELECT :municipality_id, :school_id, :actor_id, kind, family_name, given_name, patronymic, birth_on, contact
FROM json_to_recordset(:rows::json)
     AS r (place int, kind text, family_name text, given_name text, patronymic text, birth_on date, contact text)
ORDER BY place
RETURNING id;

-- name: change_people(rows)
-- Only what is empty is filled.
UPDATE person AS p SET contact = coalesce(p.contact, r.contact), birth_on = coalesce(p.birth_on, r.birth_on),
       version = p.version + 1, updated_at = now()
FROM json_to_recordset(:rows::json) AS r (id bigint, contact text, birth_on date)
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = r.id AND p.ended_at IS NULL
RETURNING p.id;

-- name: insert_grades(municipality_id, school_id, actor_id, school_year, rows)
INSERT INTO person_grade (municipality_id, school_id, created_by, person_id, school_year, grade, class_letter)
SELECT :municipality_id, :school_id, :actor_id, person_id, :school_year, grade, class_letter
FROM json_to_recordset(:rows::json) AS r (person_id bigint, grade smallint, class_letter text)
RETURNING id;

-- name: insert_consents(municipality_id, school_id, actor_id, rows)
INSERT INTO consent (municipality_id, school_id, created_by, person_id, kind, given_by, representative, given_on, valid_until, document)
SELECT :municipality_id, :school_id, :actor_id, person_id, 'processing', given_by, representative, given_on, valid_until, document
FROM json_to_recordset(:rows::json)
     AS r (person_id bigint, given_by text, representative text, given_on date, valid_until date, document text)
RETURNING id;

-- name: insert_mentees(municipality_id, school_id, programme_id, actor_id, rows)
INSERT INTO mentee (municipality_id, school_id, programme_id, created_by, person_id, topics, joined_on)
SELECT :municipality_id, :school_id, :programme_id, :actor_id, person_id, coalesce(topics, '{}'), joined_on
FROM json_to_recordset(:rows::json) AS r (person_id bigint, topics text[], joined_on date)
RETURNING id;

-- name: change_mentees(rows)
UPDATE mentee AS m SET topics = coalesce(nullif(m.topics, '{}'), r.topics, '{}'), joined_on = coalesce(m.joined_on, r.joined_on),
       version = m.version + 1, updated_at = now()
FROM json_to_recordset(:rows::json) AS r (id bigint, topics text[], joined_on date)
WHERE m.municipality_id = (SELECT app_municipality_id()) AND m.id = r.id AND m.ended_at IS NULL
RETURNING m.id;

-- name: insert_mentors(municipality_id, school_id, programme_id, actor_id, rows)
INSERT INTO mentor (municipality_id, school_id, programme_id, created_by, person_id, origin, form, capacity, competencies,
                    achievements, interests, wished_grades, hours_per_month, joined_on)
SELECT :municipality_id, :school_id, :programme_id, :actor_id, person_id, origin, form, capacity, competencies,
       achievements, interests, wished_grades, hours_per_month, joined_on
FROM json_to_recordset(:rows::json)
     AS r (person_id bigint, origin text, form text, capacity smallint, competencies text, achievements text, interests text,
           wished_grades text, hours_per_month smallint, joined_on date)
RETURNING id;

-- name: change_mentors(rows)
UPDATE mentor AS m SET form = coalesce(m.form, r.form), capacity = coalesce(m.capacity, r.capacity),
       competencies = coalesce(m.competencies, r.competencies), achievements = coalesce(m.achievements, r.achievements),
       interests = coalesce(m.interests, r.interests), wished_grades = coalesce(m.wished_grades, r.wished_grades),
       hours_per_month = coalesce(m.hours_per_month, r.hours_per_month), joined_on = coalesce(m.joined_on, r.joined_on),
       version = m.version + 1, updated_at = now()
FROM json_to_recordset(:rows::json)
     AS r (id bigint, form text, capacity smallint, competencies text, achievements text, interests text, wished_grades text,
           hours_per_month smallint, joined_on date)
WHERE m.municipality_id = (SELECT app_municipality_id()) AND m.id = r.id AND m.ended_at IS NULL
RETURNING m.id;

-- name: export_mentees(programme_id, names)
-- Names leave the database only when they were asked for, and nothing of who is blocked by a withdrawal.
WITH k AS MATERIALIZED (
    SELECT p.id, p.school_year, (app_now() AT TIME ZONE m.timezone)::date AS today
    FROM programme p JOIN municipality m ON m.id = p.municipality_id
    WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = :programme_id
),
paired AS MATERIALIZED (
    SELECT DISTINCT m.mentee_id FROM pair_member m JOIN pair p USING (municipality_id, programme_id)
    WHERE p.id = m.pair_id AND m.programme_id = :programme_id AND m.ended_at IS NULL AND p.ended_at IS NULL AND p.outcome IS NULL
)
SELECT e.id, e.person_id, g.grade, g.class_letter, cardinality(e.topics) AS topics, e.joined_on,
       EXISTS (SELECT FROM consent c WHERE c.municipality_id = e.municipality_id AND c.person_id = e.person_id
               AND c.kind = 'processing' AND c.ended_at IS NULL AND c.given_on <= k.today
               AND coalesce(c.valid_until >= k.today, true) AND coalesce(c.withdrawn_on > k.today, true)) AS is_consented,
       e.id IN (SELECT mentee_id FROM paired) AS is_paired,
       CASE WHEN :names THEN concat_ws(' ', p.family_name, p.given_name, p.patronymic) END AS name
FROM k JOIN mentee e ON e.programme_id = k.id
JOIN person p ON p.municipality_id = e.municipality_id AND p.id = e.person_id
LEFT JOIN person_grade g ON g.municipality_id = e.municipality_id AND g.person_id = e.person_id
     AND g.school_year = k.school_year AND g.ended_at IS NULL
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.ended_at IS NULL AND p.ended_at IS NULL
  AND NOT is_blocked(e.municipality_id, e.person_id)
ORDER BY e.id;

-- name: export_mentors(programme_id, names)
WITH k AS MATERIALIZED (
    SELECT p.id, p.school_year, (app_now() AT TIME ZONE m.timezone)::date AS today
    FROM programme p JOIN municipality m ON m.id = p.municipality_id
    WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = :programme_id
),
trained AS MATERIALIZED (
    SELECT DISTINCT mentor_id FROM training_participant
    WHERE programme_id = :programme_id AND ended_at IS NULL AND completed_on <= (SELECT today FROM k)
),
load AS MATERIALIZED (
    SELECT mentor_id, count(*) AS pairs FROM pair
    WHERE programme_id = :programme_id AND ended_at IS NULL AND outcome IS NULL GROUP BY mentor_id
)
SELECT e.id, e.person_id, e.origin, g.grade, g.class_letter, e.form, e.capacity, e.hours_per_month, e.joined_on, d.outcome,
       EXISTS (SELECT FROM consent c WHERE c.municipality_id = e.municipality_id AND c.person_id = e.person_id
               AND c.kind = 'processing' AND c.ended_at IS NULL AND c.given_on <= k.today
               AND coalesce(c.valid_until >= k.today, true) AND coalesce(c.withdrawn_on > k.today, true)) AS is_consented,
       e.id IN (SELECT mentor_id FROM trained) AS is_trained,
       coalesce((SELECT l.pairs FROM load l WHERE l.mentor_id = e.id), 0) AS pairs,
       CASE WHEN :names THEN concat_ws(' ', p.family_name, p.given_name, p.patronymic) END AS name
FROM k JOIN mentor e ON e.programme_id = k.id
JOIN person p ON p.municipality_id = e.municipality_id AND p.id = e.person_id
LEFT JOIN person_grade g ON g.municipality_id = e.municipality_id AND g.person_id = e.person_id
     AND g.school_year = k.school_year AND g.ended_at IS NULL
LEFT JOIN decision d ON d.municipality_id = e.municipality_id AND d.programme_id = e.programme_id AND d.mentor_id = e.id
     AND d.ended_at IS NULL
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.ended_at IS NULL AND p.ended_at IS NULL
  AND NOT is_blocked(e.municipality_id, e.person_id)
ORDER BY e.id;

-- name: sheet_people(kind, given_on, document, school_id, ids)
-- The people of a consent sheet, with the consents that would be the same.
SELECT p.id, p.kind, p.birth_on, p.representative, p.ended_at,
       EXISTS (SELECT FROM consent c WHERE c.municipality_id = p.municipality_id AND c.person_id = p.id AND c.kind = :kind
               AND c.given_on = :given_on AND c.document = :document AND c.ended_at IS NULL) AS is_held
FROM person p
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.school_id = :school_id AND p.id = ANY (:ids::bigint[]);

-- name: insert_sheet(municipality_id, school_id, actor_id, kind, given_by, given_on, valid_until, document, rows)
INSERT INTO consent (municipality_id, school_id, created_by, person_id, kind, given_by, representative, given_on, valid_until, document)
SELECT :municipality_id, :school_id, :actor_id, person_id, :kind, :given_by, representative, :given_on, :valid_until, :document
FROM json_to_recordset(:rows::json) AS r (place int, person_id bigint, representative text)
ORDER BY place
RETURNING id, person_id, version;
