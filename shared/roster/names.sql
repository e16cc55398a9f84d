-- name: find_names(people, mentees, mentors, pairs)
-- All names a page shows, in one statement; a pair goes by its mentor's.
SELECT 'person' AS base, p.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic) AS name
FROM person p WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = ANY(:people::bigint[])
UNION ALL
SELECT 'mentee', m.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic)
FROM mentee m JOIN person p ON p.municipality_id = m.municipality_id AND p.id = m.person_id
WHERE m.municipality_id = (SELECT app_municipality_id()) AND m.id = ANY(:mentees::bigint[])
UNION ALL
SELECT 'mentor', m.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic)
FROM mentor m JOIN person p ON p.municipality_id = m.municipality_id AND p.id = m.person_id
WHERE m.municipality_id = (SELECT app_municipality_id()) AND m.id = ANY(:mentors::bigint[])
UNION ALL
SELECT 'pair', pair.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic)
FROM pair JOIN mentor m ON m.municipality_id = pair.municipality_id AND m.id = pair.mentor_id
JOIN person p ON p.municipality_id = m.municipality_id AND p.id = m.person_id
WHERE pair.municipality_id = (SELECT app_municipality_id()) AND pair.id = ANY(:pairs::bigint[]);
