-- Background work: PostgreSQL holds its whole truth, the queue carries wake-ups.

-- Policies of the job tables. The engine takes any tenant's job before it knows the tenant, so the tenant policies
-- (a restrictive one binds every role it names) are for the others; for all else the engine enters the row's tenant.
CREATE FUNCTION protect_jobs(tab regclass, by_school boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM protect_tenant(tab, by_school);
    EXECUTE format('ALTER POLICY tenant_municipality ON %s TO nastavnik_api, nastavnik_auditor', tab);
    IF by_school THEN
        EXECUTE format('ALTER POLICY tenant_school ON %s TO nastavnik_api, nastavnik_auditor', tab);
    END IF;
    EXECUTE format('CREATE POLICY engine_all ON %s TO nastavnik_engine USING (true) WITH CHECK (true)', tab);
END
$$;

CREATE TABLE job_run (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    run_no integer NOT NULL DEFAULT 1,
    kind text NOT NULL CHECK (kind ~ '^[a-z_]{1,60}$'),
    args jsonb NOT NULL DEFAULT '{}',
    cause text NOT NULL CHECK (length(cause) <= 60),
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'dead', 'cancelled')),
    fence integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5 CHECK (max_attempts BETWEEN 1 AND 100),
    next_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    worker text,
    progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    error_code text,
    error_ru text,
    error_en text,
    inputs_version bigint,
    requested_by bigint,
    traceparent text CHECK (length(traceparent) <= 55),
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    UNIQUE (id),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id)
) WITH (fillfactor = 70);
COMMENT ON COLUMN job_run.status IS 'queued: waits for next_at; running: leased until lease_until; done: has its one result; dead: attempts spent; cancelled: by a person.';
COMMENT ON COLUMN job_run.cause IS 'request:<principal>, event:<seq>, job:<job id> or retry:<job id>.';
COMMENT ON COLUMN job_run.fence IS 'Grows with every claim and cancellation: only the holder of the last one may write a result.';
SELECT protect_jobs('job_run', true);
CREATE INDEX job_run_open ON job_run (status, next_at) WHERE status IN ('queued', 'running');
CREATE INDEX job_run_programme ON job_run (municipality_id, programme_id, created_at DESC);
CREATE INDEX job_run_recent ON job_run (municipality_id, created_at DESC, id DESC);
GRANT SELECT, INSERT, UPDATE ON job_run TO nastavnik_api;
GRANT SELECT, INSERT, UPDATE ON job_run TO nastavnik_engine;
GRANT SELECT ON job_run TO nastavnik_auditor;

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    municipality_id bigint NOT NULL,
    job_run_id uuid NOT NULL,
    run_no integer NOT NULL,
    not_before timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    FOREIGN KEY (municipality_id, job_run_id) REFERENCES job_run (municipality_id, id)
);
CREATE INDEX outbox_pending ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_job ON outbox (job_run_id, run_no);

CREATE TABLE worker (
    id text PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    duty text NOT NULL CHECK (duty IN ('dispatcher', 'worker')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE schedule_tick (
    municipality_id bigint NOT NULL,
    name text NOT NULL,
    tick timestamptz NOT NULL,
    job_run_id uuid,
    PRIMARY KEY (municipality_id, name, tick)
);

CREATE TABLE result (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind ~ '^[a-z_]{1,60}$'),
    job_run_id uuid NOT NULL UNIQUE,
    fence integer NOT NULL,
    inputs_version bigint NOT NULL,
    cut_off_at timestamptz NOT NULL,
    based_on bigint,
    body jsonb NOT NULL,
    canonical text NOT NULL,
    digest text NOT NULL CHECK (length(digest) = 64),
    inputs_digest text NOT NULL CHECK (length(inputs_digest) = 64),
    pack_code text NOT NULL,
    pack_version integer NOT NULL,
    algorithm_version text NOT NULL,
    is_replayable boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (municipality_id, id),
    UNIQUE (municipality_id, programme_id, id),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id),
    FOREIGN KEY (municipality_id, job_run_id) REFERENCES job_run (municipality_id, id),
    FOREIGN KEY (municipality_id, programme_id, based_on) REFERENCES result (municipality_id, programme_id, id)
);
COMMENT ON TABLE result IS 'What a job computed: one row an effect.';
COMMENT ON COLUMN result.based_on IS 'The score a reward list derives from.';
CREATE INDEX result_latest ON result (municipality_id, programme_id, kind, id DESC);

SELECT protect_tenant('result', true);
GRANT SELECT ON result TO nastavnik_api, nastavnik_auditor;
GRANT SELECT, INSERT ON result TO nastavnik_engine;

SELECT protect_jobs('schedule_tick', false);
GRANT SELECT, INSERT ON schedule_tick TO nastavnik_engine;

SELECT protect_jobs('outbox', false);
GRANT SELECT, INSERT ON outbox TO nastavnik_api;
GRANT SELECT, INSERT, UPDATE ON outbox TO nastavnik_engine;
GRANT SELECT ON outbox TO nastavnik_auditor;

ALTER TABLE worker ENABLE ROW LEVEL SECURITY;
ALTER TABLE worker FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON worker TO nastavnik_engine USING (true) WITH CHECK (true);
CREATE POLICY api_reads ON worker FOR SELECT TO nastavnik_api USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON worker TO nastavnik_engine;
GRANT SELECT ON worker TO nastavnik_api;
