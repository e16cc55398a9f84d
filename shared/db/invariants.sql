-- What must hold at every moment, whatever was killed: each query returns the rows that break it, with ids and codes
-- only, inside one municipality, as the auditor. A name begins with the number of the invariant that it asks about.
--
-- Not everything can be asked of rows. That a refused transition left nothing (I6), and that one key never gave two
-- events in a history of calls (I7), is checked by the history checker of the fault tests; here is what the rows still
-- tell of it. That school A's rows are invisible to B (I9) and that facts are equal for every role (I11) is proved by
-- tests as those roles; here is that the policies which make it so are in place and no foreign row is in sight.

-- name: i1_state_is_last_event()
-- A programme's state and version are those of its last event.
SELECT p.id AS programme_id, p.version, e.seq AS last_seq
FROM programme p LEFT JOIN LATERAL (
    SELECT seq, src, dst FROM programme_event WHERE municipality_id = p.municipality_id AND programme_id = p.id
    ORDER BY seq DESC LIMIT 1) AS e ON true
WHERE p.municipality_id = (SELECT app_municipality_id())
  AND (e.seq IS DISTINCT FROM p.version OR e.dst IS DISTINCT FROM p.stage
       OR p.resume_stage IS DISTINCT FROM CASE WHEN e.dst = 'suspended' THEN e.src END);

-- name: i1_history_is_gapless()
-- Events are numbered from 1 without a gap, and each begins in the state where the one before ended.
SELECT programme_id, seq FROM (
    SELECT programme_id, seq, src, row_number() OVER w AS place, lag(dst) OVER w AS before
    FROM programme_event WHERE municipality_id = (SELECT app_municipality_id())
    WINDOW w AS (PARTITION BY programme_id ORDER BY seq)) AS e
WHERE seq <> place OR src IS DISTINCT FROM before;

-- name: i1_history_chains()
-- Each event's hash covers its body and the hash before it.
SELECT programme_id, seq FROM (
    SELECT programme_id, seq, body, prev_hash, hash,
        lag(hash, 1, repeat('0', 64)) OVER (PARTITION BY programme_id ORDER BY seq) AS before
    FROM programme_event WHERE municipality_id = (SELECT app_municipality_id())) AS e
WHERE prev_hash <> before OR hash <> encode(sha256(convert_to(prev_hash || E'\n' || body, 'UTF8')), 'hex');

-- name: i1_columns_are_as_hashed()
-- The columns of an event say what its body says; a body that its hash does not cover is not read.
SELECT programme_id, seq FROM (
    SELECT programme_id, seq, at, trigger, src, dst, actor_id, CASE
        WHEN hash = encode(sha256(convert_to(prev_hash || E'\n' || body, 'UTF8')), 'hex') THEN body::jsonb END AS said
    FROM programme_event WHERE municipality_id = (SELECT app_municipality_id())) AS e
WHERE said IS NOT NULL AND (
    said ->> 'seq' IS DISTINCT FROM seq::text OR said ->> 'programme' IS DISTINCT FROM programme_id::text
    OR said ->> 'actor' IS DISTINCT FROM actor_id::text OR said ->> 'trigger' IS DISTINCT FROM trigger
    OR said ->> 'src' IS DISTINCT FROM src OR said ->> 'dst' IS DISTINCT FROM dst
    OR (said ->> 'at')::timestamptz IS DISTINCT FROM at);

