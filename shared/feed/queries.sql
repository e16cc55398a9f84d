-- name: waiting_municipalities()
-- Where committed events wait for their numbers. The engine sees all tenants' rows.
SELECT DISTINCT municipality_id FROM feed_event WHERE feed_no IS NULL ORDER BY municipality_id;

-- name: begin_heads(municipality_ids)!
INSERT INTO feed_head (municipality_id) SELECT unnest(:municipality_ids::bigint[]) ON CONFLICT DO NOTHING;

-- name: lock_head(municipality_id)^
-- Held until the commit: whoever has it is the municipality's one stamper. No row: somebody else is at it.
SELECT last_no FROM feed_head WHERE municipality_id = :municipality_id FOR UPDATE SKIP LOCKED;

-- name: stamp(limit, last_no, municipality_id)
-- A statement after the lock, so it sees what the stamper before has numbered. Order: that of the rows committed by now;
-- a row that commits later gets a later number, whatever its id.
WITH next AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM (SELECT id FROM feed_event WHERE municipality_id = :municipality_id AND feed_no IS NULL
          ORDER BY id LIMIT :limit) AS waiting
)
UPDATE feed_event e SET feed_no = :last_no::bigint + next.place FROM next
WHERE e.municipality_id = :municipality_id AND e.id = next.id
RETURNING e.municipality_id, e.feed_no, e.school_id, e.programme_id, e.type, e.seq, e.job_run_id, e.result_id, e.at;

-- name: move_head(last_no, municipality_id)!
UPDATE feed_head SET last_no = :last_no WHERE municipality_id = :municipality_id;

-- name: list_events(after, types, limit)
SELECT municipality_id, feed_no, school_id, programme_id, type, seq, job_run_id, result_id, at FROM feed_event
WHERE municipality_id = (SELECT app_municipality_id()) AND feed_no > :after
  AND (:types::text[] IS NULL OR type = ANY(:types::text[]))
ORDER BY feed_no LIMIT :limit;

-- name: get_event(feed_no)^
SELECT municipality_id, feed_no, school_id, programme_id, type, seq, job_run_id, result_id, at FROM feed_event
WHERE municipality_id = (SELECT app_municipality_id()) AND feed_no = :feed_no;
