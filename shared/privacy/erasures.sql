-- Erasures: asked for, followed, taken back; what the schedule finds to do.

-- name: list_erasures(status, after, limit)
SELECT e.*, erasure_verdict(e.id) AS verdict,
    EXISTS (SELECT FROM erasure_act a WHERE a.municipality_id = e.municipality_id AND a.erasure_id = e.id) AS has_act
FROM erasure e
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.id > :after AND (:status::text IS NULL OR e.status = :status)
ORDER BY e.id LIMIT :limit;

-- name: list_latest(status, limit)
SELECT e.*, erasure_verdict(e.id) AS verdict,
    EXISTS (SELECT FROM erasure_act a WHERE a.municipality_id = e.municipality_id AND a.erasure_id = e.id) AS has_act
FROM erasure e WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.status = :status ORDER BY e.id DESC LIMIT :limit;

-- name: get_erasure(erasure_id)^
SELECT e.*, erasure_verdict(e.id) AS verdict,
    EXISTS (SELECT FROM erasure_act a WHERE a.municipality_id = e.municipality_id AND a.erasure_id = e.id) AS has_act
FROM erasure e
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.id = :erasure_id;

-- name: lock_person(person_id)^
-- Taken before anything is asked of a person's erasures, so that two requests make one.
SELECT municipality_id, school_id, id, erased_at FROM person
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :person_id FOR NO KEY UPDATE;

-- name: insert_request(person_id, requested_by, grace_days, due_days)^
-- Nothing when one waits already.
INSERT INTO erasure (municipality_id, school_id, person_id, reason, consent_id, requested_at, requested_by, planned_at, due_at)
SELECT municipality_id, school_id, id, 'request', (SELECT max(c.id) FROM consent c WHERE c.municipality_id = person.municipality_id
    AND c.person_id = person.id AND c.kind = 'processing'), app_now(), :requested_by, app_now() + make_interval(days => :grace_days),
    app_now() + make_interval(days => :due_days)
FROM person WHERE municipality_id = (SELECT app_municipality_id()) AND id = :person_id
ON CONFLICT (municipality_id, person_id) WHERE status = 'waiting' DO NOTHING RETURNING id;

-- name: insert_withdrawn(school_id, requested_by, grace_days, due_days)
-- Whose consent to processing was withdrawn, with none in force beside it, and who is not waiting yet. The law counts its
-- days from the withdrawal: one that is entered late leaves less time for a mistake, a day at least. What a person
-- decided to keep all the same (cancelled by hand) does not begin again by the same withdrawal.
INSERT INTO erasure (municipality_id, school_id, person_id, reason, consent_id, requested_at, requested_by, planned_at, due_at)
SELECT w.municipality_id, w.school_id, w.person_id, 'withdrawn', w.consent_id, app_now(), :requested_by,
    least(app_now() + make_interval(days => :grace_days), greatest(w.came_at + make_interval(days => :due_days), app_now() + interval '1 day')),
    w.came_at + make_interval(days => :due_days)
FROM (SELECT DISTINCT ON (c.person_id) c.municipality_id, c.school_id, c.person_id, c.id AS consent_id,
          c.withdrawn_on::timestamp AT TIME ZONE m.timezone AS came_at
      FROM consent c JOIN municipality m ON m.id = c.municipality_id
      JOIN person p ON p.municipality_id = c.municipality_id AND p.id = c.person_id AND p.erased_at IS NULL
      WHERE c.municipality_id = (SELECT app_municipality_id()) AND (:school_id::bigint IS NULL OR c.school_id = :school_id)
        AND c.kind = 'processing' AND c.withdrawn_on IS NOT NULL AND c.ended_at IS NULL
      ORDER BY c.person_id, c.id DESC) AS w
WHERE is_blocked(w.municipality_id, w.person_id) AND NOT EXISTS (
    SELECT FROM erasure e WHERE e.municipality_id = w.municipality_id AND e.person_id = w.person_id
    AND (e.status = 'waiting' OR (e.reason = 'withdrawn' AND e.why_cancelled = 'by_hand' AND e.consent_id = w.consent_id
                                  AND e.ended_at >= w.came_at)))
ON CONFLICT (municipality_id, person_id) WHERE status = 'waiting' DO NOTHING RETURNING id, person_id;

-- name: cancel_overtaken(school_id)
-- Those that a new consent, a withdrawal taken back or a new programme have overtaken; of one school only those that a
-- consent can overtake, as it is asked with every consent that is written.
UPDATE erasure e SET status = 'cancelled', ended_at = app_now(), why_cancelled = v.verdict
FROM (SELECT id, erasure_verdict(id) AS verdict FROM erasure
      WHERE municipality_id = (SELECT app_municipality_id()) AND (:school_id::bigint IS NULL OR school_id = :school_id)
        AND status = 'waiting' AND (:school_id::bigint IS NULL OR reason <> 'retention')) AS v
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.id = v.id AND e.status = 'waiting'
  AND v.verdict IN ('consented', 'undone', 'in_use')
RETURNING e.id, e.person_id;

