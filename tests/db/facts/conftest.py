"""One database with one whole programme for all tests of facts; every test works in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from deploy.embedded.databases import clone_database, drop_database
from deploy.embedded.postgres import PostgresServer
from shared.db.pool import Conn, connect_options
from shared.db.tenancy import Tenant
from shared.pack.library import shipped_packs
from shared.pack.model import Pack
from shared.settings import Settings
from tests.builders_world import World, act_for, build_world

_OPTIONS = connect_options(Settings(), "test") | {"autocommit": False}


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The order."""
    return next(pack for pack in shipped_packs() if (pack.code, pack.version) == ("order_428", 1))


@pytest.fixture(scope="session")
def world_dsns(server: PostgresServer, template: str) -> Iterator[dict[str, str]]:
    """Addresses of the database with the world."""
    yield clone_database(server, template, "facts_world")
    drop_database(server, "facts_world")


@pytest.fixture(scope="session")
def built(world_dsns: dict[str, str]) -> World:
    """The world, committed."""
    with _open(world_dsns, "api") as api, _open(world_dsns, "engine") as engine:
        return build_world(api, engine)


@pytest.fixture
def world(built: World, world_dsns: dict[str, str]) -> Iterator[World]:
    """The world in a transaction of the API's role that is rolled back."""
    with _open(world_dsns, "api") as conn:
        yield _entered(built, conn, Tenant(built.municipality_id))
        conn.rollback()


@pytest.fixture
def engine_world(built: World, world_dsns: dict[str, str]) -> Iterator[World]:
    """The same for the engine's role: it alone writes results."""
    with _open(world_dsns, "engine") as conn:
        yield _entered(built, conn, Tenant(built.municipality_id, built.school_id))
        conn.rollback()


def _entered(built: World, conn: Conn, tenant: Tenant) -> World:
    act_for(conn, tenant)
    return replace(built, conn=conn, rows=dict(built.rows))


def _open(dsns: dict[str, str], role: str) -> Conn:
    return psycopg.connect(dsns[f"nastavnik_{role}"], **_OPTIONS)
