-- Who may come in, with what, and the answers already given. Municipality 0 is the platform (administrators).

CREATE TABLE principal (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role text NOT NULL CHECK (role IN ('admin', 'methodist', 'curator', 'director', 'psychologist')),
    school_id bigint,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, school_id) REFERENCES school (municipality_id, id),
    CONSTRAINT principal_scope CHECK (
        CASE role WHEN 'admin' THEN municipality_id = 0 AND school_id IS NULL
                  WHEN 'methodist' THEN municipality_id > 0 AND school_id IS NULL
                  ELSE municipality_id > 0 AND school_id IS NOT NULL END)
);
COMMENT ON TABLE principal IS 'Somebody or something that acts: one role, one scope.';
SELECT protect_tenant('principal', false);
GRANT SELECT, INSERT, UPDATE ON principal TO nastavnik_api;
GRANT SELECT ON principal TO nastavnik_auditor;

CREATE TABLE token (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    label text NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES principal (municipality_id, id)
);
COMMENT ON COLUMN token.secret_hash IS 'SHA-256 of 32 random bytes: a secret that long needs no slow hash.';
SELECT protect_tenant('token', false);
GRANT SELECT, INSERT, UPDATE ON token TO nastavnik_api;
CREATE INDEX token_principal ON token (municipality_id, principal_id);

CREATE TABLE personal_link (
    LIKE record_template INCLUDING ALL,
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    purpose text NOT NULL CHECK (purpose IN ('answer', 'log_meeting', 'confirm_pair', 'confirm_pair_guardian')),
    subject_id bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN personal_link.subject_id IS 'answer: invitation; log_meeting: pair; confirm_pair and confirm_pair_guardian: pair member.';
SELECT make_record('personal_link', false);
CREATE INDEX personal_link_subject ON personal_link (municipality_id, purpose, subject_id);

-- The tenant is not known before the token is looked up, so the look-up passes row-level security, and only it:
-- one row by id, and nothing to list. The functions belong to a role of their own that may read just these tables.
CREATE FUNCTION find_token(token_id bigint)
RETURNS TABLE (municipality_id bigint, principal_id bigint, role text, school_id bigint, secret_hash bytea, usable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.municipality_id, p.id, p.role, p.school_id, t.secret_hash,
           t.revoked_at IS NULL AND t.expires_at > now() AND p.ended_at IS NULL
    FROM token t JOIN principal p ON p.municipality_id = t.municipality_id AND p.id = t.principal_id
    WHERE t.id = token_id
$$;
CREATE FUNCTION find_personal_link(link_id bigint)
RETURNS TABLE (municipality_id bigint, school_id bigint, purpose text, subject_id bigint, secret_hash bytea, usable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.municipality_id, l.school_id, l.purpose, l.subject_id, l.secret_hash,
           l.ended_at IS NULL AND l.expires_at > now()
    FROM personal_link l WHERE l.id = link_id
$$;
CREATE FUNCTION all_municipalities() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT id FROM municipality ORDER BY id $$;
COMMENT ON FUNCTION all_municipalities() IS 'Ids alone, for the processes that go through all tenants one by one.';
CREATE POLICY look_up ON municipality FOR SELECT TO nastavnik_owner USING (true);
REVOKE ALL ON FUNCTION find_token(bigint), find_personal_link(bigint), all_municipalities() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION all_municipalities() TO nastavnik_auditor, nastavnik_engine;
GRANT EXECUTE ON FUNCTION find_token(bigint) TO nastavnik_api;
GRANT EXECUTE ON FUNCTION find_personal_link(bigint) TO nastavnik_respondent;
-- Row-level security is forced on the owner too, so the look-ups need a policy that lets the owner see these rows.
CREATE POLICY look_up ON principal FOR SELECT TO nastavnik_owner USING (true);
CREATE POLICY look_up ON token FOR SELECT TO nastavnik_owner USING (true);
CREATE POLICY look_up ON personal_link FOR SELECT TO nastavnik_owner USING (true);
-- A restrictive policy binds every role it names: the school is not known before the look-up either.
ALTER POLICY tenant_school ON personal_link TO nastavnik_api, nastavnik_engine, nastavnik_auditor;
CREATE INDEX token_by_id ON token (id);
CREATE INDEX personal_link_by_id ON personal_link (id);

-- The first administrator: the owner may insert one while there is none.
CREATE POLICY bootstrap ON principal FOR INSERT TO nastavnik_owner
    WITH CHECK (municipality_id = 0 AND role = 'admin');
CREATE POLICY bootstrap ON token FOR INSERT TO nastavnik_owner WITH CHECK (municipality_id = 0);

CREATE TABLE idempotency (
    municipality_id bigint NOT NULL,
    principal_id bigint NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (municipality_id, principal_id, method, path, key)
);
COMMENT ON COLUMN idempotency.answer IS 'NULL is a tombstone: the answer held a secret and is not kept.';
SELECT protect_tenant('idempotency', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO nastavnik_api;
GRANT SELECT, INSERT, UPDATE ON idempotency TO nastavnik_respondent;
-- Answers to accounts hold names: a personal link finds its own answers and no others. Its principal is minus its id.
CREATE POLICY own_answers ON idempotency AS RESTRICTIVE TO nastavnik_respondent
    USING (principal_id = -(SELECT app_link_id())) WITH CHECK (principal_id = -(SELECT app_link_id()));
-- What was acknowledged, for the invariants; the answers themselves are nobody's but their askers'.
GRANT SELECT (municipality_id, principal_id, method, path, key, status, headers, created_at) ON idempotency TO nastavnik_auditor;
-- Answers hold what people asked about: the dispatcher removes them when they are no longer replayed.
CREATE POLICY engine_purges ON idempotency TO nastavnik_engine USING (true);
GRANT SELECT (created_at), DELETE ON idempotency TO nastavnik_engine;
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE audit (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    school_id bigint,
    at timestamptz NOT NULL DEFAULT now(),
    actor_id bigint,
    actor_role text NOT NULL,
    request_id text,
    action text NOT NULL CHECK (length(action) <= 60),
    entity text NOT NULL CHECK (length(entity) <= 60),
    entity_id bigint,
    programme_id bigint,
    PRIMARY KEY (municipality_id, id)
);
COMMENT ON TABLE audit IS 'Who did what to which row; ids and codes only. Appended in the transaction of the deed.';
SELECT protect_tenant('audit', false);
GRANT INSERT ON audit TO nastavnik_api, nastavnik_respondent, nastavnik_engine;
GRANT SELECT ON audit TO nastavnik_api, nastavnik_auditor;
CREATE INDEX audit_entity ON audit (municipality_id, entity, entity_id);
