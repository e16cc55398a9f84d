-- name: outbox_gauges()^
-- What is due and unsent: the partial index holds these rows alone.
SELECT count(*) AS pending,
    coalesce(extract(epoch FROM clock_timestamp() - min(not_before)), 0)::float8 AS oldest_seconds
FROM outbox WHERE sent_at IS NULL AND not_before <= clock_timestamp();

-- name: open_job_gauges()
-- By the partial index of open jobs.
SELECT kind, status, count(*) AS jobs FROM job_run WHERE status IN ('queued', 'running') GROUP BY kind, status;

-- name: worker_gauges(alive_within)
SELECT duty, count(*) FILTER (WHERE seen_at > clock_timestamp() - make_interval(secs => :alive_within)) AS alive,
    extract(epoch FROM clock_timestamp() - max(seen_at))::float8 AS seen_age_seconds
FROM worker GROUP BY duty;
