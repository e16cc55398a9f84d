-- name: find_result(programme_id, kind, result_id)^
-- One result of a kind (the last where no id is given), as it stands now against the programme's facts.
SELECT r.id, r.kind, r.job_run_id, r.inputs_version, r.cut_off_at, r.based_on, r.body, r.digest, r.inputs_digest, r.pack_code,
    r.pack_version, r.algorithm_version, r.is_replayable, r.created_at, r.inputs_version <> p.inputs_version AS is_stale,
    NOT EXISTS (SELECT FROM result l WHERE l.municipality_id = r.municipality_id AND l.programme_id = r.programme_id
        AND l.kind = r.kind AND l.id > r.id) AS is_latest,
    (SELECT min(a.approved_on) FROM reward_approval a WHERE a.municipality_id = r.municipality_id
        AND a.programme_id = r.programme_id AND a.result_id = r.id AND a.ended_at IS NULL) AS approved_on
FROM result r JOIN programme p ON p.municipality_id = r.municipality_id AND p.id = r.programme_id
WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.programme_id = :programme_id AND r.kind = :kind
  AND (:result_id::bigint IS NULL OR r.id = :result_id)
ORDER BY r.id DESC LIMIT 1;

-- name: open_job(programme_id, kind)^
-- A job of the kind that is still under way: asking again asks for the same.
SELECT id FROM job_run WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id
AND kind = :kind AND status IN ('queued', 'running') ORDER BY created_at DESC LIMIT 1;
