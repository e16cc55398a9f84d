-- The audit log as a hash chain per municipality. Deeds append rows unchained, so that they wait for nobody; the
-- dispatcher chains what has been committed.

-- The owner is bound by the policies, too, and must see every earlier row once; nobody else reads meanwhile.
ALTER TABLE audit NO FORCE ROW LEVEL SECURITY;

CREATE TABLE audit_unchained (
    municipality_id bigint NOT NULL,
    audit_id bigint NOT NULL,
    PRIMARY KEY (municipality_id, audit_id)
);
COMMENT ON TABLE audit_unchained IS
    'Rows of the audit log that no link holds yet. Written with the row itself, so a row that commits late is here late, '
    'whatever its id, and none is passed over.';
INSERT INTO audit_unchained (municipality_id, audit_id) SELECT municipality_id, id FROM audit;
SELECT protect_jobs('audit_unchained', false);
ALTER POLICY tenant_municipality ON audit_unchained TO nastavnik_api, nastavnik_respondent, nastavnik_auditor;
GRANT INSERT ON audit_unchained TO nastavnik_api, nastavnik_respondent;
GRANT SELECT, INSERT, DELETE ON audit_unchained TO nastavnik_engine;
GRANT SELECT ON audit_unchained TO nastavnik_auditor;

CREATE FUNCTION audit_awaits_its_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unchained (municipality_id, audit_id) SELECT municipality_id, id FROM fresh;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_awaits_its_link AFTER INSERT ON audit
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit_awaits_its_link();
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
GRANT SELECT ON audit TO nastavnik_engine;

CREATE TABLE audit_chain (
    municipality_id bigint NOT NULL,
    chain_no bigint NOT NULL CHECK (chain_no > 0),
    audit_id bigint NOT NULL,
    body_version smallint NOT NULL,
    prev_hash text NOT NULL CHECK (length(prev_hash) = 64),
    hash text NOT NULL CHECK (length(hash) = 64),
    PRIMARY KEY (municipality_id, chain_no),
    UNIQUE (municipality_id, audit_id),
    FOREIGN KEY (municipality_id, audit_id) REFERENCES audit (municipality_id, id)
);
COMMENT ON TABLE audit_chain IS 'One link an audit row: hash = sha256(prev_hash, newline, canonical JSON of the row).';
COMMENT ON COLUMN audit_chain.body_version IS 'Which columns of the row are in its canonical JSON.';
SELECT protect_tenant('audit_chain', false);
GRANT SELECT, INSERT ON audit_chain TO nastavnik_engine;
GRANT SELECT ON audit_chain TO nastavnik_api, nastavnik_auditor;

CREATE TABLE audit_head (
    municipality_id bigint NOT NULL,
    chain_no bigint NOT NULL,
    hash text NOT NULL CHECK (length(hash) = 64),
    at timestamptz NOT NULL,
    key_id text NOT NULL DEFAULT '' CHECK (length(key_id) <= 64),
    signature text CHECK (length(signature) <= 200),
    PRIMARY KEY (municipality_id, chain_no, key_id),
    CHECK ((key_id = '') = (signature IS NULL))
);
COMMENT ON TABLE audit_head IS 'The end of the chain on one day. Worth something only when a copy lies elsewhere.';
COMMENT ON COLUMN audit_head.key_id IS 'Which key signed it; empty: no key was given and the head is not signed.';
SELECT protect_tenant('audit_head', false);
GRANT SELECT, INSERT ON audit_head TO nastavnik_engine;
GRANT SELECT ON audit_head TO nastavnik_api, nastavnik_auditor;
