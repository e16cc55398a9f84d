-- name: invite(survey_id, created_by)
-- Everybody who takes part and was not asked yet. Before the work: who is in a live pair (or, when all have ended, in
-- one that ran to its end); after it: also those whose pair has run to its end. A consent in force is asked of each.
WITH k AS (
    SELECT m.id AS municipality_id, app_now() AS now, (app_now() AT TIME ZONE m.timezone)::date AS today
    FROM municipality m WHERE m.id = (SELECT app_municipality_id())
), chosen AS (
    SELECT s.* FROM survey s WHERE s.municipality_id = (SELECT app_municipality_id()) AND s.id = :survey_id
), kept AS (
    SELECT p.id, p.mentor_id, p.outcome IS NULL AS is_live FROM pair p, chosen s
    WHERE p.municipality_id = s.municipality_id AND p.programme_id = s.programme_id AND p.ended_at IS NULL
      AND (p.outcome IS NULL OR p.outcome IN ('completed', 'carried_over'))
), asked_pair AS (
    SELECT kept.* FROM kept, chosen s
    WHERE is_live OR s.moment = 'after' OR NOT EXISTS (SELECT FROM kept WHERE is_live)
), participant AS (
    SELECT r.id AS mentor_id, NULL::bigint AS mentee_id, r.person_id FROM mentor r, chosen s
    WHERE s.side = 'mentor' AND r.municipality_id = s.municipality_id AND r.programme_id = s.programme_id
      AND r.ended_at IS NULL AND r.id IN (SELECT mentor_id FROM asked_pair)
    UNION ALL
    SELECT NULL, t.id, t.person_id FROM mentee t, chosen s
    WHERE s.side = 'mentee' AND t.municipality_id = s.municipality_id AND t.programme_id = s.programme_id
      AND t.ended_at IS NULL AND t.id IN (
          SELECT m.mentee_id FROM pair_member m
          WHERE m.municipality_id = s.municipality_id AND m.programme_id = s.programme_id AND m.ended_at IS NULL
            AND m.pair_id IN (SELECT id FROM asked_pair))
)
INSERT INTO invitation (municipality_id, school_id, programme_id, survey_id, mentor_id, mentee_id, sent_at, created_by)
SELECT s.municipality_id, s.school_id, s.programme_id, s.id, p.mentor_id, p.mentee_id, k.now, :created_by
FROM participant p, chosen s, k
WHERE EXISTS (SELECT FROM person q WHERE q.municipality_id = s.municipality_id AND q.id = p.person_id AND q.ended_at IS NULL)
  AND NOT is_blocked(s.municipality_id, p.person_id)
  AND EXISTS (
    SELECT FROM consent c
    WHERE c.municipality_id = s.municipality_id AND c.person_id = p.person_id AND c.kind = 'processing' AND c.ended_at IS NULL
      AND c.given_on <= k.today AND coalesce(c.valid_until >= k.today, true) AND coalesce(c.withdrawn_on > k.today, true))
  AND NOT EXISTS (
    SELECT FROM invitation i WHERE i.municipality_id = s.municipality_id AND i.survey_id = s.id AND i.ended_at IS NULL
      AND (i.mentor_id = p.mentor_id OR i.mentee_id = p.mentee_id))
RETURNING *;

-- name: person_asked(invitation_id)^
SELECT coalesce(t.person_id, r.person_id) AS person_id FROM invitation i
LEFT JOIN mentee t ON t.municipality_id = i.municipality_id AND t.id = i.mentee_id
LEFT JOIN mentor r ON r.municipality_id = i.municipality_id AND r.id = i.mentor_id
WHERE i.municipality_id = (SELECT app_municipality_id()) AND i.id = :invitation_id;

-- name: close_survey(survey_id, expected)^
-- The cut-off, set once.
UPDATE survey SET closed_at = app_now(), version = version + 1, updated_at = now()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :survey_id AND version = :expected
  AND ended_at IS NULL AND closed_at IS NULL
RETURNING *;

-- name: has_invitations(survey_id)^
SELECT EXISTS (SELECT FROM invitation WHERE municipality_id = (SELECT app_municipality_id()) AND survey_id = :survey_id
    AND ended_at IS NULL) AS found;

-- name: survey_of_invitation(invitation_id)^
-- What the holder of a link is asked; seen by the role of links too.
SELECT i.id AS invitation_id, i.mentee_id, i.programme_id, i.school_id, i.municipality_id, i.sent_at, i.answered_at, s.id AS survey_id,
    s.side, s.moment, s.questionnaire, s.closes_on, s.closed_at, s.closed_at IS NOT NULL OR s.ended_at IS NOT NULL
    OR i.ended_at IS NOT NULL AS is_closed
FROM invitation i JOIN survey s ON s.municipality_id = i.municipality_id AND s.id = i.survey_id
WHERE i.municipality_id = (SELECT app_municipality_id()) AND i.id = :invitation_id;

-- name: open_safety_case(municipality_id, school_id, programme_id, mentee_id, invitation_id)!
-- By the role of links, which may write such a row and read none.
INSERT INTO safety_case (municipality_id, school_id, programme_id, mentee_id, origin, invitation_id, opened_on)
SELECT :municipality_id, :school_id, :programme_id, :mentee_id, 'survey', :invitation_id, (app_now() AT TIME ZONE timezone)::date
FROM municipality WHERE id = :municipality_id;

-- name: mark_answered(invitation_id)^
-- Once: the second answer finds no row.
UPDATE invitation SET answered_at = app_now(), version = version + 1, updated_at = now()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :invitation_id AND answered_at IS NULL AND ended_at IS NULL
RETURNING answered_at;

-- name: insert_answers(municipality_id, school_id, programme_id, survey_id, invitation_id, questions, values, words)!
INSERT INTO answer (municipality_id, school_id, programme_id, survey_id, invitation_id, question, value, words)
SELECT :municipality_id, :school_id, :programme_id, :survey_id, :invitation_id, a.question, a.value, a.words
FROM unnest(:questions::text[], :values::smallint[], :words::text[]) AS a (question, value, words);
