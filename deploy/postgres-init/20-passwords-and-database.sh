#!/bin/sh
# Gives our roles (10-roles.sql makes them) the passwords of the secret files, and makes the empty database.
# The postgres image runs it once, on an empty data folder. Running it again by hand is how passwords are changed:
#   docker compose exec postgres /docker-entrypoint-initdb.d/20-passwords-and-database.sh
# Passwords are read by psql itself, so they stand in no argument list and no environment.
set -eu
export SECRETS="${SECRETS:-/run/secrets}"
superuser="${POSTGRES_USER:-postgres}"

run_sql() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$superuser" --dbname postgres "$@"
}

set_password() { # role, name of its secret
    SECRET="$2" run_sql --set role="$1" <<'SQL'
\set password `cat "$SECRETS/$SECRET"`
ALTER ROLE :"role" PASSWORD :'password';
SQL
}

parts="owner api respondent engine auditor"
for secret in postgres $parts; do
    if ! [ -s "$SECRETS/${secret}_password" ]; then
        echo "nastavnik: the secret ${secret}_password is missing or empty; nothing was changed" >&2
        exit 1
    fi
done
for part in $parts; do
    set_password "nastavnik_$part" "${part}_password"
done
set_password "$superuser" postgres_password

run_sql <<'SQL'
SELECT 'CREATE DATABASE nastavnik OWNER nastavnik_owner TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'nastavnik')
\gexec
SQL
