"""The world of the fuzz: built once, given to each writing operation as a fresh copy."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from deploy.embedded.databases import clone_database, drop_database, settings_of
from deploy.embedded.postgres import PostgresServer
from services.api.state import open_state
from shared.settings import load_settings
from tests.contract.exposed import APP
from tests.contract.world import NOW, World, build
from tests.http import Api

WORLD = "nastavnik_contract_world"


@dataclass(frozen=True, slots=True)
class Ground:
    """The application on a database of its own; ``dsn`` is a superuser's."""

    app: Flask
    world: World
    dsn: str


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give every operation a test id of its own: pytest 9.2 leaves it out, and xdist runs each id only once."""
    label = getattr(item, "operation_label", None)
    if label is not None and label not in item.nodeid:
        item._id = item.id.with_params(label)


@pytest.fixture(scope="session")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("contract") / "clock"
    path.write_text(NOW, encoding="ascii")
    return path


@pytest.fixture(scope="session")
def world(server: PostgresServer, template: str, valkey_server: str, clock_file: Path) -> World:
    """Built in a database that nobody else writes into."""
    dsns = clone_database(server, template, WORLD)
    with _serving(dsns, valkey_server, clock_file) as app:
        return build(Api.begin(app, dsns["nastavnik_owner"]), server.dsn(WORLD, "postgres"))


@pytest.fixture
def ground(server: PostgresServer, world: World, valkey_server: str, clock_file: Path) -> Iterator[Ground]:
    """The world for one operation."""
    name = f"c_{uuid.uuid4().hex}"
    dsns = clone_database(server, WORLD, name)
    with _serving(dsns, valkey_server, clock_file) as app:
        yield Ground(app, world, server.dsn(name, "postgres"))
    drop_database(server, name)


@pytest.fixture(scope="module")
def shared_ground(server: PostgresServer, world: World, valkey_server: str, clock_file: Path) -> Iterator[Ground]:
    """The world for operations that only read."""
    name = f"c_{uuid.uuid4().hex}"
    dsns = clone_database(server, WORLD, name)
    with _serving(dsns, valkey_server, clock_file) as app:
        yield Ground(app, world, server.dsn(name, "postgres"))
    drop_database(server, name)


@contextmanager
def _serving(dsns: dict[str, str], valkey: str, clock: Path) -> Iterator[Flask]:
    """Put the one application on a database: making a new one takes longer than all calls of an operation."""
    before = APP.extensions["nastavnik"]
    state = open_state(
        load_settings(
            {
                **settings_of(dsns),
                "NASTAVNIK_VALKEY_URL": valkey,
                "NASTAVNIK_SECRETS_KEY": "key-of-the-tests-alone-0123456789",
                "NASTAVNIK_ENVIRONMENT": "test",
                "NASTAVNIK_CLOCK_FILE": str(clock),
                "NASTAVNIK_LOG_LEVEL": "ERROR",
                "NASTAVNIK_WEBHOOK_HOSTS": "hooks.example.org",
            }
        )
    )
    APP.extensions["nastavnik"] = state
    try:
        yield APP
    finally:
        state.database.close()
        state.respondents.close()
        APP.extensions["nastavnik"] = before
