-- Database roles. Run once by a superuser; running it again changes nothing. Passwords are set apart from here.
-- None is superuser or BYPASSRLS; only the owner may change the schema, and no process but the migrations uses it.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['owner', 'api', 'respondent', 'engine', 'auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nastavnik_' || name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT',
                           'nastavnik_' || name);
        END IF;
    END LOOP;
END
$$;
