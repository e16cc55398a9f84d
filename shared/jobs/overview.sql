-- name: get_seen(job_run_id)^
-- A job as people see it: with its result, and with the job that repeated it.
SELECT j.municipality_id, j.school_id, j.programme_id, j.id, j.kind, j.cause, j.status, j.attempts, j.max_attempts,
    j.progress, j.error_code, j.error_ru, j.error_en, j.requested_by, j.created_at, j.next_at, j.started_at,
    j.finished_at, r.id AS result_id, (
        SELECT a.id FROM job_run a WHERE a.municipality_id = j.municipality_id AND a.cause = 'retry:' || j.id AND a.cause LIKE 'retry:%%'
        ORDER BY a.created_at LIMIT 1) AS retried_as
FROM job_run j LEFT JOIN result r ON r.municipality_id = j.municipality_id AND r.job_run_id = j.id
WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.id = :job_run_id;

-- name: list_seen(status, kind, programme_id, is_retried, created_before, after, limit)
-- Newest first; keyset by (created_at, id) of the last job seen. What is joined is looked up for the page's rows alone.
WITH found AS MATERIALIZED (
    SELECT j.* FROM job_run j
    WHERE j.municipality_id = (SELECT app_municipality_id())
      AND (:status::text IS NULL OR j.status = :status) AND (:kind::text IS NULL OR j.kind = :kind)
      AND (:programme_id::bigint IS NULL OR j.programme_id = :programme_id)
      AND (:is_retried::boolean IS NULL OR :is_retried = EXISTS (
          SELECT FROM job_run n WHERE n.municipality_id = j.municipality_id AND n.cause = 'retry:' || j.id
          AND n.cause LIKE 'retry:%%'))
      AND (:created_before::timestamptz IS NULL OR j.created_at < :created_before)
      AND (:after::uuid IS NULL OR (j.created_at, j.id) < (
          SELECT p.created_at, p.id FROM job_run p
          WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = :after::uuid))
    ORDER BY j.created_at DESC, j.id DESC LIMIT :limit
)
SELECT j.municipality_id, j.school_id, j.programme_id, j.id, j.kind, j.cause, j.status, j.attempts, j.max_attempts,
    j.progress, j.error_code, j.error_ru, j.error_en, j.requested_by, j.created_at, j.next_at, j.started_at,
    j.finished_at, (
        SELECT r.id FROM result r WHERE r.municipality_id = j.municipality_id AND r.job_run_id = j.id) AS result_id, (
        SELECT n.id FROM job_run n WHERE n.municipality_id = j.municipality_id AND n.cause = 'retry:' || j.id
        AND n.cause LIKE 'retry:%%') AS retried_as
FROM found j ORDER BY j.created_at DESC, j.id DESC;

-- name: summarise()
-- Kinds that have ended jobs are found by hopping from one to the next along the index: done jobs are many.
WITH RECURSIVE ended (kind) AS (
    (SELECT j.kind FROM job_run j WHERE j.municipality_id = (SELECT app_municipality_id())
        AND j.status IN ('done', 'dead', 'cancelled') ORDER BY j.kind LIMIT 1)
    UNION ALL
    SELECT (SELECT j.kind FROM job_run j WHERE j.municipality_id = (SELECT app_municipality_id())
        AND j.status IN ('done', 'dead', 'cancelled') AND j.kind > e.kind ORDER BY j.kind LIMIT 1)
    FROM ended e WHERE e.kind IS NOT NULL
), under_way AS (
    SELECT j.kind, count(*) FILTER (WHERE j.status = 'queued') AS waiting,
        count(*) FILTER (WHERE j.status = 'queued' AND j.next_at <= clock_timestamp()) AS due,
        count(*) FILTER (WHERE j.status = 'running') AS running,
        extract(epoch FROM clock_timestamp() - min(j.created_at) FILTER (WHERE j.status = 'queued'))::float8
            AS oldest_waiting_seconds
    FROM job_run j WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.status IN ('queued', 'running')
    GROUP BY j.kind
), kinds AS (
    SELECT kind FROM ended WHERE kind IS NOT NULL UNION SELECT kind FROM under_way
)
SELECT k.kind, coalesce(u.waiting, 0) AS waiting, coalesce(u.due, 0) AS due, coalesce(u.running, 0) AS running,
    u.oldest_waiting_seconds, (
        SELECT count(*) FROM job_run j WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.kind = k.kind
        AND j.status = 'dead' AND NOT EXISTS (
            SELECT FROM job_run n WHERE n.municipality_id = j.municipality_id AND n.cause = 'retry:' || j.id AND n.cause LIKE 'retry:%%')) AS dead, (
        SELECT count(*) FROM job_run j WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.kind = k.kind
        AND j.status = 'cancelled') AS cancelled, (
        SELECT max(j.finished_at) FROM job_run j WHERE j.municipality_id = (SELECT app_municipality_id())
        AND j.kind = k.kind AND j.status = 'done') AS last_success_at
FROM kinds k LEFT JOIN under_way u ON u.kind = k.kind ORDER BY k.kind;

-- name: find_dead(kind, programme_id, job_ids, limit)
-- Dead and not repeated, oldest first; named ones as they are, so that each can be answered.
SELECT j.id, j.kind, j.programme_id, j.created_at, count(*) OVER () AS total FROM job_run j
WHERE j.municipality_id = (SELECT app_municipality_id())
  AND (:kind::text IS NULL OR j.kind = :kind)
  AND (:programme_id::bigint IS NULL OR j.programme_id = :programme_id)
  AND CASE WHEN :job_ids::uuid[] IS NULL THEN j.status = 'dead' AND NOT EXISTS (
          SELECT FROM job_run n WHERE n.municipality_id = j.municipality_id AND n.cause = 'retry:' || j.id AND n.cause LIKE 'retry:%%')
      ELSE j.id = ANY(:job_ids::uuid[]) END
ORDER BY j.created_at, j.id LIMIT :limit;
