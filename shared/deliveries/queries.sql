-- name: insert_delivery(municipality_id, school_id, channel, notice_id, principal_id, subscription_id, feed_no, replay_of, account_link_id)^
INSERT INTO delivery (municipality_id, school_id, channel, notice_id, principal_id, subscription_id, feed_no, replay_of,
    account_link_id)
VALUES (:municipality_id, :school_id, :channel, :notice_id, :principal_id, :subscription_id, :feed_no, :replay_of,
    :account_link_id)
RETURNING id;

-- name: get_delivery(delivery_id)^
SELECT municipality_id, school_id, id, channel, status, notice_id, principal_id, subscription_id, feed_no, replay_of,
    account_link_id, created_at, sent_at
FROM delivery WHERE municipality_id = (SELECT app_municipality_id()) AND id = :delivery_id;

-- name: mark_sent(delivery_id)!
UPDATE delivery SET status = 'sent', sent_at = clock_timestamp()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :delivery_id AND status <> 'sent';

-- name: mark_failed(delivery_id)!
UPDATE delivery SET status = 'failed'
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :delivery_id AND status = 'waiting';

-- name: insert_attempt(delivery_id, outcome, http_status, error_code, ms)!
INSERT INTO delivery_attempt (municipality_id, school_id, delivery_id, outcome, http_status, error_code, ms)
SELECT municipality_id, school_id, id, :outcome, :http_status, :error_code, :ms FROM delivery
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :delivery_id;

-- name: list_attempts(delivery_id)
SELECT at, outcome, http_status, error_code, ms FROM delivery_attempt
WHERE municipality_id = (SELECT app_municipality_id()) AND delivery_id = :delivery_id ORDER BY id;

-- name: give_up_orphans(older_than, limit)
-- Engine, all tenants: nobody is at it any more, since its job was cancelled, or its last worker died.
UPDATE delivery SET status = 'failed' WHERE status = 'waiting' AND (municipality_id, id) IN (
    SELECT d.municipality_id, d.id FROM delivery d
    WHERE d.status = 'waiting' AND d.created_at < clock_timestamp() - make_interval(secs => :older_than)
      AND NOT EXISTS (SELECT FROM job_run j WHERE j.args ->> 'delivery' = d.id::text AND j.args ? 'delivery'
          AND j.status IN ('queued', 'running'))
    ORDER BY d.created_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING municipality_id, id, channel;
