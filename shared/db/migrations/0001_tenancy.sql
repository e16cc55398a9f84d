-- What every later migration stands on: the tenant of a transaction, the clock, record templates and policies.

CREATE FUNCTION app_municipality_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.municipality_id', true), '')::bigint $$;
COMMENT ON FUNCTION app_municipality_id() IS 'Tenant of this transaction; 0 is the platform; NULL sees nothing.';

CREATE FUNCTION app_school_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(nullif(current_setting('app.school_id', true), ''), 'all')::bigint $$;

CREATE FUNCTION app_all_schools() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('app.school_id', true), '') = 'all' $$;
COMMENT ON FUNCTION app_all_schools() IS 'True only when said so: an unset school sees nothing.';

CREATE FUNCTION app_subject_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.subject_id', true), '')::bigint $$;
COMMENT ON FUNCTION app_subject_id() IS 'The one row a personal link is about.';

CREATE FUNCTION app_link_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.link_id', true), '')::bigint $$;
COMMENT ON FUNCTION app_link_id() IS 'The personal link that acts; NULL for accounts.';

CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()) $$;
COMMENT ON FUNCTION app_now() IS 'The instant a transaction calls now; fixed by the demo and the tests only.';

CREATE FUNCTION topic_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT translate(lower(regexp_replace(btrim(name), '\s+', ' ', 'g')), 'ё', 'е') $$;
COMMENT ON FUNCTION topic_key(text) IS 'Two spellings of one request topic are one topic.';

CREATE FUNCTION topic_keys(names text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(topic_key(n)), '{}') FROM unnest(names) AS n $$;

-- Policies of a tenant table: the municipality lets rows in, the school narrows them.
CREATE FUNCTION protect_tenant(tab regclass, by_school boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
    EXECUTE format('CREATE POLICY tenant_municipality ON %s USING (municipality_id = (SELECT app_municipality_id()))
                    WITH CHECK (municipality_id = (SELECT app_municipality_id()))', tab);
    IF by_school THEN
        EXECUTE format('CREATE POLICY tenant_school ON %s AS RESTRICTIVE
                        USING ((SELECT app_all_schools()) OR school_id = (SELECT app_school_id()))
                        WITH CHECK ((SELECT app_all_schools()) OR school_id = (SELECT app_school_id()))', tab);
    END IF;
END
$$;

-- A record: a versioned row that is ended, never deleted. The templates are copied by LIKE and hold no rows.
CREATE TABLE record_template (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamptz,
    end_reason text CHECK (length(end_reason) <= 500)
);
CREATE TABLE programme_record_template (
    LIKE record_template INCLUDING ALL,
    programme_id bigint NOT NULL
);

CREATE FUNCTION make_record(tab regclass, of_programme boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t text := tab::text;
BEGIN
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (municipality_id, id)', tab);
    IF of_programme THEN
        EXECUTE format('ALTER TABLE %s ADD UNIQUE (municipality_id, programme_id, id)', tab);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (municipality_id, school_id, programme_id)
                        REFERENCES programme (municipality_id, school_id, id)', tab, t || '_programme_id_fkey');
    ELSE
        EXECUTE format('ALTER TABLE %s ADD UNIQUE (municipality_id, school_id, id)', tab);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (municipality_id, school_id)
                        REFERENCES school (municipality_id, id)', tab, t || '_school_id_fkey');
    END IF;
    PERFORM protect_tenant(tab, true);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO nastavnik_api', tab);
    EXECUTE format('GRANT SELECT ON %s TO nastavnik_engine, nastavnik_auditor', tab);
END
$$;

CREATE TABLE municipality (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 300),
    timezone text NOT NULL DEFAULT 'Europe/Moscow' CHECK (length(timezone) BETWEEN 1 AND 64),
    move_days_off boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN municipality.move_days_off IS 'A deadline on a day off moves to the next working day.';
ALTER TABLE municipality ENABLE ROW LEVEL SECURITY;
ALTER TABLE municipality FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON municipality
    USING (id = (SELECT app_municipality_id()) OR (SELECT app_municipality_id()) = 0)
    WITH CHECK (id = (SELECT app_municipality_id()) OR (SELECT app_municipality_id()) = 0);
GRANT SELECT, INSERT, UPDATE ON municipality TO nastavnik_api;
GRANT SELECT ON municipality TO nastavnik_engine, nastavnik_respondent, nastavnik_auditor;

CREATE TABLE school (
    municipality_id bigint NOT NULL REFERENCES municipality,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    standing text NOT NULL DEFAULT 'takes_part' CHECK (standing IN ('takes_part', 'not_started', 'exempt')),
    standing_reason text CHECK (length(standing_reason) <= 500),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (municipality_id, id),
    UNIQUE (municipality_id, name)
);
ALTER TABLE school ENABLE ROW LEVEL SECURITY;
ALTER TABLE school FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON school
    USING (municipality_id = (SELECT app_municipality_id()))
    WITH CHECK (municipality_id = (SELECT app_municipality_id()));
CREATE POLICY tenant_school ON school AS RESTRICTIVE
    USING ((SELECT app_all_schools()) OR id = (SELECT app_school_id()))
    WITH CHECK ((SELECT app_all_schools()) OR id = (SELECT app_school_id()));
GRANT SELECT, INSERT, UPDATE ON school TO nastavnik_api;
GRANT SELECT ON school TO nastavnik_engine, nastavnik_respondent, nastavnik_auditor;

CREATE TABLE calendar_day (
    municipality_id bigint NOT NULL REFERENCES municipality,
    day_on date NOT NULL,
    is_working boolean NOT NULL,
    note text CHECK (length(note) <= 200),
    PRIMARY KEY (municipality_id, day_on)
);
COMMENT ON TABLE calendar_day IS 'Transfers and regional days; a day without a row works from Monday to Friday.';
SELECT protect_tenant('calendar_day', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_day TO nastavnik_api;
GRANT SELECT ON calendar_day TO nastavnik_engine, nastavnik_auditor;

CREATE TABLE school_profile (
    LIKE record_template INCLUDING ALL,
    school_year smallint NOT NULL CHECK (school_year BETWEEN 2000 AND 2099),
    has_grades_9_11 boolean NOT NULL DEFAULT true,
    has_young_specialists boolean NOT NULL DEFAULT true,
    has_psychologist boolean NOT NULL DEFAULT true,
    has_career_tests boolean NOT NULL DEFAULT true,
    children_10_19 integer CHECK (children_10_19 BETWEEN 0 AND 100000),
    children_15_19 integer CHECK (children_15_19 BETWEEN 0 AND 100000),
    young_teachers integer CHECK (young_teachers BETWEEN 0 AND 10000)
);
COMMENT ON TABLE school_profile IS 'What the school has in a school year: waivers of guards and denominators of indicators.';
SELECT make_record('school_profile', false);
CREATE UNIQUE INDEX school_profile_year ON school_profile (municipality_id, school_id, school_year) WHERE ended_at IS NULL;
