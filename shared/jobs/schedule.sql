-- name: last_ticks(names)
-- Where the schedule of each municipality stands, by the database's clock. As the platform, which sees all of them.
SELECT m.id AS municipality_id, m.timezone, n.name, t.tick AS last_tick, clock_timestamp() AS now
FROM municipality m CROSS JOIN unnest(:names::text[]) AS n (name)
LEFT JOIN LATERAL (
    SELECT tick FROM schedule_tick s WHERE s.municipality_id = m.id AND s.name = n.name ORDER BY s.tick DESC LIMIT 1) t ON true
ORDER BY m.id, n.name;

-- name: insert_tick(municipality_id, name, tick)^
-- Whoever inserts the row owns the tick; another instance waits here for the first one's end and gets nothing.
INSERT INTO schedule_tick (municipality_id, name, tick) VALUES (:municipality_id, :name, :tick)
ON CONFLICT DO NOTHING RETURNING tick;

-- name: name_job(job_run_id, municipality_id, name, tick)!
UPDATE schedule_tick SET job_run_id = :job_run_id
WHERE municipality_id = :municipality_id AND name = :name AND tick = :tick;
