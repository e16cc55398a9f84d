-- What happened, in an order that clients can follow, and who is told of it.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, adding-foreign-key-constraint, require-concurrent-index-creation
-- `delivery` came with this very release and is empty when its constraints change.

CREATE TABLE feed_event (
    municipality_id bigint NOT NULL REFERENCES municipality,
    id bigint GENERATED ALWAYS AS IDENTITY,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    type text NOT NULL CHECK (type ~ '^[a-z_]{1,30}\.[a-z_]{1,30}$'),
    seq integer,
    job_run_id uuid,
    result_id bigint,
    at timestamptz NOT NULL,
    feed_no bigint CHECK (feed_no > 0),
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id)
);
COMMENT ON TABLE feed_event IS 'Ids and codes only. Written in the transaction of the deed, numbered by the dispatcher after it.';
COMMENT ON COLUMN feed_event.id IS 'Given at insertion, so it may commit after a higher one: nobody may read the feed by it.';
COMMENT ON COLUMN feed_event.feed_no IS 'NULL until stamped; then the place in the municipality''s feed: 1, 2, 3 .. without a gap.';
CREATE UNIQUE INDEX feed_event_no ON feed_event (municipality_id, feed_no) WHERE feed_no IS NOT NULL;
CREATE INDEX feed_event_unstamped ON feed_event (municipality_id, id) WHERE feed_no IS NULL;

CREATE TABLE feed_head (
    municipality_id bigint PRIMARY KEY REFERENCES municipality,
    last_no bigint NOT NULL DEFAULT 0 CHECK (last_no >= 0)
);
COMMENT ON TABLE feed_head IS 'The last number given; whoever locks the row is the municipality''s one stamper.';

-- What there was before. Row-level security binds the owner too, so each municipality is entered.
DO $$
DECLARE
    place bigint;
BEGIN
    FOR place IN SELECT id FROM municipality ORDER BY id LOOP
        PERFORM set_config('app.municipality_id', place::text, true), set_config('app.school_id', 'all', true);
        INSERT INTO feed_event (municipality_id, school_id, programme_id, type, seq, at)
        SELECT municipality_id, school_id, programme_id, 'programme.' || trigger, seq, at
        FROM programme_event ORDER BY at, programme_id, seq;
    END LOOP;
    PERFORM set_config('app.municipality_id', '', true), set_config('app.school_id', '', true);
END
$$;

SELECT protect_jobs('feed_event', true);
GRANT SELECT, INSERT ON feed_event TO nastavnik_api, nastavnik_engine;
GRANT UPDATE (feed_no) ON feed_event TO nastavnik_engine;
GRANT SELECT ON feed_event TO nastavnik_auditor;
SELECT protect_jobs('feed_head', false);
GRANT SELECT, INSERT, UPDATE ON feed_head TO nastavnik_engine;
GRANT SELECT ON feed_head TO nastavnik_auditor;

-- Triggers, so that no statement that ends a job or moves a programme, today's or tomorrow's, can forget the feed.
CREATE FUNCTION feed_of_programme() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_event (municipality_id, school_id, programme_id, type, seq, at)
    VALUES (NEW.municipality_id, NEW.school_id, NEW.programme_id, 'programme.' || NEW.trigger, NEW.seq, NEW.at);
    RETURN NULL;
END
$$;
CREATE TRIGGER feed AFTER INSERT ON programme_event FOR EACH ROW EXECUTE FUNCTION feed_of_programme();

CREATE FUNCTION feed_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_event (municipality_id, school_id, programme_id, type, job_run_id, at)
    VALUES (NEW.municipality_id, NEW.school_id, NEW.programme_id, 'job.' || NEW.status, NEW.id,
        coalesce(NEW.finished_at, clock_timestamp()));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION feed_of_job() IS 'Jobs of a programme only: the end of a webhook''s own job must not be an event that is sent by webhook.';
