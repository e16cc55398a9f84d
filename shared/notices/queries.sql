-- name: insert_notice(municipality_id, school_id, programme_id, code, to_role, once, ru, en, link, school_year, job_run_id)^
-- The same is told once, however often it is found.
INSERT INTO notice (municipality_id, school_id, programme_id, code, to_role, once, ru, en, link, school_year, job_run_id)
VALUES (:municipality_id, :school_id, :programme_id, :code, :to_role, :once, :ru, :en, :link, :school_year, :job_run_id)
ON CONFLICT (municipality_id, once) DO NOTHING RETURNING id;

-- name: find_readers(to_role, school_id)
-- Who hears of a notice by mail: accounts of the role, of the school where it has one.
SELECT id FROM principal
WHERE municipality_id = (SELECT app_municipality_id()) AND role = :to_role AND ended_at IS NULL AND email IS NOT NULL
  AND school_id IS NOT DISTINCT FROM :school_id ORDER BY id;

-- name: find_address(principal_id)^
SELECT email FROM principal
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :principal_id AND ended_at IS NULL;

-- name: list_notices(to_role, is_unseen, after, limit)
-- Newest first; keyset by id of the last one seen.
SELECT id, school_id, programme_id, code, to_role, ru, en, link, school_year, job_run_id, created_at, seen_at, seen_by
FROM notice
WHERE municipality_id = (SELECT app_municipality_id()) AND (:to_role::text IS NULL OR to_role = :to_role)
  AND (NOT :is_unseen OR seen_at IS NULL) AND (:after::bigint IS NULL OR id < :after)
ORDER BY id DESC LIMIT :limit;

-- name: get_notice(notice_id)^
SELECT id, school_id, programme_id, code, to_role, ru, en, link, school_year, job_run_id, created_at, seen_at, seen_by
FROM notice WHERE municipality_id = (SELECT app_municipality_id()) AND id = :notice_id;

-- name: count_unseen(to_role)^
SELECT count(*) AS number FROM notice
WHERE municipality_id = (SELECT app_municipality_id()) AND seen_at IS NULL AND (:to_role::text IS NULL OR to_role = :to_role);

-- name: list_same_letter(notice_id)
-- What one run of the schedule told the same readers: it goes in one letter.
SELECT n.id, n.school_id, n.programme_id, n.code, n.to_role, n.ru, n.en, n.link, n.school_year, n.job_run_id, n.created_at,
    n.seen_at, n.seen_by
FROM notice f JOIN notice n ON n.municipality_id = f.municipality_id AND n.job_run_id = f.job_run_id
    AND n.to_role = f.to_role AND n.school_id IS NOT DISTINCT FROM f.school_id
WHERE f.municipality_id = (SELECT app_municipality_id()) AND f.id = :notice_id ORDER BY n.id;

-- name: mark_seen(notice_id, principal_id)^
UPDATE notice SET seen_at = app_now(), seen_by = :principal_id
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :notice_id AND seen_at IS NULL RETURNING id;

-- name: local_day()^
-- Today where the municipality is; the clock file is honoured, as in every computation.
SELECT app_now() AS now, (app_now() AT TIME ZONE timezone)::date AS today FROM municipality WHERE id = (SELECT app_municipality_id());

-- name: find_stale()
-- Results that count for something (approved, signed, or built upon) and were computed from older facts.
SELECT r.school_id, r.programme_id, p.school_year, r.id AS result_id, r.kind, a.id IS NOT NULL AS is_approved
FROM result r JOIN programme p ON p.municipality_id = r.municipality_id AND p.id = r.programme_id
LEFT JOIN LATERAL (
    SELECT min(id) AS id FROM reward_approval a WHERE a.municipality_id = r.municipality_id
    AND a.programme_id = r.programme_id AND a.result_id = r.id AND a.ended_at IS NULL) a ON true
