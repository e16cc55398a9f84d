-- name: waiting_municipalities()
-- Whose log has rows without a link; the engine asks before it has entered any.
SELECT DISTINCT municipality_id FROM audit_unchained ORDER BY municipality_id;

-- name: try_lock(municipality_id)^
-- One chainer at a time per municipality; the lock ends with the transaction.
SELECT pg_try_advisory_xact_lock(hashtextextended('audit_chain:' || :municipality_id::bigint, 428)) AS is_ours;

-- name: last_link(municipality_id)^
SELECT chain_no, hash FROM audit_chain WHERE municipality_id = :municipality_id ORDER BY chain_no DESC LIMIT 1;

-- name: waiting_rows(municipality_id, limit)
-- A waiting id whose row is gone stays: `nastavnik audit verify` tells of it.
SELECT a.* FROM audit_unchained u JOIN audit a ON a.municipality_id = u.municipality_id AND a.id = u.audit_id
WHERE u.municipality_id = :municipality_id ORDER BY u.audit_id LIMIT :limit;

-- name: insert_links(municipality_id, body_version, numbers, audit_ids, prev_hashes, hashes)!
INSERT INTO audit_chain (municipality_id, chain_no, audit_id, body_version, prev_hash, hash)
SELECT :municipality_id, n, a, :body_version, p, h
FROM unnest(:numbers::bigint[], :audit_ids::bigint[], :prev_hashes::text[], :hashes::text[])
    AS link (n, a, p, h);

-- name: settle(municipality_id, audit_ids)!
DELETE FROM audit_unchained
WHERE municipality_id = :municipality_id AND audit_id = ANY (:audit_ids::bigint[]);

-- name: due_head(municipality_id, key_id)^
-- The last link, when it has no head of this key yet and the last such head is a day old.
SELECT link.chain_no, link.hash, clock_timestamp() AS at
FROM (SELECT chain_no, hash FROM audit_chain WHERE municipality_id = :municipality_id
      ORDER BY chain_no DESC LIMIT 1) AS link
WHERE NOT EXISTS (
    SELECT FROM audit_head h WHERE h.municipality_id = :municipality_id AND h.key_id = :key_id
    AND (h.chain_no = link.chain_no OR h.at > clock_timestamp() - interval '1 day'));

-- name: insert_head(municipality_id, chain_no, hash, at, key_id, signature)!
-- Two dispatchers may sign the same head: the first one counts.
INSERT INTO audit_head (municipality_id, chain_no, hash, at, key_id, signature)
VALUES (:municipality_id, :chain_no, :hash, :at, :key_id, :signature)
ON CONFLICT DO NOTHING;

-- name: heads(municipality_id)
SELECT municipality_id, chain_no, hash, at, key_id, signature FROM audit_head
WHERE municipality_id = :municipality_id ORDER BY chain_no, at;

-- name: unlinked_rows(municipality_id)^
-- Rows that no link holds: those that wait for one, and those that never will.
SELECT count(*) FILTER (WHERE u.audit_id IS NOT NULL) AS waiting,
       coalesce(array_agg(a.id ORDER BY a.id) FILTER (WHERE u.audit_id IS NULL), '{}') AS strange
FROM audit a
LEFT JOIN audit_unchained u ON u.municipality_id = a.municipality_id AND u.audit_id = a.id
WHERE a.municipality_id = :municipality_id
  AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.municipality_id = a.municipality_id AND c.audit_id = a.id);

-- name: removed_while_waiting(municipality_id)
SELECT u.audit_id FROM audit_unchained u WHERE u.municipality_id = :municipality_id
  AND NOT EXISTS (SELECT FROM audit a WHERE a.municipality_id = u.municipality_id AND a.id = u.audit_id)
ORDER BY u.audit_id;
