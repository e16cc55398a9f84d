"""A transition while PostgreSQL or Valkey is away: a clear answer, and nothing half-written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from deploy.embedded import postgres, valkey
from deploy.embedded.databases import prepare_database
from deploy.embedded.folders import temporary_data_folder
from services.api.app import create_app
from shared.db.migrate import migrate
from shared.settings import Settings
from tests.builders import School
from tests.conftest import FAST
from tests.http import Api

KILLABLE = FAST | {"synchronous_commit": "on"}
"""What a killed server must not lose is written before the answer; the machine itself stays up."""


@pytest.fixture
def own_postgres() -> Iterator[postgres.PostgresServer]:
    with temporary_data_folder() as folder, postgres.start(folder / "pg", settings=KILLABLE) as running:
        yield running


@pytest.fixture
def dsns(own_postgres: postgres.PostgresServer) -> dict[str, str]:
    """The addresses of a server that the test may kill."""
    made = prepare_database(own_postgres, "nastavnik")
    migrate(made["nastavnik_owner"])
    return made


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Here nobody is to wait long for a connection: there will be none."""
    return replace(settings, pool_timeout_seconds=1.0)


def test_while_postgresql_is_away_the_answer_is_503_and_the_key_may_be_retried(
    api: Api, own_postgres: postgres.PostgresServer, clock: Callable[[str], None]
) -> None:
    clock("2020-11-20T10:00:00+03:00")
    school = School.begin(api)
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    path = f"/programmes/{programme_id}/transitions"
    port, folder = own_postgres.port, own_postgres.data_dir
    own_postgres.kill()
    away = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k")
    assert (away.status_code, away.get_json()["code"]) == (503, "unavailable")
    assert away.headers["Retry-After"] == "2"
    ready = api.app.test_client().get("/readyz")
    assert (ready.status_code, api.app.test_client().get("/livez").status_code) == (503, 200)
    with postgres.start(folder, port=port, settings=KILLABLE):
        again = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k")
        while again.status_code == 503:
            again = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k")
        assert again.status_code == 200
        assert "Idempotent-Replayed" not in again.headers
        assert [e["seq"] for e in school.curator.get(f"/programmes/{programme_id}/events")["items"]] == [1, 2]


def test_while_valkey_is_away_transitions_go_on_and_readiness_is_degraded(
    settings: Settings, dsns: dict[str, str], clock: Callable[[str], None]
) -> None:
    clock("2020-11-20T10:00:00+03:00")
    with temporary_data_folder() as folder, valkey.start(folder / "valkey", appendonly=False) as own:
        app: Flask = create_app(replace(settings, valkey_url=own.url))
        school = School.begin(Api.begin(app, dsns["nastavnik_owner"]))
        programme_id = school.programme()
        school.meet_stage_one(programme_id)
        assert app.test_client().get("/readyz").get_json()["status"] == "ready"
        own.kill()
        assert school.curator.transition(programme_id, "advance")["programme"]["stage"] == "mentees"
        degraded = app.test_client().get("/readyz")
        assert (degraded.status_code, degraded.get_json()["status"]) == (200, "degraded")
        app.extensions["nastavnik"].database.close()
