"""Our roles and databases on a PostgreSQL server, and copies of a database for tests.

Knows role names and deploy/roles.sql; must not know tables (the migrations do).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import psycopg
from psycopg import sql

from deploy.embedded.postgres import PostgresServer

OWNER = "nastavnik_owner"
ROLE_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        OWNER: "NASTAVNIK_OWNER_DATABASE_URL",
        "nastavnik_api": "NASTAVNIK_DATABASE_URL",
        "nastavnik_respondent": "NASTAVNIK_RESPONDENT_DATABASE_URL",
        "nastavnik_engine": "NASTAVNIK_ENGINE_DATABASE_URL",
        "nastavnik_auditor": "NASTAVNIK_AUDITOR_DATABASE_URL",
    }
)
"""Database role -> the setting that carries its address to our processes."""
_ROLES_FILE = Path(__file__).resolve().parents[1] / "roles.sql"
_FEW_ROUNDS = """SELECT set_config(name, '1', false) FROM pg_settings WHERE name = 'scram_iterations'"""
"""Rounds make guessing a password slow; ours are random, nobody guesses them, and every job of a child logs in."""
_LOCK = 4280_0001
"""Advisory lock: roles belong to the whole server, and two changes of one role at once fail."""


def prepare_database(server: PostgresServer, name: str) -> dict[str, str]:
    """Make the roles and, unless it is there, the empty database `name` owned by nastavnik_owner.

    Returns role -> address of the database. May be repeated, and called by many processes at once.
    """
    with _as_superuser(server) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        conn.execute(_ROLES_FILE.read_bytes())
        conn.execute(_FEW_ROUNDS)
        dsns = role_dsns(server, name)
        for role, dsn in dsns.items():
            password = psycopg.conninfo.conninfo_to_dict(dsn)["password"]
            conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), str(password)))
        if conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            statement = "CREATE DATABASE {} OWNER {} TEMPLATE template0"
            conn.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(OWNER)))
    return dsns


def clone_database(server: PostgresServer, template: str, name: str) -> dict[str, str]:
    """Copy `template` (nobody may be connected to it) to a new database; returns role -> address."""
    statement = "CREATE DATABASE {} OWNER {} TEMPLATE {}"
    parts = [sql.Identifier(part) for part in (name, OWNER, template)]
    with _as_superuser(server) as conn:
        conn.execute(sql.SQL(statement).format(*parts))
    return role_dsns(server, name)


def drop_database(server: PostgresServer, name: str) -> None:
    """Remove a database, ending its connections; harmless when there is none."""
    with _as_superuser(server) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def role_dsns(server: PostgresServer, name: str) -> dict[str, str]:
    """Role -> address of the database `name`, which need not exist yet."""
    return {role: server.dsn(name, role) for role in ROLE_SETTINGS}


def settings_of(dsns: Mapping[str, str]) -> dict[str, str]:
    """The same addresses as settings: {'NASTAVNIK_DATABASE_URL': ..}."""
    return {ROLE_SETTINGS[role]: dsn for role, dsn in dsns.items()}


@contextmanager
def _as_superuser(server: PostgresServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.superuser_dsn, autocommit=True) as conn:
        yield conn
