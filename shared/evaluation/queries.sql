-- name: ratings(programme_id)
SELECT criterion, value FROM criterion_rating
WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND ended_at IS NULL
ORDER BY criterion;

-- name: profile(programme_id)^
-- The school's own numbers of the school year; no row where nobody gave them.
SELECT s.children_10_19, s.children_15_19,
    CASE WHEN s.has_young_specialists THEN s.young_teachers ELSE 0 END AS young_teachers
FROM programme p JOIN school_profile s
    ON s.municipality_id = p.municipality_id AND s.school_id = p.school_id AND s.school_year = p.school_year
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = :programme_id AND s.ended_at IS NULL;

-- name: coverage(programme_id, day)^
-- Who takes part on the day of the cut-off: consent in force; mentees with a topic, mentors selected.
-- A pupil without a birth date is placed by the grade of the school year: grades 4-11 are about 10-19 years,
-- 9-11 about 15-19.
WITH taking_part AS (
    SELECT 'mentee' AS side, person_id FROM mentee
    WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND ended_at IS NULL
      AND cardinality(topics) > 0 AND (joined_on IS NULL OR joined_on <= :day)
    UNION ALL
    SELECT 'mentor', r.person_id FROM mentor r
    WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.programme_id = :programme_id AND r.ended_at IS NULL
      AND EXISTS (SELECT FROM decision d WHERE d.municipality_id = r.municipality_id AND d.mentor_id = r.id
          AND d.ended_at IS NULL AND d.outcome = 'selected' AND d.decided_on <= :day)
), described AS (
    SELECT t.side, p.kind, p.is_young_specialist, extract(year FROM age(:day::date, p.birth_on)) AS years, g.grade
    FROM taking_part t
    JOIN person p ON p.municipality_id = (SELECT app_municipality_id()) AND p.id = t.person_id AND p.ended_at IS NULL
    JOIN programme y ON y.municipality_id = p.municipality_id AND y.id = :programme_id
    LEFT JOIN person_grade g ON g.municipality_id = p.municipality_id AND g.person_id = p.id
        AND g.school_year = y.school_year AND g.ended_at IS NULL
    WHERE EXISTS (SELECT FROM consent c WHERE c.municipality_id = p.municipality_id AND c.person_id = p.id
        AND c.kind = 'processing' AND c.ended_at IS NULL AND c.given_on <= :day
        AND (c.valid_until IS NULL OR c.valid_until >= :day) AND (c.withdrawn_on IS NULL OR c.withdrawn_on > :day))
)
SELECT count(*) FILTER (WHERE side = 'mentee' AND kind = 'pupil'
        AND CASE WHEN years IS NOT NULL THEN years BETWEEN 10 AND 19 ELSE grade BETWEEN 4 AND 11 END) AS mentees_10_19,
    count(*) FILTER (WHERE side = 'mentor' AND kind = 'pupil'
        AND CASE WHEN years IS NOT NULL THEN years BETWEEN 15 AND 19 ELSE grade BETWEEN 9 AND 11 END) AS mentors_15_19,
    count(*) FILTER (WHERE side = 'mentee' AND is_young_specialist) AS young_teachers
FROM described;

-- name: pairs(day, programme_id)^
-- All pairs and groups that were not entered by mistake; a goal counts once somebody judged it.
SELECT count(*) AS pairs,
    count(*) FILTER (WHERE outcome IS DISTINCT FROM 'early' OR closed_on > :day) AS kept,
    count(*) FILTER (WHERE goal_attained = 'yes') AS goals_attained,
    count(goal_attained) AS goals_judged
FROM pair WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND ended_at IS NULL;

-- name: meetings(day, programme_id)^
SELECT count(*) AS recorded, count(*) FILTER (WHERE m.held_on <= :day) AS held,
    count(*) FILTER (WHERE m.planned_on <= :day) AS planned
FROM meeting m JOIN pair p ON p.municipality_id = m.municipality_id AND p.id = m.pair_id AND p.ended_at IS NULL
WHERE m.municipality_id = (SELECT app_municipality_id()) AND m.programme_id = :programme_id AND m.ended_at IS NULL;

-- name: latest_score(programme_id)^
-- The score a reward list names; its cut-off is the list's.
SELECT r.id, r.cut_off_at AS at, (r.cut_off_at AT TIME ZONE m.timezone)::date AS day,
    (app_now() AT TIME ZONE m.timezone)::date AS today
FROM result r JOIN municipality m ON m.id = r.municipality_id
WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.programme_id = :programme_id AND r.kind = 'effectiveness'
ORDER BY r.id DESC LIMIT 1;
