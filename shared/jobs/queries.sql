-- name: insert_job(municipality_id, school_id, programme_id, kind, args, cause, requested_by, max_attempts, traceparent)^
-- Written in the transaction that asks for the work: either both are there or neither.
INSERT INTO job_run (municipality_id, school_id, programme_id, kind, args, cause, requested_by, max_attempts, traceparent)
VALUES (:municipality_id, :school_id, :programme_id, :kind, :args, :cause, :requested_by, :max_attempts, :traceparent)
RETURNING id;

-- name: insert_wakeup(municipality_id, job_run_id, run_no, not_before)!
-- The intent to wake a worker; the relay turns it into a message.
INSERT INTO outbox (municipality_id, job_run_id, run_no, not_before)
VALUES (:municipality_id, :job_run_id, :run_no, coalesce(:not_before::timestamptz, clock_timestamp()));

-- name: claim(worker, lease, job_run_id, kinds)^
-- One row or none: the fence grows, so whoever held the job before can no longer write.
UPDATE job_run SET fence = fence + 1, status = 'running', attempts = attempts + 1, worker = :worker,
    lease_until = clock_timestamp() + make_interval(secs => :lease), started_at = clock_timestamp(), progress = 0,
    error_code = NULL, error_ru = NULL, error_en = NULL
WHERE id = :job_run_id AND attempts < max_attempts AND kind = ANY(:kinds)
  AND ((status = 'queued' AND next_at <= clock_timestamp())
       OR (status = 'running' AND lease_until < clock_timestamp()))
RETURNING id, municipality_id, school_id, programme_id, kind, args, fence, attempts, max_attempts, requested_by,
    created_at, started_at, traceparent;

-- name: put_off_unknown(first, longest, code, ru, en, job_run_id, kinds)^
-- Neither an attempt nor a failure. When it is due again the reconciler finds it unanswered and sends a new message.
UPDATE job_run SET next_at = clock_timestamp() + make_interval(secs => least(:longest, :first * 2.0 ^ least(run_no - 1, 10))),
    error_code = :code, error_ru = :ru, error_en = :en
WHERE id = :job_run_id AND status = 'queued' AND next_at <= clock_timestamp() AND NOT kind = ANY(:kinds)
RETURNING kind;

-- name: recall_known(kinds, code)!
-- Asked when a worker starts: the release that knows them has come.
UPDATE job_run SET next_at = clock_timestamp()
WHERE status = 'queued' AND next_at > clock_timestamp() AND error_code = :code AND kind = ANY(:kinds);

-- name: extend_lease(lease, job_run_id, worker)^
-- By the worker's name, which is new in every process and holds one job at a time: as good as the fence.
UPDATE job_run SET lease_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id = :job_run_id AND worker = :worker AND status = 'running' RETURNING fence;

-- name: holder(job_run_id)^
SELECT status, worker, fence FROM job_run WHERE id = :job_run_id;

-- name: report_progress(progress, municipality_id, job_run_id, fence)!
UPDATE job_run SET progress = greatest(progress, :progress)
WHERE municipality_id = :municipality_id AND id = :job_run_id AND fence = :fence AND status = 'running';

-- name: finish(inputs_version, municipality_id, job_run_id, fence)^
-- No row: the job is no longer ours and nothing of it may be written.
UPDATE job_run SET status = 'done', progress = 1, lease_until = NULL, finished_at = clock_timestamp(),
    inputs_version = :inputs_version
WHERE municipality_id = :municipality_id AND id = :job_run_id AND fence = :fence AND status = 'running'
RETURNING run_no;

-- name: insert_result(municipality_id, school_id, programme_id, kind, job_run_id, fence, inputs_version, cut_off_at, based_on, body, canonical, digest, inputs_digest, pack_code, pack_version, algorithm_version)^
INSERT INTO result (municipality_id, school_id, programme_id, kind, job_run_id, fence, inputs_version, cut_off_at,
    based_on, body, canonical, digest, inputs_digest, pack_code, pack_version, algorithm_version)
VALUES (:municipality_id, :school_id, :programme_id, :kind, :job_run_id, :fence, :inputs_version, :cut_off_at,
    :based_on, :body, :canonical, :digest, :inputs_digest, :pack_code, :pack_version, :algorithm_version)
RETURNING id;

-- name: fail(is_final, delay, code, ru, en, municipality_id, job_run_id, fence)^
-- Back to the queue, or dead when asking again is useless or the attempts are spent.
UPDATE job_run SET status = CASE WHEN :is_final OR attempts >= max_attempts THEN 'dead' ELSE 'queued' END,
    run_no = run_no + CASE WHEN :is_final OR attempts >= max_attempts THEN 0 ELSE 1 END,
    finished_at = CASE WHEN :is_final OR attempts >= max_attempts THEN clock_timestamp() END,
    next_at = clock_timestamp() + make_interval(secs => :delay), lease_until = NULL, worker = NULL,
    error_code = :code, error_ru = :ru, error_en = :en