-- name: i2_demanded_jobs_are_there(demanded)
-- An event that demands jobs has exactly those; `demanded` is what each stage of each pack starts when it is entered.
WITH demand AS (
    SELECT e.programme_id, 'event:' || e.seq AS cause, d.kind
    FROM programme_event e
    JOIN programme p ON p.municipality_id = e.municipality_id AND p.id = e.programme_id
    JOIN jsonb_to_recordset(:demanded::jsonb) AS d (pack_code text, pack_version integer, stage text, kind text)
      ON d.pack_code = p.pack_code AND d.pack_version = p.pack_version AND d.stage = e.dst
    WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.trigger = 'advance'
), found AS (
    SELECT programme_id, cause, kind, count(*) AS jobs FROM job_run
    WHERE municipality_id = (SELECT app_municipality_id()) AND starts_with(cause, 'event:') GROUP BY programme_id, cause, kind
)
SELECT programme_id, cause, kind, coalesce(f.jobs, 0) AS jobs, d.cause IS NOT NULL AS is_demanded
FROM demand d FULL JOIN found f USING (programme_id, cause, kind)
WHERE d.cause IS NULL OR f.jobs IS DISTINCT FROM 1;

-- name: i2_no_job_without_cause()
-- A job that repeats or follows another names one of its programme (of the municipality, when it has none); what the
-- schedule asked for names its tick, what sends names its delivery. An event is a programme's.
SELECT j.id AS job_run_id, j.programme_id, j.cause FROM job_run j
LEFT JOIN job_run c ON c.municipality_id = j.municipality_id AND c.programme_id IS NOT DISTINCT FROM j.programme_id
    AND c.id::text = substring(j.cause FROM '^(?:job|retry):(.*)$')
WHERE j.municipality_id = (SELECT app_municipality_id()) AND NOT CASE split_part(j.cause, ':', 1)
    WHEN 'request' THEN j.cause ~ '^request:[0-9]+$'
    WHEN 'event' THEN j.cause ~ '^event:[0-9]+$' AND j.programme_id IS NOT NULL
    WHEN 'job' THEN c.status IS NOT DISTINCT FROM 'done'
    WHEN 'retry' THEN coalesce(c.status IN ('dead', 'cancelled'), false)
    WHEN 'tick' THEN EXISTS (SELECT FROM schedule_tick t WHERE t.municipality_id = j.municipality_id
        AND t.name = substring(j.cause FROM '^tick:(.*)$') AND t.job_run_id = j.id)
    WHEN 'delivery' THEN EXISTS (SELECT FROM delivery d WHERE d.municipality_id = j.municipality_id
        AND d.id::text = substring(j.cause FROM '^delivery:(.*)$'))
    ELSE false END;

-- name: i2_tick_has_its_job()
-- What was run for a tick exists, of this municipality, and no two ticks share it.
SELECT t.name, t.tick, t.job_run_id FROM (
    SELECT municipality_id, name, tick, job_run_id, count(*) OVER (PARTITION BY job_run_id) AS shares
    FROM schedule_tick WHERE municipality_id = (SELECT app_municipality_id()) AND job_run_id IS NOT NULL) AS t
LEFT JOIN job_run j ON j.municipality_id = t.municipality_id AND j.id = t.job_run_id
WHERE j.id IS NULL OR t.shares > 1;

-- name: i2_delivery_has_its_job()
-- The job that sends is written with what it sends.
SELECT d.id AS delivery_id, d.channel FROM delivery d
WHERE d.municipality_id = (SELECT app_municipality_id()) AND NOT EXISTS (
    SELECT FROM job_run j WHERE j.municipality_id = d.municipality_id AND j.cause = 'delivery:' || d.id);

-- name: i2_open_job_has_its_wakeup()
-- The intent to wake a worker is written with the job.
SELECT j.id AS job_run_id, j.programme_id FROM job_run j
WHERE j.municipality_id = (SELECT app_municipality_id()) AND j.status = 'queued' AND NOT EXISTS (
    SELECT FROM outbox o WHERE o.municipality_id = j.municipality_id AND o.job_run_id = j.id AND o.run_no = j.run_no);

