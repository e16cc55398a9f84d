-- name: insert_webhook(municipality_id, url, event_types, description, is_active, created_by)^
INSERT INTO webhook (municipality_id, url, event_types, description, is_active, created_by)
VALUES (:municipality_id, :url, :event_types, :description, :is_active, :created_by) RETURNING *;

-- name: list_webhooks(ended, after, limit)
SELECT * FROM webhook WHERE municipality_id = (SELECT app_municipality_id()) AND id > :after
  AND (:ended::boolean OR ended_at IS NULL) ORDER BY id LIMIT :limit;

-- name: get_webhook(webhook_id)^
SELECT * FROM webhook WHERE municipality_id = (SELECT app_municipality_id()) AND id = :webhook_id;

-- name: update_webhook(url, event_types, description, is_active, stopped_reason, webhook_id, version)^
UPDATE webhook SET url = :url, event_types = :event_types, description = :description, is_active = :is_active,
    stopped_reason = :stopped_reason, version = version + 1, updated_at = clock_timestamp()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :webhook_id AND version = :version AND ended_at IS NULL
RETURNING *;

-- name: touch_webhook(webhook_id, version)^
-- A new secret is a new version: of two people who rotate at once one is told.
UPDATE webhook SET version = version + 1, updated_at = clock_timestamp()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :webhook_id AND version = :version AND ended_at IS NULL
RETURNING *;

-- name: end_webhook(reason, webhook_id, version)^
UPDATE webhook SET is_active = false, ended_at = app_now(), end_reason = :reason, version = version + 1,
    updated_at = clock_timestamp()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :webhook_id AND version = :version AND ended_at IS NULL
RETURNING *;

-- name: insert_secret(municipality_id, webhook_id, secret)!
INSERT INTO webhook_secret (municipality_id, webhook_id, secret) VALUES (:municipality_id, :webhook_id, :secret);

-- name: retire_secret(hours, webhook_id)!
-- The one in force signs on beside its successor for a while.
UPDATE webhook_secret SET ends_at = clock_timestamp() + make_interval(hours => :hours)
WHERE municipality_id = (SELECT app_municipality_id()) AND webhook_id = :webhook_id AND ends_at IS NULL;

-- name: forget_secrets(webhook_id, everything)!
DELETE FROM webhook_secret WHERE municipality_id = (SELECT app_municipality_id()) AND webhook_id = :webhook_id
  AND (:everything::boolean OR ends_at < clock_timestamp());

-- name: signing_secrets(webhook_id)
-- Engine only: no other role may read the secrets. The newest first.
SELECT municipality_id, webhook_id, secret FROM webhook_secret WHERE municipality_id = (SELECT app_municipality_id()) AND webhook_id = :webhook_id
  AND (ends_at IS NULL OR ends_at > clock_timestamp()) ORDER BY id DESC;

-- name: all_secrets()
-- Engine only. A few a municipality.
SELECT municipality_id, webhook_id, id, secret FROM webhook_secret
WHERE municipality_id = (SELECT app_municipality_id()) ORDER BY id;

-- name: replace_secret(sealed, secret_id, old)!
-- Engine only: the same secret, sealed anew; two dispatchers do it once.
UPDATE webhook_secret SET secret = :sealed
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :secret_id AND secret = :old;

-- name: subscribed()
-- Who is told of what: the active subscriptions of the municipality.
SELECT id, event_types FROM webhook
WHERE municipality_id = (SELECT app_municipality_id()) AND is_active AND ended_at IS NULL ORDER BY id;

-- name: stop_gone(webhook_id)!
UPDATE webhook SET is_active = false, stopped_reason = 'gone', version = version + 1, updated_at = clock_timestamp()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :webhook_id AND is_active AND ended_at IS NULL;

-- name: list_deliveries(webhook_id, status, after, limit)
-- Newest first; keyset by (created_at, id) of the last delivery seen.
SELECT d.municipality_id, d.school_id, d.id, d.channel, d.status, d.notice_id, d.principal_id, d.subscription_id,
    d.feed_no, d.replay_of, d.account_link_id, d.created_at, d.sent_at
FROM delivery d
WHERE d.municipality_id = (SELECT app_municipality_id()) AND d.subscription_id = :webhook_id
  AND (:status::text IS NULL OR d.status = :status)
  AND (:after::uuid IS NULL OR (d.created_at, d.id) < (
      SELECT a.created_at, a.id FROM delivery a
      WHERE a.municipality_id = (SELECT app_municipality_id()) AND a.id = :after::uuid))
ORDER BY d.created_at DESC, d.id DESC LIMIT :limit;
