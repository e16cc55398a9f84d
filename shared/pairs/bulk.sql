-- One change for many pairs at once.

-- name: pairs_of(programme_id, ids)
-- The pairs a change names, as they stand; ended ones too, so that they can be told from foreign ones.
SELECT id, starts_on, ends_on, closed_on, outcome, ended_at IS NOT NULL AS has_ended,
    EXISTS (SELECT FROM mentor r WHERE r.municipality_id = pair.municipality_id AND r.id = pair.mentor_id
            AND is_blocked(r.municipality_id, r.person_id))
    OR EXISTS (SELECT FROM pair_member m JOIN mentee t ON t.municipality_id = m.municipality_id AND t.id = m.mentee_id
            WHERE m.municipality_id = pair.municipality_id AND m.programme_id = pair.programme_id AND m.pair_id = pair.id
              AND m.ended_at IS NULL AND is_blocked(t.municipality_id, t.person_id)) AS has_blocked
FROM pair WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND id = ANY (:ids::bigint[]);

-- name: live_specialist(programme_id, id)^
SELECT id FROM specialist
WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND id = :id AND ended_at IS NULL;

-- name: change_pairs(changes, programme_id, ids)
-- Columns that the change names are set, also to NULL; the version moves for every pair of the change.
UPDATE pair AS p SET
    format = CASE WHEN j.c ? 'format' THEN j.c ->> 'format' ELSE p.format END,
    starts_on = CASE WHEN j.c ? 'starts_on' THEN (j.c ->> 'starts_on')::date ELSE p.starts_on END,
    ends_on = CASE WHEN j.c ? 'ends_on' THEN (j.c ->> 'ends_on')::date ELSE p.ends_on END,
    mentor_agreed_on = CASE WHEN j.c ? 'mentor_agreed_on' THEN (j.c ->> 'mentor_agreed_on')::date ELSE p.mentor_agreed_on END,
    closed_on = CASE WHEN j.c ? 'closed_on' THEN (j.c ->> 'closed_on')::date ELSE p.closed_on END,
    outcome = CASE WHEN j.c ? 'outcome' THEN j.c ->> 'outcome' ELSE p.outcome END,
    goal_attained = CASE WHEN j.c ? 'goal_attained' THEN j.c ->> 'goal_attained' ELSE p.goal_attained END,
    version = p.version + 1, updated_at = now()
FROM (SELECT :changes::jsonb AS c) AS j
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.programme_id = :programme_id AND p.id = ANY (:ids::bigint[])
  AND p.ended_at IS NULL
RETURNING p.id, p.version;

-- name: add_plan_events(municipality_id, school_id, programme_id, actor_id, ids, events)
-- An event that a pair has already (same title, same day) is not planned twice.
INSERT INTO plan_event (municipality_id, school_id, programme_id, created_by, pair_id, title, planned_on)
SELECT :municipality_id, :school_id, :programme_id, :actor_id, i.id, e.title, e.planned_on
FROM unnest(:ids::bigint[]) AS i (id)
CROSS JOIN json_to_recordset(:events::json) AS e (place int, title text, planned_on date)
WHERE NOT EXISTS (
    SELECT FROM plan_event h WHERE h.municipality_id = (SELECT app_municipality_id()) AND h.programme_id = :programme_id
    AND h.pair_id = i.id AND h.title = e.title AND h.planned_on = e.planned_on AND h.ended_at IS NULL)
ORDER BY i.id, e.place
RETURNING id;

-- name: change_support(mode, specialist_id, decided_on, programme_id, ids)
UPDATE support SET mode = :mode, specialist_id = :specialist_id, decided_on = :decided_on, declined_by = NULL,
       version = version + 1, updated_at = now()
WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id AND pair_id = ANY (:ids::bigint[])
  AND ended_at IS NULL
RETURNING id, pair_id;

-- name: add_support(municipality_id, school_id, programme_id, actor_id, mode, specialist_id, decided_on, ids)
INSERT INTO support (municipality_id, school_id, programme_id, created_by, pair_id, mode, specialist_id, decided_on)
SELECT :municipality_id, :school_id, :programme_id, :actor_id, i.id, :mode, :specialist_id, :decided_on
FROM unnest(:ids::bigint[]) AS i (id) ORDER BY i.id
RETURNING id;
