-- L: what this PostgreSQL can do when a transition is one function call and nothing else is in the way.
-- The same deed as protocol T: tenant, idempotency, lock, 14 counts over 6 tables in a later statement, compare-and-set,
-- hash-chained event, job, outbox. Same policies, same kinds of keys; as many facts as the programmes driven over HTTP.

CREATE TABLE programme (m bigint, id bigint, school bigint, stage text NOT NULL, version integer NOT NULL,
    PRIMARY KEY (m, id)) WITH (fillfactor = 70);
CREATE TABLE event (m bigint, programme bigint, seq integer, at timestamptz NOT NULL, body text NOT NULL, prev text NOT NULL,
    hash text NOT NULL, PRIMARY KEY (m, programme, seq), FOREIGN KEY (m, programme) REFERENCES programme);
CREATE TABLE idempotency (m bigint, principal bigint, method text, path text, key text, request_hash bytea NOT NULL,
    status smallint NOT NULL, answer bytea, created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (m, principal, method, path, key));
CREATE TABLE job_run (m bigint, id uuid DEFAULT gen_random_uuid(), programme bigint NOT NULL, kind text NOT NULL,
    status text NOT NULL DEFAULT 'queued', next_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (m, id),
    FOREIGN KEY (m, programme) REFERENCES programme);
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m bigint NOT NULL, job uuid NOT NULL,
    sent_at timestamptz, FOREIGN KEY (m, job) REFERENCES job_run);
CREATE INDEX outbox_pending ON outbox (id) WHERE sent_at IS NULL;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['evidence', 'information', 'request', 'appointment', 'goal', 'plan'] LOOP
        EXECUTE format('CREATE TABLE %I (m bigint, school bigint, programme bigint, id bigint GENERATED ALWAYS AS IDENTITY,
            kind text NOT NULL, on_day date NOT NULL, ended_at timestamptz, PRIMARY KEY (m, id),
            FOREIGN KEY (m, programme) REFERENCES programme)', t);
        EXECUTE format('CREATE INDEX ON %I (m, programme) INCLUDE (kind, on_day) WHERE ended_at IS NULL', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['programme', 'event', 'idempotency', 'job_run', 'outbox', 'evidence', 'information', 'request',
                             'appointment', 'goal', 'plan'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I USING (m = (SELECT nullif(current_setting(''app.m'', true), '''')::bigint))', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO nastavnik_api', t);
    END LOOP;
END
$$;

CREATE FUNCTION transition(tenant bigint, wanted bigint, idem text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen programme%ROWTYPE;
    facts bigint[];
    dst text;
    last_hash text;
    text_of text;
    job uuid;
BEGIN
    PERFORM set_config('app.m', tenant::text, true);
    IF NOT pg_try_advisory_xact_lock(hashtextextended(tenant || ':' || idem, 428)) THEN RETURN 'in flight'; END IF;
    PERFORM FROM idempotency WHERE m = tenant AND principal = 1 AND method = 'POST' AND path = '/transitions' AND key = idem;
    IF FOUND THEN RETURN 'replayed'; END IF;
    SELECT * INTO seen FROM programme WHERE m = tenant AND id = wanted FOR NO KEY UPDATE;
    SELECT ARRAY[
        (SELECT count(*) FROM evidence WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'order'),
        (SELECT count(*) FROM evidence WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'regulation'),
        (SELECT count(*) FROM evidence WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'event_plan'),
        (SELECT count(*) FROM information WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'staff'),
        (SELECT count(*) FROM information WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'students'),
        (SELECT count(*) FROM request WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'students'),
        (SELECT count(*) FROM request WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'teachers'),
        (SELECT count(*) FROM appointment WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'curator'),
        (SELECT count(*) FROM appointment WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'member'),
        (SELECT count(*) FROM goal WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'task'),
        (SELECT count(*) FROM goal WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'form'),
        (SELECT count(*) FROM goal WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND kind = 'result'),
        (SELECT count(*) FROM plan WHERE m = tenant AND programme = wanted AND ended_at IS NULL),
        (SELECT count(*) FROM plan WHERE m = tenant AND programme = wanted AND ended_at IS NULL AND on_day <= current_date)]
    INTO facts;
    IF 0 = ANY (facts) THEN RETURN 'refused'; END IF;
    dst := CASE seen.stage WHEN 'conditions' THEN 'mentees' ELSE 'conditions' END;
    UPDATE programme SET stage = dst, version = version + 1
    WHERE m = tenant AND id = wanted AND version = seen.version AND stage = seen.stage;
    IF NOT FOUND THEN RETURN 'stale'; END IF;
    SELECT hash INTO last_hash FROM event WHERE m = tenant AND programme = wanted ORDER BY seq DESC LIMIT 1;
    text_of := json_build_object('seq', seen.version + 1, 'src', seen.stage, 'dst', dst, 'guards', facts)::text;
    INSERT INTO event VALUES (tenant, wanted, seen.version + 1, now(), text_of, last_hash,
        encode(sha256((last_hash || text_of)::bytea), 'hex'));
    INSERT INTO job_run (m, programme, kind) VALUES (tenant, wanted, 'aggregate_feedback') RETURNING id INTO job;
    INSERT INTO outbox (m, job) VALUES (tenant, job);
    INSERT INTO idempotency VALUES (tenant, 1, 'POST', '/transitions', idem, sha256(idem::bytea), 200, text_of::bytea);
    RETURN dst;
END
$$;

INSERT INTO programme SELECT m, m * 1000 + i, 1, 'conditions', 1 FROM generate_series(1, 16) m, generate_series(1, 200) i;
INSERT INTO event SELECT m, id, 1, now(), '{}', '', encode(sha256('{}'), 'hex') FROM programme;
INSERT INTO evidence (m, school, programme, kind, on_day)
    SELECT m, 1, id, k, '2020-11-12' FROM programme, unnest(ARRAY['order', 'regulation', 'event_plan']) k;
INSERT INTO information (m, school, programme, kind, on_day)
    SELECT m, 1, id, k, '2020-11-12' FROM programme, unnest(ARRAY['staff', 'students']) k;
INSERT INTO request (m, school, programme, kind, on_day)
    SELECT m, 1, id, k, '2020-11-12' FROM programme, unnest(ARRAY['students', 'students', 'teachers']) k;
INSERT INTO appointment (m, school, programme, kind, on_day)
    SELECT m, 1, id, k, '2020-11-12' FROM programme, unnest(ARRAY['curator', 'member']) k;
INSERT INTO goal (m, school, programme, kind, on_day)
    SELECT m, 1, id, k, '2020-11-12' FROM programme, unnest(ARRAY['task', 'form', 'result']) k;
INSERT INTO plan (m, school, programme, kind, on_day)
    SELECT m, 1, id, 'line', '2020-11-12' FROM programme, generate_series(1, 22);