CREATE TRIGGER feed AFTER UPDATE OF status ON job_run FOR EACH ROW
    WHEN (NEW.programme_id IS NOT NULL AND NEW.status <> OLD.status AND NEW.status IN ('done', 'dead', 'cancelled'))
    EXECUTE FUNCTION feed_of_job();

CREATE FUNCTION feed_of_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_event (municipality_id, school_id, programme_id, type, result_id, at)
    VALUES (NEW.municipality_id, NEW.school_id, NEW.programme_id, 'reward_list.approved', NEW.result_id, NEW.created_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER feed AFTER INSERT ON reward_approval FOR EACH ROW EXECUTE FUNCTION feed_of_approval();

CREATE TABLE webhook (
    municipality_id bigint NOT NULL REFERENCES municipality,
    id bigint GENERATED ALWAYS AS IDENTITY,
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 1000),
    event_types text[] NOT NULL CHECK (cardinality(event_types) BETWEEN 1 AND 50),
    description text CHECK (length(description) <= 300),
    is_active boolean NOT NULL DEFAULT true,
    stopped_reason text CHECK (stopped_reason IN ('gone')),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamptz,
    end_reason text CHECK (length(end_reason) <= 500),
    PRIMARY KEY (municipality_id, id),
    CONSTRAINT webhook_stopped CHECK (stopped_reason IS NULL OR NOT is_active)
);
COMMENT ON TABLE webhook IS 'A subscription: which events of the municipality are sent where.';
COMMENT ON COLUMN webhook.stopped_reason IS 'gone: the receiver answered 410; NULL when a person switched it off.';
SELECT protect_tenant('webhook', false);
GRANT SELECT, INSERT ON webhook TO nastavnik_api;
GRANT UPDATE (url, event_types, description, is_active, stopped_reason, version, updated_at, ended_at, end_reason) ON webhook TO nastavnik_api;
GRANT SELECT ON webhook TO nastavnik_engine, nastavnik_auditor;
GRANT UPDATE (is_active, stopped_reason, version, updated_at) ON webhook TO nastavnik_engine;

-- A signature needs the secret itself, not its hash. The API writes it and cannot read it back: only the engine can.
CREATE TABLE webhook_secret (
    municipality_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    secret text NOT NULL CHECK (secret ~ '^whsec_[A-Za-z0-9+/]{43}=$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, webhook_id) REFERENCES webhook (municipality_id, id)
);
COMMENT ON COLUMN webhook_secret.ends_at IS 'NULL: in force; else signs beside its successor until then.';
CREATE UNIQUE INDEX webhook_secret_one ON webhook_secret (municipality_id, webhook_id) WHERE ends_at IS NULL;
SELECT protect_tenant('webhook_secret', false);
GRANT INSERT (municipality_id, webhook_id, secret), SELECT (municipality_id, webhook_id, id, created_at, ends_at), UPDATE (ends_at) ON webhook_secret TO nastavnik_api;
GRANT DELETE ON webhook_secret TO nastavnik_api;
GRANT SELECT ON webhook_secret TO nastavnik_engine;

-- A delivery without a number is a test of the subscription.
ALTER TABLE delivery DROP CONSTRAINT delivery_what;
ALTER TABLE delivery
    ADD CONSTRAINT delivery_what CHECK (
        CASE channel WHEN 'mail' THEN principal_id IS NOT NULL AND num_nonnulls(subscription_id, feed_no) = 0
                     ELSE subscription_id IS NOT NULL AND num_nonnulls(principal_id, notice_id) = 0 END),
    ADD CONSTRAINT delivery_subscription FOREIGN KEY (municipality_id, subscription_id)
        REFERENCES webhook (municipality_id, id);
COMMENT ON COLUMN delivery.feed_no IS 'The event that a webhook carries; NULL: a test message.';
CREATE INDEX delivery_recent ON delivery (municipality_id, subscription_id, created_at DESC, id DESC) WHERE subscription_id IS NOT NULL;
