-- Work of a municipality as a whole: jobs without a programme, the schedule, notices, and what is sent outside.
-- squawk-ignore-file ban-drop-not-null, constraint-missing-not-valid, adding-foreign-key-constraint, require-concurrent-index-creation
-- Code that reads NULL here comes with this release, and no municipality has jobs enough yet for their check to be felt.

-- A job belongs to a programme, or to the municipality: then nobody but its methodist sees it, because the policies of
-- schools compare the school and NULL equals none.
ALTER TABLE job_run ALTER COLUMN school_id DROP NOT NULL, ALTER COLUMN programme_id DROP NOT NULL;
ALTER TABLE job_run
    ADD CONSTRAINT job_run_owner CHECK ((school_id IS NULL) = (programme_id IS NULL)),
    ADD CONSTRAINT job_run_args CHECK (jsonb_typeof(args) = 'object'),
    ADD CONSTRAINT job_run_municipality FOREIGN KEY (municipality_id) REFERENCES municipality;
COMMENT ON COLUMN job_run.cause IS 'request:<principal>, event:<seq>, job:<job id>, retry:<job id>, tick:<name> or delivery:<id>.';
-- A job is repeated once; the database says so too.
CREATE UNIQUE INDEX job_run_retry_once ON job_run (municipality_id, cause) WHERE cause LIKE 'retry:%';

ALTER TABLE result ALTER COLUMN school_id DROP NOT NULL, ALTER COLUMN programme_id DROP NOT NULL,
    ALTER COLUMN inputs_version DROP NOT NULL, ALTER COLUMN pack_code DROP NOT NULL, ALTER COLUMN pack_version DROP NOT NULL;
ALTER TABLE result ADD CONSTRAINT result_owner
    CHECK (num_nonnulls(school_id, programme_id, inputs_version, pack_code, pack_version) IN (0, 5));

COMMENT ON COLUMN schedule_tick.job_run_id IS 'NULL: the schedule began here, or the tick was missed and nothing was run for it.';
GRANT UPDATE (job_run_id) ON schedule_tick TO nastavnik_engine;
GRANT SELECT ON schedule_tick TO nastavnik_api, nastavnik_auditor;

ALTER TABLE principal ADD COLUMN email text;
ALTER TABLE principal ADD CONSTRAINT principal_email CHECK (length(email) BETWEEN 3 AND 254 AND email ~ '^[^@\s]+@[^@\s]+$');
COMMENT ON COLUMN principal.email IS 'Where notices go by mail; NULL: nowhere.';
GRANT SELECT (municipality_id, id, role, school_id, email, ended_at) ON principal TO nastavnik_engine;

CREATE TABLE notice (
    municipality_id bigint NOT NULL REFERENCES municipality,
    school_id bigint,
    programme_id bigint,
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL CHECK (code ~ '^[a-z_.]{1,60}$'),
    to_role text NOT NULL CHECK (to_role IN ('curator', 'methodist')),
    once text NOT NULL CHECK (length(once) BETWEEN 1 AND 200),
    ru text NOT NULL CHECK (length(ru) BETWEEN 1 AND 1000),
    en text NOT NULL CHECK (length(en) BETWEEN 1 AND 1000),
    link text NOT NULL CHECK (length(link) <= 300),
    school_year smallint NOT NULL CHECK (school_year BETWEEN 2000 AND 2099),
    job_run_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    seen_at timestamptz,
    seen_by bigint,
    PRIMARY KEY (municipality_id, id),
    UNIQUE (municipality_id, once),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id),
    FOREIGN KEY (municipality_id, job_run_id) REFERENCES job_run (municipality_id, id),
    CONSTRAINT notice_owner CHECK ((school_id IS NULL) = (programme_id IS NULL)),
    CONSTRAINT notice_reader CHECK (to_role = 'methodist' OR school_id IS NOT NULL),
    CONSTRAINT notice_seen CHECK ((seen_at IS NULL) = (seen_by IS NULL))
);
COMMENT ON TABLE notice IS 'What the schedule tells a role: ids, codes and titles of the order, no person.';
COMMENT ON COLUMN notice.once IS 'What the notice is about and which threshold was reached: the same is told once.';
COMMENT ON COLUMN notice.school_id IS 'NULL: of the municipality, for its methodist.';
SELECT protect_tenant('notice', true);
GRANT SELECT ON notice TO nastavnik_api, nastavnik_auditor;
GRANT UPDATE (seen_at, seen_by) ON notice TO nastavnik_api;
GRANT SELECT, INSERT, DELETE ON notice TO nastavnik_engine;
CREATE INDEX notice_unseen ON notice (municipality_id, id) WHERE seen_at IS NULL;

