-- Scopes and last use of tokens; identities of a single sign-on.

ALTER TABLE token ADD COLUMN scopes text[], ADD COLUMN last_used_at timestamptz;
-- The columns are new: no row has scopes, so nothing is there that could break it.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE token ADD CONSTRAINT token_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 60);
COMMENT ON COLUMN token.scopes IS 'What the role''s rights are narrowed to (shared/access/rights.py); NULL: nothing is taken away.';
COMMENT ON COLUMN token.last_used_at IS 'Written at most once an hour: the beginning of the last hour in which it was used.';

-- Other columns are another function: this one is dropped and made anew, with its grants. An API of the release before
-- takes what it knows of the row by name.
-- squawk-ignore ban-drop-function
DROP FUNCTION find_token(bigint);
CREATE FUNCTION find_token(token_id bigint)
RETURNS TABLE (
    municipality_id bigint, principal_id bigint, role text, school_id bigint, secret_hash bytea, usable boolean,
    scopes text[], is_use_due boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.municipality_id, p.id, p.role, p.school_id, t.secret_hash,
           t.revoked_at IS NULL AND t.expires_at > now() AND p.ended_at IS NULL,
           t.scopes, coalesce(t.last_used_at < now() - interval '1 hour', true)
    FROM token t JOIN principal p ON p.municipality_id = t.municipality_id AND p.id = t.principal_id
    WHERE t.id = token_id
$$;
REVOKE ALL ON FUNCTION find_token(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_token(bigint) TO nastavnik_api;

CREATE TABLE identity (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint,
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, principal_id) REFERENCES principal (municipality_id, id),
    CONSTRAINT identity_subject UNIQUE (issuer, subject),
    CONSTRAINT identity_principal UNIQUE (municipality_id, principal_id, issuer)
);
COMMENT ON TABLE identity IS 'Who somebody of a single sign-on is here. Removed when it is unbound and when the principal ends.';
COMMENT ON COLUMN identity.subject IS 'The issuer''s own name for them, which never changes hands; an e-mail address may.';
COMMENT ON COLUMN identity.created_by IS 'NULL: bound at the first sign-in, by the address that the issuer had verified.';
SELECT protect_tenant('identity', false);
GRANT SELECT, INSERT, DELETE ON identity TO nastavnik_api;

CREATE TABLE spent_nonce (
    municipality_id bigint NOT NULL DEFAULT 0 CHECK (municipality_id = 0),
    nonce_hash bytea NOT NULL CHECK (length(nonce_hash) = 32),
    spent_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (municipality_id, nonce_hash)
);
COMMENT ON TABLE spent_nonce IS 'Sign-ins that were finished within the last day: none is finished twice. Of the platform.';
SELECT protect_tenant('spent_nonce', false);
GRANT SELECT, INSERT, DELETE ON spent_nonce TO nastavnik_api;
CREATE INDEX spent_nonce_age ON spent_nonce (municipality_id, spent_at);

-- As with tokens, the tenant is not known before the look-up: one row by what the issuer has vouched for.
CREATE POLICY look_up ON identity FOR SELECT TO nastavnik_owner USING (true);
CREATE FUNCTION find_identity(wanted_issuer text, wanted_subject text)
RETURNS TABLE (municipality_id bigint, principal_id bigint, role text, school_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.municipality_id, p.id, p.role, p.school_id
    FROM identity i JOIN principal p ON p.municipality_id = i.municipality_id AND p.id = i.principal_id
    WHERE i.issuer = wanted_issuer AND i.subject = wanted_subject AND p.ended_at IS NULL
$$;
REVOKE ALL ON FUNCTION find_identity(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_identity(text, text) TO nastavnik_api;

-- Secrets of webhooks lie sealed. Those of before stay as they are until the dispatcher, who has the key, seals them.
-- squawk-ignore ban-drop-constraint
ALTER TABLE webhook_secret DROP CONSTRAINT webhook_secret_secret_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE webhook_secret ADD CONSTRAINT webhook_secret_shape CHECK (
    secret ~ '^(whsec_[A-Za-z0-9+/]{43}=|s1\.[0-9a-f]{8}\.[A-Za-z0-9_=-]{40,200})$'
);
COMMENT ON COLUMN webhook_secret.secret IS 'Sealed under the installation''s key (shared/access/sealed.py); whsec_..: of before, not sealed yet.';
GRANT UPDATE (secret) ON webhook_secret TO nastavnik_engine;
