-- Accounts with passwords: the login of a principal, links that set a password, sessions, second factors.
-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint
-- The one column added to an old table is NULL in every row, so there is nothing that its checks could find.

CREATE TABLE account (
    municipality_id bigint NOT NULL,
    principal_id bigint NOT NULL,
    login text NOT NULL CHECK (length(login) BETWEEN 3 AND 254),
    password_hash text CHECK (length(password_hash) BETWEEN 20 AND 300),
    password_set_at timestamptz,
    factor text CHECK (length(factor) <= 500),
    factor_since timestamptz,
    factor_offered text CHECK (length(factor_offered) <= 500),
    last_step bigint NOT NULL DEFAULT 0,
    wrong_codes smallint NOT NULL DEFAULT 0 CHECK (wrong_codes BETWEEN 0 AND 1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (municipality_id, principal_id),
    CONSTRAINT account_login UNIQUE (login),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES principal (municipality_id, id),
    CONSTRAINT account_password CHECK ((password_hash IS NULL) = (password_set_at IS NULL)),
    CONSTRAINT account_factor CHECK ((factor IS NULL) = (factor_since IS NULL))
);
COMMENT ON TABLE account IS 'How a principal comes in by password. Removed when the principal ends: its login is free again.';
COMMENT ON COLUMN account.login IS 'The e-mail address, NFKC and case-folded. One person has one on the whole platform.';
COMMENT ON COLUMN account.password_hash IS 'argon2id in its own notation, salt included; NULL: invited, no password yet.';
COMMENT ON COLUMN account.factor IS 'Secret of the time-based codes, sealed (shared/access/sealed.py); NULL: no second factor.';
COMMENT ON COLUMN account.factor_offered IS 'The same, shown and not confirmed by a code yet.';
COMMENT ON COLUMN account.last_step IS 'The last 30 seconds whose code was accepted: none is accepted twice.';
COMMENT ON COLUMN account.wrong_codes IS 'Wrong codes in a row.';
SELECT protect_tenant('account', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON account TO nastavnik_api;

CREATE TABLE recovery_code (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES account (municipality_id, principal_id) ON DELETE CASCADE
);
COMMENT ON TABLE recovery_code IS 'Instead of a code of the second factor, each once. SHA-256 of 120 random bits.';
SELECT protect_tenant('recovery_code', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO nastavnik_api;
CREATE INDEX recovery_code_principal ON recovery_code (municipality_id, principal_id);

CREATE TABLE account_link (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    secret_hash bytea CHECK (length(secret_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES principal (municipality_id, id)
);
COMMENT ON TABLE account_link IS 'A link that sets a password, once.';
COMMENT ON COLUMN account_link.secret_hash IS 'NULL: the job that sends the letter has not made the secret yet.';
COMMENT ON COLUMN account_link.created_by IS 'NULL: asked for on the page of forgotten passwords; 0: from the operator''s shell.';
SELECT protect_tenant('account_link', false);
GRANT SELECT, INSERT, UPDATE ON account_link TO nastavnik_api;
GRANT SELECT (municipality_id, id, principal_id, expires_at, used_at, revoked_at) ON account_link TO nastavnik_engine;
GRANT UPDATE (secret_hash, expires_at) ON account_link TO nastavnik_engine;
CREATE INDEX account_link_principal ON account_link (municipality_id, principal_id, created_at);
CREATE INDEX account_link_by_id ON account_link (id);

CREATE TABLE account_session (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    way text NOT NULL CHECK (way IN ('password', 'single_sign_on')),
    browser text NOT NULL DEFAULT '' CHECK (length(browser) <= 60),
    awaits_code boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    idle_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES principal (municipality_id, id)
);
COMMENT ON COLUMN account_session.browser IS 'Name and system only: enough to tell one''s own apart.';
COMMENT ON COLUMN account_session.awaits_code IS 'The password was right and the second factor is still to come: opens no page.';
COMMENT ON COLUMN account_session.seen_at IS 'Written at most once a minute.';
SELECT protect_tenant('account_session', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON account_session TO nastavnik_api;
CREATE INDEX account_session_principal ON account_session (municipality_id, principal_id, id);
CREATE INDEX account_session_by_id ON account_session (id);

-- As with tokens, the tenant is not known before the look-up: each finds one row by what the asker holds.
CREATE POLICY look_up ON account FOR SELECT TO nastavnik_owner USING (true);
CREATE POLICY look_up ON account_link FOR SELECT TO nastavnik_owner USING (true);
CREATE POLICY look_up ON account_session FOR SELECT TO nastavnik_owner USING (true);

CREATE FUNCTION find_account(wanted_login text)
RETURNS TABLE (municipality_id bigint, principal_id bigint, role text, school_id bigint, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.municipality_id, p.id, p.role, p.school_id, a.password_hash
    FROM account a JOIN principal p ON p.municipality_id = a.municipality_id AND p.id = a.principal_id
    WHERE a.login = wanted_login AND p.ended_at IS NULL
$$;
CREATE FUNCTION find_account_link(link_id bigint)
RETURNS TABLE (
    municipality_id bigint, principal_id bigint, role text, school_id bigint, purpose text, secret_hash bytea,
    state text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.municipality_id, p.id, p.role, p.school_id, l.purpose, l.secret_hash,
           CASE WHEN l.used_at IS NOT NULL THEN 'used'
                WHEN l.revoked_at IS NOT NULL OR p.ended_at IS NOT NULL THEN 'revoked'
                WHEN l.expires_at <= now() THEN 'expired'
                ELSE 'open' END
    FROM account_link l JOIN principal p ON p.municipality_id = l.municipality_id AND p.id = l.principal_id
    WHERE l.id = link_id
$$;
CREATE FUNCTION find_session(session_id bigint)
RETURNS TABLE (
    municipality_id bigint, principal_id bigint, role text, school_id bigint, secret_hash bytea, usable boolean,
    awaits_code boolean, is_use_due boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.municipality_id, p.id, p.role, p.school_id, s.secret_hash,
           s.ended_at IS NULL AND p.ended_at IS NULL AND least(s.idle_until, s.expires_at) > now(),
           s.awaits_code, s.seen_at < now() - interval '1 minute'
    FROM account_session s JOIN principal p ON p.municipality_id = s.municipality_id AND p.id = s.principal_id
    WHERE s.id = session_id
$$;
REVOKE ALL ON FUNCTION find_account(text), find_account_link(bigint), find_session(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_account(text), find_account_link(bigint), find_session(bigint) TO nastavnik_api;

-- A letter that carries such a link is a delivery like any other mail.
ALTER TABLE delivery ADD COLUMN account_link_id bigint;
ALTER TABLE delivery
    ADD CONSTRAINT delivery_account_link FOREIGN KEY (municipality_id, account_link_id) REFERENCES account_link (municipality_id, id),
    ADD CONSTRAINT delivery_letter CHECK (account_link_id IS NULL OR (channel = 'mail' AND notice_id IS NULL));
COMMENT ON COLUMN delivery.account_link_id IS 'The link that the letter is about; the job makes its secret when it sends.';