-- What goes outside, mail or webhook. The id is the idempotency key that the receiver sees.
CREATE TABLE delivery (
    municipality_id bigint NOT NULL REFERENCES municipality,
    school_id bigint,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    channel text NOT NULL CHECK (channel IN ('mail', 'webhook')),
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed')),
    notice_id bigint,
    principal_id bigint,
    subscription_id bigint,
    feed_no bigint,
    replay_of uuid,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, notice_id) REFERENCES notice (municipality_id, id) ON DELETE SET NULL (notice_id),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES principal (municipality_id, id),
    FOREIGN KEY (municipality_id, replay_of) REFERENCES delivery (municipality_id, id),
    FOREIGN KEY (municipality_id, school_id) REFERENCES school (municipality_id, id),
    CONSTRAINT delivery_what CHECK (
        CASE channel WHEN 'mail' THEN principal_id IS NOT NULL AND num_nonnulls(subscription_id, feed_no) = 0
                     ELSE num_nonnulls(subscription_id, feed_no) = 2 AND num_nonnulls(principal_id, notice_id) = 0 END),
    CONSTRAINT delivery_sent CHECK ((status = 'sent') = (sent_at IS NOT NULL))
);
COMMENT ON COLUMN delivery.status IS 'waiting: a job will send it; sent: the receiver took it; failed: given up, a repeat by hand may still send it.';
COMMENT ON COLUMN delivery.notice_id IS 'NULL also when retention removed the notice.';
COMMENT ON COLUMN delivery.school_id IS 'Whose notice it carries; NULL: of the municipality.';
SELECT protect_jobs('delivery', true);
GRANT SELECT, INSERT ON delivery TO nastavnik_api;
GRANT SELECT, INSERT ON delivery TO nastavnik_engine;
GRANT UPDATE (status, sent_at) ON delivery TO nastavnik_engine;
GRANT SELECT ON delivery TO nastavnik_auditor;
CREATE INDEX delivery_waiting ON delivery (created_at) WHERE status = 'waiting';
CREATE INDEX delivery_of_subscription ON delivery (municipality_id, subscription_id, feed_no) WHERE subscription_id IS NOT NULL;
CREATE INDEX delivery_of_notice ON delivery (municipality_id, notice_id) WHERE notice_id IS NOT NULL;
CREATE UNIQUE INDEX delivery_mail_once ON delivery (municipality_id, notice_id, principal_id) WHERE channel = 'mail' AND replay_of IS NULL;
-- Whether anybody is still at a delivery.
CREATE INDEX job_run_delivery ON job_run ((args ->> 'delivery')) WHERE status IN ('queued', 'running') AND args ? 'delivery';

CREATE TABLE delivery_attempt (
    municipality_id bigint NOT NULL,
    school_id bigint,
    delivery_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL CHECK (outcome IN ('sent', 'again', 'failed')),
    http_status smallint CHECK (http_status BETWEEN 100 AND 599),
    error_code text CHECK (error_code ~ '^[a-z0-9_.]{1,60}$'),
    ms integer CHECK (ms >= 0),
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, delivery_id) REFERENCES delivery (municipality_id, id)
);
COMMENT ON COLUMN delivery_attempt.outcome IS 'sent: taken; again: will be tried again; failed: given up.';
COMMENT ON COLUMN delivery_attempt.http_status IS 'What the receiver answered: of HTTP, or of SMTP.';
SELECT protect_jobs('delivery_attempt', true);
GRANT SELECT ON delivery_attempt TO nastavnik_api, nastavnik_auditor;
GRANT SELECT, INSERT, DELETE ON delivery_attempt TO nastavnik_engine;
CREATE INDEX delivery_attempt_of ON delivery_attempt (municipality_id, delivery_id, id);

-- Retention: messages whose job has ended.
GRANT DELETE ON outbox TO nastavnik_engine;
CREATE INDEX outbox_sent ON outbox (municipality_id, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX delivery_attempt_age ON delivery_attempt (municipality_id, at);
