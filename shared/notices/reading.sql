-- name: list_for(to_role, is_unseen, after_is_seen, after_id, limit)
-- Unseen first, then newest first; keyset by both, as the last one stood when it was read.
SELECT id, school_id, programme_id, code, to_role, ru, en, link, school_year, job_run_id, created_at, seen_at, seen_by
FROM notice
WHERE municipality_id = (SELECT app_municipality_id()) AND to_role = :to_role AND (NOT :is_unseen OR seen_at IS NULL)
  AND (:after_id::bigint IS NULL
       OR (seen_at IS NOT NULL, -id) > (:after_is_seen::boolean, -(:after_id::bigint)))
ORDER BY (seen_at IS NOT NULL), -id LIMIT :limit;

-- name: mark_seen_up_to(to_role, principal_id, notice_id)!
UPDATE notice SET seen_at = app_now(), seen_by = :principal_id
WHERE municipality_id = (SELECT app_municipality_id()) AND to_role = :to_role AND id <= :notice_id AND seen_at IS NULL;
