"""A fresh database for a batch of seeds; each seed has a municipality of its own in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from deploy.embedded.databases import clone_database, drop_database
from deploy.embedded.postgres import PostgresServer
from tests.simulation.simulation import Stage, staged


@pytest.fixture
def stage(server: PostgresServer, template: str) -> Iterator[Stage]:
    """What a batch of seeds is played on."""
    name = f"sim_{uuid.uuid4().hex}"
    dsns = clone_database(server, template, name)
    with staged(dsns, server.dsn(name, "postgres")) as made:
        yield made
    drop_database(server, name)