-- name: revoke_links(people)!
-- Links about these people. A link to a group stays while somebody else meets there.
UPDATE personal_link l SET ended_at = now(), version = l.version + 1, updated_at = now()
WHERE l.municipality_id = (SELECT app_municipality_id()) AND l.ended_at IS NULL AND CASE l.purpose
    WHEN 'answer' THEN EXISTS (
        SELECT FROM invitation i
        LEFT JOIN mentee t ON t.municipality_id = i.municipality_id AND t.id = i.mentee_id
        LEFT JOIN mentor r ON r.municipality_id = i.municipality_id AND r.id = i.mentor_id
        WHERE i.municipality_id = l.municipality_id AND i.id = l.subject_id
          AND coalesce(t.person_id, r.person_id) = ANY (:people::bigint[]))
    WHEN 'log_meeting' THEN EXISTS (
        SELECT FROM pair p JOIN mentor r ON r.municipality_id = p.municipality_id AND r.id = p.mentor_id
        WHERE p.municipality_id = l.municipality_id AND p.id = l.subject_id AND (r.person_id = ANY (:people::bigint[]) OR (
            SELECT bool_and(t.person_id = ANY (:people::bigint[])) FROM pair_member m
            JOIN mentee t ON t.municipality_id = m.municipality_id AND t.id = m.mentee_id
            WHERE m.municipality_id = p.municipality_id AND m.pair_id = p.id AND m.ended_at IS NULL)))
    ELSE EXISTS (
        SELECT FROM pair_member m JOIN mentee t ON t.municipality_id = m.municipality_id AND t.id = m.mentee_id
        WHERE m.municipality_id = l.municipality_id AND m.id = l.subject_id AND t.person_id = ANY (:people::bigint[]))
    END;

-- name: cancel_by_hand(erasure_id, ended_by, reason)^
UPDATE erasure SET status = 'cancelled', ended_at = app_now(), ended_by = :ended_by, why_cancelled = 'by_hand',
    cancel_reason = :reason
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :erasure_id AND status = 'waiting' RETURNING id;

-- name: run_now(erasure_id, run_by)^
UPDATE erasure SET run_by = :run_by
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :erasure_id AND status = 'waiting' RETURNING id;

-- name: insert_retention(grace_days, due_days, limit)
-- People whose last programme ended so many school years ago that nothing needs them any more.
INSERT INTO erasure (municipality_id, school_id, person_id, reason, consent_id, requested_at, planned_at, due_at)
SELECT p.municipality_id, p.school_id, p.id, 'retention', (SELECT max(c.id) FROM consent c
    WHERE c.municipality_id = p.municipality_id AND c.person_id = p.id AND c.kind = 'processing'), app_now(), app_now() + make_interval(days => :grace_days),
    app_now() + make_interval(days => :due_days)
FROM person p JOIN municipality m ON m.id = p.municipality_id
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.erased_at IS NULL
  AND last_school_year(p.municipality_id, p.id) + 1 + m.kept_years
      <= extract(year FROM (app_now() AT TIME ZONE m.timezone) - interval '8 months')
  AND NOT EXISTS (SELECT FROM erasure e WHERE e.municipality_id = p.municipality_id AND e.person_id = p.id
      AND (e.status = 'waiting' OR (e.why_cancelled = 'by_hand' AND e.ended_at > app_now() - interval '1 year')))
ORDER BY p.id LIMIT :limit
ON CONFLICT (municipality_id, person_id) WHERE status = 'waiting' DO NOTHING RETURNING id, school_id, planned_at;

-- name: find_due(limit)
-- Whose planned time has come, and that no open job is at.
SELECT e.id FROM erasure e
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.status = 'waiting' AND e.planned_at <= app_now()
  AND erasure_verdict(e.id) = 'ready' AND NOT EXISTS (
    SELECT FROM job_run j WHERE j.municipality_id = e.municipality_id AND j.kind = 'erase_person'
    AND j.status IN ('queued', 'running') AND j.args ->> 'erasure' = e.id::text)
ORDER BY e.planned_at, e.id LIMIT :limit;

-- name: find_urgent(days)
-- Those that are due soon and held by something, or overdue.
SELECT e.id, e.school_id, e.due_at, (e.due_at AT TIME ZONE m.timezone)::date AS due_on, erasure_verdict(e.id) AS verdict,
    e.due_at < app_now() AS is_overdue
FROM erasure e JOIN municipality m ON m.id = e.municipality_id
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.status = 'waiting'
  AND e.due_at < app_now() + make_interval(days => :days)
  AND (e.due_at < app_now() OR erasure_verdict(e.id) = 'held') ORDER BY e.id;

-- name: find_expired_acts(limit)
SELECT a.erasure_id FROM erasure_act a JOIN municipality m ON m.id = a.municipality_id
WHERE a.municipality_id = (SELECT app_municipality_id()) AND a.keep_until < (app_now() AT TIME ZONE m.timezone)::date
ORDER BY a.erasure_id LIMIT :limit;

-- name: delete_acts(ids)!
DELETE FROM erasure_act WHERE municipality_id = (SELECT app_municipality_id()) AND erasure_id = ANY (:ids::bigint[]);

-- name: get_act(erasure_id)^
SELECT a.*, m.timezone FROM erasure_act a JOIN municipality m ON m.id = a.municipality_id
WHERE a.municipality_id = (SELECT app_municipality_id()) AND a.erasure_id = :erasure_id;
