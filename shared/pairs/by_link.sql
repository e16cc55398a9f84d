-- name: pair_of_link(pair_id)^
-- What the holder of a link to a pair sees of it; nobody's name.
SELECT p.id, p.municipality_id, p.school_id, p.programme_id, p.kind, p.form, p.format, p.starts_on, p.ends_on, p.closed_on,
    p.ended_at, p.outcome,
    (SELECT count(*) FROM meeting m WHERE m.municipality_id = p.municipality_id AND m.pair_id = p.id
        AND m.held_on IS NOT NULL AND m.ended_at IS NULL) AS meetings_held
FROM pair p WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = :pair_id;

-- name: member_of_link(member_id)^
SELECT id, municipality_id, school_id, programme_id, pair_id, mentee_agreed_on, guardian_agreed_on, ended_at
FROM pair_member WHERE municipality_id = (SELECT app_municipality_id()) AND id = :member_id;

-- name: insert_meeting(municipality_id, school_id, programme_id, pair_id, held_on, minutes, topic, created_by)^
INSERT INTO meeting (municipality_id, school_id, programme_id, pair_id, held_on, minutes, topic, created_by)
VALUES (:municipality_id, :school_id, :programme_id, :pair_id, :held_on, :minutes, :topic, :created_by)
RETURNING id, held_on, minutes, topic, created_at;

-- name: agree(is_guardian, agreed_on, member_id)^
-- Once for each of the two; a date that stands is never moved through a link.
UPDATE pair_member SET mentee_agreed_on = CASE WHEN :is_guardian THEN mentee_agreed_on ELSE :agreed_on END,
    guardian_agreed_on = CASE WHEN :is_guardian THEN :agreed_on ELSE guardian_agreed_on END,
    version = version + 1, updated_at = now()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :member_id AND ended_at IS NULL
  AND CASE WHEN :is_guardian THEN guardian_agreed_on ELSE mentee_agreed_on END IS NULL
RETURNING id, municipality_id, school_id, programme_id, pair_id, mentee_agreed_on, guardian_agreed_on, ended_at;
