-- name: frozen_rules(programme_id)^
-- The last frozen row: a later version is a row of its own.
SELECT id, weights, minimum_meetings, minimum_answers, tie_rule, places, changed_after_results FROM reward_rules
WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND ended_at IS NULL
  AND frozen_at <= app_now()
ORDER BY id DESC LIMIT 1;

-- name: mentors(programme_id, day, today)
-- Selected mentors with their pairs' counts up to the day of the cut-off. A meeting held before the first training
-- was done counts for no reward. Publication is asked of the day of computing: a withdrawal acts at once.
WITH chosen AS (
    SELECT r.id, r.person_id, r.origin, (
        SELECT min(tp.completed_on) FROM training_participant tp
        JOIN training t ON t.municipality_id = tp.municipality_id AND t.id = tp.training_id AND t.ended_at IS NULL
        WHERE tp.municipality_id = r.municipality_id AND tp.programme_id = r.programme_id AND tp.mentor_id = r.id
          AND tp.ended_at IS NULL) AS trained_on
    FROM mentor r
    WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.programme_id = :programme_id AND r.ended_at IS NULL
      AND EXISTS (SELECT FROM decision d WHERE d.municipality_id = r.municipality_id AND d.mentor_id = r.id
          AND d.ended_at IS NULL AND d.outcome = 'selected')
      AND EXISTS (SELECT FROM pair p WHERE p.municipality_id = r.municipality_id AND p.programme_id = r.programme_id
          AND p.mentor_id = r.id AND p.ended_at IS NULL)
), met AS (
    SELECT p.mentor_id, count(*) FILTER (WHERE m.planned_on <= :day) AS planned,
        count(*) FILTER (WHERE m.held_on <= :day) AS held,
        count(*) FILTER (WHERE m.held_on <= :day AND (c.trained_on IS NULL OR m.held_on < c.trained_on)) AS before_training
    FROM chosen c
    JOIN pair p ON p.municipality_id = (SELECT app_municipality_id()) AND p.programme_id = :programme_id
        AND p.mentor_id = c.id AND p.ended_at IS NULL
    JOIN meeting m ON m.municipality_id = p.municipality_id AND m.programme_id = p.programme_id AND m.pair_id = p.id
        AND m.ended_at IS NULL
    GROUP BY p.mentor_id
), judged AS (
    SELECT mentor_id, count(*) FILTER (WHERE goal_attained = 'yes') AS attained, count(goal_attained) AS judged
    FROM pair WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND ended_at IS NULL
    GROUP BY mentor_id
)
SELECT c.id, c.origin, coalesce(m.planned, 0) AS planned, coalesce(m.held, 0) AS held,
    coalesce(m.before_training, 0) AS before_training, coalesce(j.attained, 0) AS attained, coalesce(j.judged, 0) AS judged,
    EXISTS (SELECT FROM consent n WHERE n.municipality_id = (SELECT app_municipality_id()) AND n.person_id = c.person_id
        AND n.kind = 'publication' AND n.ended_at IS NULL AND n.given_on <= :today
        AND (n.valid_until IS NULL OR n.valid_until >= :today)
        AND (n.withdrawn_on IS NULL OR n.withdrawn_on > :today))
        AND NOT is_blocked((SELECT app_municipality_id()), c.person_id) AS may_publish
FROM chosen c LEFT JOIN met m ON m.mentor_id = c.id LEFT JOIN judged j ON j.mentor_id = c.id ORDER BY c.id;

-- name: opinions(minimum, programme_id, question, questions, cut_off_at)
-- What a mentor's mentees answered afterwards: each mentee once a mentor, satisfied by the pack's question, content
-- with the relationship by the mean of its questions.
SELECT p.mentor_id, count(*) FILTER (WHERE o.result IS NOT NULL) AS answered,
    count(*) FILTER (WHERE o.result >= :minimum) AS satisfied,
    count(*) FILTER (WHERE o.relationship IS NOT NULL) AS rated,
    count(*) FILTER (WHERE o.relationship >= :minimum) AS content
FROM (SELECT DISTINCT q.mentor_id, b.mentee_id FROM pair q
      JOIN pair_member b ON b.municipality_id = q.municipality_id AND b.programme_id = q.programme_id
          AND b.pair_id = q.id AND b.ended_at IS NULL
      WHERE q.municipality_id = (SELECT app_municipality_id()) AND q.programme_id = :programme_id
        AND q.ended_at IS NULL) AS p
JOIN (SELECT i.mentee_id, max(a.value) FILTER (WHERE a.question = :question) AS result,
          avg(a.value) FILTER (WHERE a.question = ANY(:questions)) AS relationship
      FROM survey s
      JOIN invitation i ON i.municipality_id = s.municipality_id AND i.survey_id = s.id AND i.ended_at IS NULL
          AND i.answered_at <= :cut_off_at
      JOIN answer a ON a.municipality_id = i.municipality_id AND a.invitation_id = i.id AND a.value IS NOT NULL
      WHERE s.municipality_id = (SELECT app_municipality_id()) AND s.programme_id = :programme_id AND s.ended_at IS NULL
        AND s.side = 'mentee' AND s.moment = 'after'
      GROUP BY i.mentee_id) AS o ON o.mentee_id = p.mentee_id
GROUP BY p.mentor_id ORDER BY p.mentor_id;

-- name: may_publish(mentors, today)
-- Which of these may be named outside today: the list was computed on an earlier day.
SELECT r.id FROM mentor r JOIN person p ON p.municipality_id = r.municipality_id AND p.id = r.person_id AND p.erased_at IS NULL
WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.id = ANY (:mentors::bigint[])
  AND NOT is_blocked(r.municipality_id, r.person_id)
  AND EXISTS (SELECT FROM consent n WHERE n.municipality_id = r.municipality_id AND n.person_id = r.person_id
      AND n.kind = 'publication' AND n.ended_at IS NULL AND n.given_on <= :today
      AND coalesce(n.valid_until >= :today, true) AND coalesce(n.withdrawn_on > :today, true));
