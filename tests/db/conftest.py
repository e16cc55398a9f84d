"""Fixtures of the audit log's tests: who links it, deeds to be linked, and a superuser who tampers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from deploy.embedded.postgres import PostgresServer
from shared.db.pool import Database
from shared.settings import Settings
from tests.db.chained import MUNICIPALITY, Tamper, api, record


@pytest.fixture
def engine(dsns: dict[str, str]) -> Iterator[Database]:
    made = Database(dsns["nastavnik_engine"], replace(Settings(), pool_size=2), name="test")
    yield made
    made.close()


@pytest.fixture
def act(dsns: dict[str, str]) -> Callable[..., None]:
    """Do so many deeds in one transaction: act(3, 'school.update', municipality=7)."""

    def done(count: int = 1, action: str = "school.update", *, municipality: int = MUNICIPALITY) -> None:
        with api(dsns, municipality) as conn:
            for number in range(count):
                record(conn, action, number, municipality=municipality)

    return done


@pytest.fixture
def tamper(dsns: dict[str, str], server: PostgresServer) -> Tamper:
    """Change the rows as a superuser whom neither triggers nor foreign keys hold up."""
    name = psycopg.conninfo.conninfo_to_dict(dsns["nastavnik_owner"])["dbname"]

    def done(*statements: str) -> None:
        with psycopg.connect(server.dsn(str(name), "postgres")) as conn:
            conn.execute("SET session_replication_role = replica")
            for statement in statements:
                conn.execute(statement.encode())

    return done