-- name: i3_done_has_its_one_result(result_kinds)
-- A job is done exactly when it left its one row, of the kind that it makes.
SELECT j.id AS job_run_id, j.programme_id, j.status, count(r.id) AS results FROM job_run j
LEFT JOIN result r ON r.municipality_id = j.municipality_id AND r.job_run_id = j.id
WHERE j.municipality_id = (SELECT app_municipality_id())
GROUP BY j.municipality_id, j.id, j.programme_id, j.status, j.kind
HAVING count(r.id) <> CASE j.status WHEN 'done' THEN 1 ELSE 0 END
    OR min(r.kind) <> coalesce(:result_kinds::jsonb ->> j.kind, '') OR bool_or(r.id IS NOT NULL AND r.programme_id IS DISTINCT FROM j.programme_id);

-- name: i4_fence_is_the_finishers()
-- A result was written by the last holder of its job.
SELECT r.id AS result_id, r.job_run_id, r.fence, j.fence AS job_fence FROM result r
JOIN job_run j ON j.municipality_id = r.municipality_id AND j.id = r.job_run_id
WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.fence <> j.fence;

-- name: i5_nothing_is_open(is_quiescent)
-- Asked only when nothing is being asked for any more: then every job has ended.
SELECT id AS job_run_id, programme_id, status FROM job_run
WHERE municipality_id = (SELECT app_municipality_id()) AND status IN ('queued', 'running')
  AND coalesce(:is_quiescent::boolean, false);

-- name: i6_what_was_acknowledged_is_there()
-- The event of every stored success of a transition, and the job of every stored acceptance, exist.
SELECT i.principal_id, i.path, i.status, i.created_at FROM idempotency i
WHERE i.municipality_id = (SELECT app_municipality_id()) AND i.status BETWEEN 200 AND 299 AND (
    (i.path ~ '/programmes/[0-9]+/transitions$' AND NOT EXISTS (
        SELECT FROM programme_event e WHERE e.municipality_id = i.municipality_id
        AND e.programme_id = substring(i.path FROM '/programmes/([0-9]+)/transitions$')::bigint
        AND e.seq = substring(i.headers ->> 'ETag' FROM 'v([0-9]+)')::integer))
    OR (i.headers ->> 'Location' ~ '/jobs/[0-9a-f-]{36}$' AND NOT EXISTS (
        SELECT FROM job_run j WHERE j.municipality_id = i.municipality_id
        AND j.id = substring(i.headers ->> 'Location' FROM '/jobs/([0-9a-f-]{36})$')::uuid)));

-- name: i6_feed_has_no_gap()
-- The numbers of the feed are 1 .. the head's; that none is given twice an index says.
SELECT numbered.events, numbered.highest, head.last_no FROM (
    SELECT count(feed_no) AS events, coalesce(max(feed_no), 0) AS highest FROM feed_event
    WHERE municipality_id = (SELECT app_municipality_id())) AS numbered
CROSS JOIN (SELECT coalesce(max(last_no), 0) AS last_no FROM feed_head
    WHERE municipality_id = (SELECT app_municipality_id())) AS head
WHERE numbered.events <> numbered.highest OR numbered.highest <> head.last_no;

-- name: i7_one_deed_one_event()
-- Each deed is in the audit log once: as many events of a trigger by somebody as they did deeds of it.
WITH events AS (
    SELECT programme_id, actor_id, trigger, count(*) AS number FROM programme_event
    WHERE municipality_id = (SELECT app_municipality_id()) GROUP BY programme_id, actor_id, trigger
), deeds AS (
    SELECT programme_id, actor_id, substring(action FROM '^programme\.(.*)$') AS trigger, count(*) AS number FROM audit
    WHERE municipality_id = (SELECT app_municipality_id()) AND entity = 'programme' AND programme_id IS NOT NULL
      AND action ~ '^programme\.(create|advance|complete|reopen|suspend|resume|cancel)$'
    GROUP BY programme_id, actor_id, action
)
SELECT programme_id, actor_id, trigger, coalesce(e.number, 0) AS events, coalesce(d.number, 0) AS deeds
FROM events e FULL JOIN deeds d USING (programme_id, actor_id, trigger) WHERE e.number IS DISTINCT FROM d.number;