WHERE municipality_id = :municipality_id AND id = :job_run_id AND fence = :fence AND status = 'running'
RETURNING status, run_no, next_at, attempts;

-- name: held_by(job_run_id, worker)^
-- What a worker process holds when its child was killed; the fence goes with it.
SELECT id, municipality_id, school_id, programme_id, kind, args, fence, attempts, max_attempts, requested_by,
    created_at, started_at, traceparent
FROM job_run WHERE id = :job_run_id AND worker = :worker AND status = 'running';

-- name: cancel(job_run_id)^
-- The fence grows: a worker that is at it finds its result refused.
UPDATE job_run SET status = 'cancelled', fence = fence + 1, lease_until = NULL, finished_at = clock_timestamp()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :job_run_id AND status IN ('queued', 'running')
RETURNING programme_id;

-- name: lock_job(job_run_id)^
SELECT municipality_id, school_id, programme_id AS id, kind, args, status, max_attempts FROM job_run
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :job_run_id FOR NO KEY UPDATE;

-- name: retry_of(cause)^
SELECT id FROM job_run WHERE municipality_id = (SELECT app_municipality_id()) AND cause = :cause AND cause LIKE 'retry:%%';

-- name: get_job(job_run_id)^
SELECT j.municipality_id, j.school_id, j.programme_id, j.id, j.kind, j.cause, j.status, j.attempts, j.max_attempts,
    j.progress, j.error_code, j.error_ru, j.error_en, j.requested_by, j.created_at, j.next_at, j.started_at,
    j.finished_at, r.id AS result_id
FROM job_run j LEFT JOIN result r ON r.municipality_id = j.municipality_id AND r.job_run_id = j.id
WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.id = :job_run_id;

-- name: lock_pending_wakeups(limit)
-- Locked rows belong to another relay; whoever sends twice only wakes twice.
SELECT id AS outbox_id, job_run_id, run_no FROM outbox
WHERE sent_at IS NULL AND not_before <= clock_timestamp() ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED;

-- name: mark_sent(ids)!
UPDATE outbox SET sent_at = clock_timestamp(), attempts = attempts + 1 WHERE id = ANY(:ids);

-- name: lock_lapsed(limit)
-- Jobs of workers that fell silent; locked first, changed in the next statement.
SELECT id FROM job_run WHERE status = 'running' AND lease_until < clock_timestamp()
ORDER BY lease_until LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED;

-- name: take_back(code, ru, en, ids)
-- The fence stays: the claim that follows raises it.
UPDATE job_run SET status = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'queued' END, run_no = run_no + 1,
    finished_at = CASE WHEN attempts >= max_attempts THEN clock_timestamp() END, next_at = clock_timestamp(),
    lease_until = NULL, worker = NULL, error_code = :code, error_ru = :ru, error_en = :en
WHERE id = ANY(:ids) AND status = 'running' AND lease_until < clock_timestamp()
RETURNING municipality_id, id, kind, status, run_no;

-- name: find_unanswered(older_than, limit)
-- Due, nothing waiting to be sent, and the last message is older than it should take to be picked up.
SELECT j.municipality_id, j.id, j.kind, j.run_no FROM job_run j
WHERE j.status = 'queued' AND j.next_at <= clock_timestamp()
  AND NOT EXISTS (
      SELECT FROM outbox o WHERE o.job_run_id = j.id
      AND (o.sent_at IS NULL OR o.sent_at > clock_timestamp() - make_interval(secs => :older_than)))
ORDER BY j.next_at LIMIT :limit;

-- name: renumber(ids)
-- A new number for the new message, unless a worker was quicker.
UPDATE job_run SET run_no = run_no + 1 WHERE id = ANY(:ids) AND status = 'queued'
RETURNING municipality_id, id, kind, status, run_no;

-- name: insert_wakeups(municipality_ids, ids, run_nos)!
INSERT INTO outbox (municipality_id, job_run_id, run_no)
SELECT * FROM unnest(:municipality_ids::bigint[], :ids::uuid[], :run_nos::integer[]);

-- name: beat(id, host, pid, duty)!
INSERT INTO worker (id, host, pid, duty) VALUES (:id, :host, :pid, :duty)
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp();

-- name: leave(id)!
DELETE FROM worker WHERE id = :id;

-- name: forget_silent(older_than)!
DELETE FROM worker WHERE seen_at < clock_timestamp() - make_interval(secs => :older_than);

-- name: list_workers()
SELECT id, host, pid, duty, started_at, seen_at, extract(epoch FROM clock_timestamp() - seen_at)::float8 AS silent_seconds
FROM worker ORDER BY duty, started_at, id;

-- name: open_jobs()
-- How many jobs are open, by kind and status, and for how long the oldest has been due, in seconds.
SELECT kind, status, count(*) AS jobs,
    coalesce(max(extract(epoch FROM clock_timestamp() - next_at)), 0)::float8 AS oldest_seconds
FROM job_run WHERE status IN ('queued', 'running') GROUP BY kind, status ORDER BY kind, status;
