-- name: cut_off(programme_id)^
-- The later closing of the two after surveys; while one is open (or missing) the instant of asking.
SELECT c.at, (c.at AT TIME ZONE m.timezone)::date AS day, (app_now() AT TIME ZONE m.timezone)::date AS today
FROM municipality m, (
    SELECT CASE WHEN count(*) = 2 AND count(closed_at) = 2 THEN max(closed_at) ELSE app_now() END AS at
    FROM survey WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id
    AND moment = 'after' AND ended_at IS NULL) AS c
WHERE m.id = (SELECT app_municipality_id());

-- name: surveys(cut_off_at, programme_id)
-- Who was asked, by survey; an invitation that was ended (refused, withdrew) is in no denominator.
SELECT s.side, s.moment, s.questionnaire,
    count(i.id) FILTER (WHERE i.sent_at <= :cut_off_at OR i.answered_at <= :cut_off_at) AS asked
FROM survey s LEFT JOIN invitation i
    ON i.municipality_id = s.municipality_id AND i.survey_id = s.id AND i.ended_at IS NULL
WHERE s.municipality_id = (SELECT app_municipality_id()) AND s.programme_id = :programme_id AND s.ended_at IS NULL
GROUP BY s.id, s.side, s.moment, s.questionnaire ORDER BY s.side, s.moment;

-- name: answer_counts(programme_id, cut_off_at)
-- Counted by value: all figures follow from the histogram.
SELECT s.side, s.moment, a.question, a.value, count(*) AS people
FROM survey s
JOIN invitation i ON i.municipality_id = s.municipality_id AND i.survey_id = s.id AND i.ended_at IS NULL
JOIN answer a ON a.municipality_id = i.municipality_id AND a.invitation_id = i.id
WHERE s.municipality_id = (SELECT app_municipality_id()) AND s.programme_id = :programme_id AND s.ended_at IS NULL
  AND a.value IS NOT NULL AND i.answered_at <= :cut_off_at
GROUP BY s.side, s.moment, a.question, a.value ORDER BY s.side, s.moment, a.question, a.value;

-- name: paired_counts(programme_id, cut_off_at)
-- The same person's answers to the same question, before and after; NULL where one of the two is missing.
WITH given AS (
    SELECT s.side, s.moment, coalesce(i.mentor_id, i.mentee_id) AS who, a.question, a.value
    FROM survey s
    JOIN invitation i ON i.municipality_id = s.municipality_id AND i.survey_id = s.id AND i.ended_at IS NULL
    JOIN answer a ON a.municipality_id = i.municipality_id AND a.invitation_id = i.id
    WHERE s.municipality_id = (SELECT app_municipality_id()) AND s.programme_id = :programme_id AND s.ended_at IS NULL
      AND a.value IS NOT NULL AND i.answered_at <= :cut_off_at
)
SELECT side, question, b.value AS before, a.value AS after, count(*) AS people
FROM (SELECT * FROM given WHERE moment = 'before') AS b
FULL JOIN (SELECT * FROM given WHERE moment = 'after') AS a USING (side, question, who)
GROUP BY side, question, b.value, a.value ORDER BY side, question, before, after;
