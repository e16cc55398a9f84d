-- name: held_before_training(ids)
-- Those of the meetings that were held while the pair's mentor had completed no training; the rule of the rewards.
SELECT m.id FROM meeting m
JOIN pair p ON p.municipality_id = m.municipality_id AND p.programme_id = m.programme_id AND p.id = m.pair_id
WHERE m.municipality_id = (SELECT app_municipality_id()) AND m.id = ANY(:ids::bigint[]) AND m.held_on IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM training_participant tp
    JOIN training t ON t.municipality_id = tp.municipality_id AND t.id = tp.training_id AND t.ended_at IS NULL
    WHERE tp.municipality_id = m.municipality_id AND tp.programme_id = m.programme_id AND tp.mentor_id = p.mentor_id
      AND tp.ended_at IS NULL AND tp.completed_on <= m.held_on);