WHERE r.municipality_id = (SELECT app_municipality_id()) AND p.stage NOT IN ('completed', 'cancelled')
  AND r.inputs_version <> p.inputs_version
  AND NOT EXISTS (SELECT FROM result l WHERE l.municipality_id = r.municipality_id AND l.programme_id = r.programme_id
      AND l.kind = r.kind AND l.id > r.id)
  AND (a.id IS NOT NULL
       OR EXISTS (SELECT FROM result d WHERE d.municipality_id = r.municipality_id AND d.programme_id = r.programme_id
           AND d.based_on = r.id)
       OR EXISTS (SELECT FROM conclusion c WHERE c.municipality_id = r.municipality_id AND c.programme_id = r.programme_id
           AND c.ended_at IS NULL AND c.signed_on IS NOT NULL
           AND c.subject = CASE r.kind WHEN 'feedback_summary' THEN 'feedback' ELSE r.kind END))
ORDER BY r.id;

-- name: find_cases(safety_days, waiting_days, silent_days)
-- What waits too long in programmes that are under way; ids, counts and days alone.
WITH k AS (
    SELECT (app_now() AT TIME ZONE timezone)::date AS today FROM municipality WHERE id = (SELECT app_municipality_id())
), p AS (
    SELECT municipality_id, school_id, id, school_year FROM programme
    WHERE municipality_id = (SELECT app_municipality_id()) AND stage NOT IN ('completed', 'cancelled', 'suspended')
), pair_last AS (
    SELECT q.municipality_id, q.programme_id, q.id, greatest(q.starts_on, (
        SELECT max(m.held_on) FROM meeting m WHERE m.municipality_id = q.municipality_id
        AND m.programme_id = q.programme_id AND m.pair_id = q.id AND m.ended_at IS NULL)) AS since_on
    FROM pair q WHERE q.municipality_id = (SELECT app_municipality_id()) AND q.ended_at IS NULL
      AND q.closed_on IS NULL AND q.starts_on IS NOT NULL
)
SELECT 'case.safety' AS code, p.school_id, p.id AS programme_id, p.school_year, '' AS subject, count(*)::integer AS number,
    min(s.opened_on) AS since_on
FROM p CROSS JOIN k JOIN safety_case s ON s.municipality_id = p.municipality_id AND s.programme_id = p.id
WHERE s.ended_at IS NULL AND s.closed_on IS NULL AND s.opened_on <= k.today - :safety_days::integer
GROUP BY p.school_id, p.id, p.school_year
UNION ALL
SELECT 'case.survey', p.school_id, p.id, p.school_year, s.id::text, 1, s.closes_on
FROM p CROSS JOIN k JOIN survey s ON s.municipality_id = p.municipality_id AND s.programme_id = p.id
WHERE s.ended_at IS NULL AND s.closed_at IS NULL AND s.closes_on < k.today
UNION ALL
SELECT 'case.waiting', p.school_id, p.id, p.school_year, '', count(*)::integer, min(w.since_on)
FROM p CROSS JOIN k JOIN waiting_entry w ON w.municipality_id = p.municipality_id AND w.programme_id = p.id
WHERE w.ended_at IS NULL AND w.since_on < k.today - :waiting_days::integer GROUP BY p.school_id, p.id, p.school_year
UNION ALL
SELECT 'case.silent', p.school_id, p.id, p.school_year, '', count(*)::integer, min(l.since_on)
FROM p CROSS JOIN k JOIN pair_last l ON l.municipality_id = p.municipality_id AND l.programme_id = p.id
WHERE l.since_on < k.today - :silent_days::integer GROUP BY p.school_id, p.id, p.school_year
ORDER BY programme_id, code, subject;

-- name: count_dead()^
-- Work that died and that nobody repeated.
SELECT count(*) AS number FROM job_run j
WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.status = 'dead' AND NOT EXISTS (
    SELECT FROM job_run n WHERE n.municipality_id = j.municipality_id AND n.cause = 'retry:' || j.id AND n.cause LIKE 'retry:%%');

-- name: list_under_way(after, limit)
-- Programmes that go on, in id order: what is suspended or over is reminded of nothing.
SELECT municipality_id, school_id, id, school_year, pack_code, pack_version, stage, resume_stage, version, inputs_version
FROM programme WHERE municipality_id = (SELECT app_municipality_id()) AND stage NOT IN ('completed', 'cancelled', 'suspended')
  AND id > :after ORDER BY id LIMIT :limit;
