"""Fixtures of the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.jobs.model import ProgrammeKey
from tests.worker.machinery import Engine, make_programme


@pytest.fixture
def programme(dsns: dict[str, str]) -> ProgrammeKey:
    """A programme without a single fact."""
    with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        return make_programme(conn, "Калининский район")


@pytest.fixture
def engine(dsns: dict[str, str], valkey_url: str, programme: ProgrammeKey) -> Iterator[Engine]:
    """The engine on fresh servers; its processes are stopped at the end."""
    made = Engine(dsns, valkey_url, programme)
    yield made
    made.stop()


@pytest.fixture
def holds_after(engine: Engine) -> Iterator[None]:
    """Whatever a test killed, what must always hold holds when all is still."""
    yield
    engine.stop()
    assert engine.broken() == []
