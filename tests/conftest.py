"""Real servers for the tests: one PostgreSQL and one Valkey a test process, a fresh database a test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hypothesis
import psycopg
import pytest
import redis
from flask import Flask
from jinja2 import StrictUndefined

from deploy.embedded import postgres, valkey
from deploy.embedded.databases import clone_database, drop_database, prepare_database, settings_of
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.postgres import PostgresServer
from services.api.app import create_app, serve
from shared.db.migrate import migrate
from shared.db.pool import Conn, connect_options
from shared.db.tenancy import Tenant, enter
from shared.settings import Settings, load_settings
from tests.http import Api

# A shared machine is slow at any moment: time is measured in bench/, never judged in a test.
hypothesis.settings.register_profile("nastavnik", deadline=None)
hypothesis.settings.load_profile("nastavnik")

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB"}
TEMPLATE = "nastavnik_template"
ConnAs = Callable[[str, Tenant | None], Conn]


LONG_FIRST = frozenset({"contract", "simulation", "e2e", "browser", "deploy", "embedded"})
"""Folders with few and long tests: begun last, one of their files would keep the other processor waiting."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files before the others, in whatever order they were drawn."""
    items.sort(key=lambda item: LONG_FIRST.isdisjoint(item.path.parts))


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process alone."""
    with temporary_data_folder() as folder, postgres.start(folder / "pg", settings=FAST) as running:
        yield running


@pytest.fixture(scope="session")
def template(server: PostgresServer) -> str:
    """A migrated database that every test copies."""
    dsns = prepare_database(server, TEMPLATE)
    migrate(dsns["nastavnik_owner"])
    return TEMPLATE


@pytest.fixture
def dsns(server: PostgresServer, template: str) -> Iterator[dict[str, str]]:
    """Role -> address of a fresh database."""
    name = f"t_{uuid.uuid4().hex}"
    yield clone_database(server, template, name)
    drop_database(server, name)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """Address of a Valkey of this test process alone."""
    with temporary_data_folder() as folder, valkey.start(folder / "valkey", appendonly=False) as running:
        yield running.url


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """Address of an empty Valkey."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


@pytest.fixture
def clock(tmp_path: Path) -> Callable[[str], None]:
    """Set the instant that the application takes as now: clock('2020-11-10T10:00:00+03:00')."""
    path = tmp_path / "clock"
    path.write_text("", encoding="ascii")

    def set_to(instant: str) -> None:
        path.write_text(instant, encoding="ascii")

    return set_to


@pytest.fixture
def settings(dsns: dict[str, str], valkey_url: str, tmp_path: Path, clock: Callable[[str], None]) -> Settings:
    """Settings of an application on the fresh database."""
    return load_settings(
        {
            **settings_of(dsns),
            "NASTAVNIK_VALKEY_URL": valkey_url,
            "NASTAVNIK_SECRETS_KEY": "key-of-the-tests-alone-0123456789",
            "NASTAVNIK_ENVIRONMENT": "test",
            "NASTAVNIK_CLOCK_FILE": str(tmp_path / "clock"),
            "NASTAVNIK_LOG_LEVEL": "ERROR",
            "NASTAVNIK_POOL_TIMEOUT_SECONDS": "10",  # a busy machine is no outage
        }
    )


@pytest.fixture(scope="session")
def built() -> Flask:
    """The application without a test's settings: most of a second, so once a process.

    A misspelt name in a template is an error here, not an empty place on the page.
    """
    made = create_app(Settings(database_url="unused", respondent_database_url="unused", environment="test"))
    made.jinja_env.undefined = StrictUndefined
    return made


@pytest.fixture
def app(built: Flask, settings: Settings) -> Iterator[Flask]:
    """The application on the fresh database; its pools are closed at the end."""
    serve(built, settings)
    held = built.extensions["nastavnik"]
    yield built
    held.database.close()
    held.respondents.close()


@pytest.fixture
def api(app: Flask, dsns: dict[str, str]) -> Api:
    """A client of the application, with its first administrator."""
    return Api.begin(app, dsns["nastavnik_owner"])


@pytest.fixture
def conn_as(dsns: dict[str, str]) -> Iterator[ConnAs]:
    """Open a connection as a database role, inside a transaction of a tenant; rolled back at the end."""
    with ExitStack() as stack:

        @contextmanager
        def opened(role: str, tenant: Tenant | None) -> Iterator[Conn]:
            options = connect_options(Settings(), "test") | {"autocommit": False}
            with psycopg.connect(dsns[f"nastavnik_{role}"], **options) as conn:
                conn.execute("SELECT 1")
                if tenant is not None:
                    enter(conn, tenant)
                yield conn
                conn.rollback()

        def open_one(role: str, tenant: Tenant | None = None) -> Conn:
            return stack.enter_context(opened(role, tenant))

        yield open_one
