-- Scopes and last use of tokens; identities of a single sign-on.

ALTER TABLE token ADD COLUMN scopes text[], ADD COLUMN last_used_at timestamptz;
-- The columns are new: no row has scopes, so nothing is there that could break it.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE token ADD CONSTRAINT token_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 60);
COMMENT ON COLUMN token.scopes IS 'What the role''s rights are narrowed to (shared/access/rights.py); NULL: nothing is taken away.';
COMMENT ON COLUMN token.last_used_at IS 'Written at most once an hour: the beginning of the last hour in which it was used.';

-- Other columns are another function: this one is dropped and made anew, with its grants.
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