-- name: i8_no_unmet_guard_was_passed()
-- Carried and waived guards are recorded as such; an unmet one refuses the move.
SELECT programme_id, seq, g ->> 'guard' AS guard, g ->> 'activity' AS activity FROM (
    SELECT programme_id, seq, CASE
        WHEN hash = encode(sha256(convert_to(prev_hash || E'\n' || body, 'UTF8')), 'hex') THEN body::jsonb END AS said
    FROM programme_event WHERE municipality_id = (SELECT app_municipality_id())) AS e
CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(said -> 'guards') WHEN 'array' THEN said -> 'guards' END) AS g
WHERE g ->> 'status' NOT IN ('met', 'carried', 'waived');

-- name: i9_no_foreign_row_is_seen()
-- Inside one municipality nothing of another is visible.
SELECT t.name AS table_name, t.id FROM (
    SELECT 'programme' AS name, municipality_id, id::text FROM programme
    UNION ALL SELECT 'programme_event', municipality_id, programme_id || '/' || seq FROM programme_event
    UNION ALL SELECT 'school', municipality_id, id::text FROM school
    UNION ALL SELECT 'person', municipality_id, id::text FROM person
    UNION ALL SELECT 'consent', municipality_id, id::text FROM consent
    UNION ALL SELECT 'answer', municipality_id, invitation_id || '/' || question FROM answer
    UNION ALL SELECT 'result', municipality_id, id::text FROM result
    UNION ALL SELECT 'job_run', municipality_id, id::text FROM job_run) AS t
WHERE t.municipality_id <> (SELECT app_municipality_id());

-- name: i9_policies_are_in_force()
-- Of the whole database: every tenant table has its policies, forced on its owner too. Asked once.
SELECT c.relname AS table_name, c.relrowsecurity AND c.relforcerowsecurity AS is_forced
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '_template$'
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'municipality_id' AND NOT a.attisdropped)
  AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity
       OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_municipality')
       OR (NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_school')
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'programme_id' AND a.attnotnull)));

-- name: i10_list_names_its_score()
-- A reward list derives from an earlier score of its programme, and what is approved is a reward list.
SELECT r.id AS result_id, r.programme_id, r.based_on FROM result r
LEFT JOIN result s ON s.municipality_id = r.municipality_id AND s.programme_id = r.programme_id AND s.id = r.based_on
WHERE r.municipality_id = (SELECT app_municipality_id()) AND r.kind = 'reward_list'
  AND (s.kind IS DISTINCT FROM 'effectiveness' OR s.id >= r.id)
UNION ALL
SELECT r.id, r.programme_id, r.based_on FROM reward_approval a
JOIN result r ON r.municipality_id = a.municipality_id AND r.programme_id = a.programme_id AND r.id = a.result_id
WHERE a.municipality_id = (SELECT app_municipality_id()) AND r.kind <> 'reward_list';

-- name: i10_results_are_as_computed()
-- A result's digest is that of its canonical text, and its body says the same.
SELECT id AS result_id, programme_id, kind FROM result
WHERE municipality_id = (SELECT app_municipality_id())
  AND (digest <> encode(sha256(convert_to(canonical, 'UTF8')), 'hex') OR body <> canonical::jsonb);

-- name: i11_no_policy_tells_roles_apart()
-- Of the whole database: what one of our processes may read of a programme's facts, all may. Asked once.
SELECT p.tablename AS table_name, p.policyname AS policy FROM pg_policies p
WHERE p.schemaname = 'public' AND p.tablename NOT IN ('job_run', 'outbox', 'schedule_tick', 'worker', 'idempotency', 'audit_unchained', 'delivery', 'delivery_attempt', 'feed_event', 'feed_head')
  AND p.roles && ARRAY['nastavnik_api', 'nastavnik_engine', 'nastavnik_auditor']::name[]
  AND NOT p.roles @> ARRAY['nastavnik_api', 'nastavnik_engine', 'nastavnik_auditor']::name[];
