-- name: results_are_known(programme_id)^
-- Whether anybody could know the results: an after survey is closed, or something was computed.
SELECT EXISTS (SELECT FROM survey WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id
        AND moment = 'after' AND ended_at IS NULL AND closed_at <= app_now())
    OR EXISTS (SELECT FROM result WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id) AS known;

-- name: living_rules(programme_id)
-- At most one draft and one frozen version.
SELECT * FROM reward_rules WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id
AND ended_at IS NULL ORDER BY id;

-- name: end_superseded(reason, programme_id, rules_id)!
UPDATE reward_rules SET ended_at = app_now(), end_reason = :reason, version = version + 1, updated_at = now()
WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND id <> :rules_id
AND ended_at IS NULL AND frozen_at IS NOT NULL;

-- name: freeze(changed_after_results, rules_id, expected)^
UPDATE reward_rules SET frozen_at = app_now(), changed_after_results = :changed_after_results,
    version = version + 1, updated_at = now()
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :rules_id AND version = :expected
AND ended_at IS NULL AND frozen_at IS NULL
RETURNING *;

-- name: reopen(changed_after_results, reason, created_by, rules_id)^
-- A draft with the values of the frozen version, which stays in force until the draft is frozen.
INSERT INTO reward_rules (municipality_id, school_id, programme_id, weights, minimum_meetings, minimum_answers, tie_rule,
    places, changed_after_results, replaces_id, reopen_reason, created_by)
SELECT municipality_id, school_id, programme_id, weights, minimum_meetings, minimum_answers, tie_rule, places,
    :changed_after_results, id, :reason, :created_by
FROM reward_rules WHERE municipality_id = (SELECT app_municipality_id()) AND id = :rules_id
RETURNING *;
