-- name: get_programme^
-- One programme by id; the policies hide those of others.
SELECT municipality_id, school_id, id, school_year, pack_code, pack_version, stage, resume_stage, version, inputs_version
FROM programme WHERE municipality_id = (SELECT app_municipality_id()) AND id = :programme_id;

-- name: lock_programme^
-- Taken before any fact is read: a statement that locks and reads at once would judge by an old snapshot.
SELECT municipality_id, school_id, id, school_year, pack_code, pack_version, stage, resume_stage, version, inputs_version
FROM programme WHERE municipality_id = (SELECT app_municipality_id()) AND id = :programme_id FOR NO KEY UPDATE;

-- name: bump_inputs!
-- A fact that computed results rest on is about to change.
UPDATE programme SET inputs_version = inputs_version + 1
WHERE municipality_id = (SELECT app_municipality_id()) AND id = :programme_id;

-- name: bump_open!
-- Due dates of a whole municipality have moved, and with them who was in time; locked in id order as elsewhere.
WITH open AS MATERIALIZED (
    SELECT id FROM programme WHERE municipality_id = (SELECT app_municipality_id())
    AND stage NOT IN ('completed', 'cancelled') ORDER BY id FOR NO KEY UPDATE)
UPDATE programme SET inputs_version = inputs_version + 1
WHERE municipality_id = (SELECT app_municipality_id()) AND id IN (SELECT id FROM open);

-- name: lock_open_of_school
-- A person's change touches every open programme of the school; locked in id order, so two writers cannot cross.
SELECT municipality_id, school_id, id, school_year, pack_code, pack_version, stage, resume_stage, version, inputs_version
FROM programme WHERE municipality_id = (SELECT app_municipality_id()) AND school_id = :school_id
AND stage NOT IN ('completed', 'cancelled') ORDER BY id FOR NO KEY UPDATE;

-- name: list_programmes
-- Keyset by id.
SELECT municipality_id, school_id, id, school_year, pack_code, pack_version, stage, resume_stage, version, inputs_version
FROM programme WHERE municipality_id = (SELECT app_municipality_id()) AND id > :after
AND (:school_id::bigint IS NULL OR school_id = :school_id) AND (:school_year::smallint IS NULL OR school_year = :school_year)
AND (:stage::text IS NULL OR stage = :stage)
ORDER BY id LIMIT :limit;

-- name: list_titles(programme_ids)
-- What people call programmes by: the school and the year.
SELECT p.id, s.name AS school, p.school_year FROM programme p
JOIN school s ON s.municipality_id = p.municipality_id AND s.id = p.school_id
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = ANY(:programme_ids);

-- name: insert_programme^
INSERT INTO programme (municipality_id, school_id, school_year, pack_code, pack_version, stage)
VALUES (:municipality_id, :school_id, :school_year, :pack_code, :pack_version, :stage)
RETURNING municipality_id, school_id, id, school_year, pack_code, pack_version, stage, resume_stage, version, inputs_version;

-- name: plan_activities!
-- The roadmap's lines exist from the start, empty: nothing is asked twice.
INSERT INTO activity_plan (municipality_id, school_id, programme_id, activity_key)
SELECT :municipality_id, :school_id, :programme_id, key FROM unnest(:keys::text[]) WITH ORDINALITY AS k (key, place) ORDER BY place;

-- name: move_programme^
-- Compare-and-set: the move is made from the very version and stage it was judged in, or not at all. The programme is
-- locked by an earlier statement, so its last event stands still and is read here too.
UPDATE programme p SET stage = :dst, resume_stage = :resume_stage, version = version + 1,
    inputs_version = inputs_version + :inputs_step
FROM (SELECT seq, hash FROM programme_event WHERE municipality_id = (SELECT app_municipality_id())
      AND programme_id = :programme_id ORDER BY seq DESC LIMIT 1) AS e
WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = :programme_id AND p.version = :version AND p.stage = :src
RETURNING p.municipality_id, p.school_id, p.id, p.school_year, p.pack_code, p.pack_version, p.stage, p.resume_stage,
    p.version, p.inputs_version, e.seq AS last_seq, e.hash AS last_hash, app_now() AS now;

-- name: insert_event!
INSERT INTO programme_event (municipality_id, school_id, programme_id, seq, at, trigger, src, dst, actor_id, body, prev_hash, hash)
VALUES (:municipality_id, :school_id, :programme_id, :seq, :at, :trigger, :src, :dst, :actor_id, :body, :prev_hash, :hash);

-- name: insert_reason!
INSERT INTO event_reason (municipality_id, school_id, programme_id, seq, salt, reason)
VALUES (:municipality_id, :school_id, :programme_id, :seq, :salt, :reason);

-- name: list_events
SELECT e.seq, e.at, e.trigger, e.src, e.dst, e.actor_id, e.body, e.prev_hash, e.hash, r.reason, r.salt
FROM programme_event e LEFT JOIN event_reason r USING (municipality_id, programme_id, seq)
WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.programme_id = :programme_id AND e.seq > :after
ORDER BY e.seq LIMIT :limit;

-- name: now^
SELECT app_now() AS now;

-- name: record_fulfilments!
-- The first time is kept for good.
INSERT INTO fulfilment (municipality_id, school_id, programme_id, activity_key, fulfilled_on, recorded_at)
SELECT :municipality_id, :school_id, :programme_id, f.key, f.fulfilled_on, app_now()
FROM unnest(:keys::text[], :days::date[]) AS f (key, fulfilled_on)
ON CONFLICT (municipality_id, programme_id, activity_key) DO NOTHING;

-- name: fulfilled_keys
SELECT activity_key FROM fulfilment WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = :programme_id;

-- name: get_pack^
SELECT body FROM pack WHERE municipality_id = (SELECT app_municipality_id()) AND code = :code AND version = :version;

-- name: insert_pack!
INSERT INTO pack (municipality_id, code, version, checksum, body, created_by)
VALUES (:municipality_id, :code, :version, :checksum, :body, :created_by);

-- name: list_packs
SELECT code, version, checksum, created_at FROM pack WHERE municipality_id = (SELECT app_municipality_id()) ORDER BY code, version;
