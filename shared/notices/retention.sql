-- name: find_outbox(days, limit)
-- Messages long sent, of jobs that have ended: an open job's last message tells the reconciler when it was woken.
SELECT o.id FROM outbox o JOIN job_run j ON j.municipality_id = o.municipality_id AND j.id = o.job_run_id
WHERE o.municipality_id = (SELECT app_municipality_id()) AND o.sent_at < clock_timestamp() - make_interval(days => :days)
  AND j.status IN ('done', 'dead', 'cancelled') ORDER BY o.sent_at LIMIT :limit;

-- name: find_attempts(days, limit)
-- Attempts of deliveries that are over; the delivery itself stays.
SELECT a.id FROM delivery_attempt a JOIN delivery d ON d.municipality_id = a.municipality_id AND d.id = a.delivery_id
WHERE a.municipality_id = (SELECT app_municipality_id()) AND a.at < clock_timestamp() - make_interval(days => :days)
  AND d.status <> 'waiting' ORDER BY a.at LIMIT :limit;

-- name: find_notices(before_year, limit)
-- Put away by somebody, and of an older school year.
SELECT id FROM notice WHERE municipality_id = (SELECT app_municipality_id()) AND seen_at IS NOT NULL
AND school_year < :before_year ORDER BY id LIMIT :limit;

-- name: delete_outbox(ids)!
DELETE FROM outbox WHERE municipality_id = (SELECT app_municipality_id()) AND id = ANY(:ids);

-- name: delete_attempts(ids)!
DELETE FROM delivery_attempt WHERE municipality_id = (SELECT app_municipality_id()) AND id = ANY(:ids);

-- name: delete_notices(ids)!
-- Letters about them lose the notice and stay.
DELETE FROM notice WHERE municipality_id = (SELECT app_municipality_id()) AND id = ANY(:ids);
