"""A consent is withdrawn while the stage advances: no event stands whose guard was false when it was committed.

Line 15 of the failure matrix. Both orders are forced by a writer that waits before its commit; then both are left to
chance, and PostgreSQL's own commit times say which came first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest
from werkzeug.test import TestResponse

from deploy.embedded import postgres
from deploy.embedded.databases import prepare_database
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.postgres import PostgresServer
from shared.access.model import Actor, Role
from shared.db.migrate import migrate
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.programme import actions
from shared.programme.model import Move
from shared.programme.writing import writing_school
from tests.api.lock_queue import wait_for_a_lock
from tests.builders import School
from tests.conftest import FAST, TEMPLATE, ConnAs
from tests.http import Api

TODAY = "2020-11-20"
NOW = f"{TODAY}T10:00:00+03:00"
ROUNDS = 15


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that keeps the time of every commit."""
    with (
        temporary_data_folder() as folder,
        postgres.start(folder / "pg", settings=FAST | {"track_commit_timestamp": "on"}) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def template(server: PostgresServer) -> str:
    migrate(prepare_database(server, TEMPLATE)["nastavnik_owner"])
    return TEMPLATE


@dataclass(frozen=True, slots=True)
class Stage:
    """A programme that may leave stage II while one consent, of its only mentee, is in force."""

    school: School
    programme_id: int
    consent_path: str
    conn_as: ConnAs

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.school.municipality_id, self.school.school_id)

    def advance(self, version: int) -> TestResponse:
        path = f"/programmes/{self.programme_id}/transitions"
        return self.school.curator.call("POST", path, {"trigger": "advance"}, version=version)

    def withdraw(self, version: int) -> TestResponse:
        return self.school.curator.call("PATCH", self.consent_path, {"withdrawn_on": TODAY}, version=version)

    def version(self) -> int:
        return self.school.curator.version(f"/programmes/{self.programme_id}")

    def again(self) -> None:
        """Bring the consent and the programme back to where a race begins."""
        self.school.curator.patch(self.consent_path, {"withdrawn_on": None})
        if self.school.curator.get(f"/programmes/{self.programme_id}")["stage"] != "mentees":
            self.school.curator.transition(self.programme_id, "reopen", to="mentees", reason="Ещё раз")

    @contextmanager
    def transaction(self) -> Iterator[Conn]:
        """A transaction of the API's role that commits when the block ends."""
        conn = self.conn_as("api", self.tenant)
        enter(conn, self.tenant, now=NOW)
        yield conn
        conn.commit()


@pytest.fixture
def stage(api: Api, clock: Callable[[str], None], conn_as: ConnAs) -> Stage:
    clock(NOW)
    school = School.begin(api)
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    school.curator.transition(programme_id, "advance")
    base = f"/programmes/{programme_id}"
    for source in ("parents", "homeroom_teachers", "psychologists", "career_tests"):
        school.curator.post(f"{base}/collections", {"source": source, "outcome": "used", "collected_on": "2020-11-10"})
    pupil = school.person()
    consent = school.consent(pupil)
    school.curator.post(f"{base}/mentees", {"person_id": pupil, "topics": ["учёба"]})
    return Stage(school, programme_id, f"/people/{pupil}/consents/{consent['id']}", conn_as)


def test_a_withdrawal_that_came_first_is_seen_by_the_advance_that_waited(stage: Stage, dsns: dict[str, str]) -> None:
    version = stage.version()
    with ThreadPoolExecutor(1) as pool:
        with stage.transaction() as conn, writing_school(conn, stage.school.school_id, feeds=True):
            conn.execute("UPDATE consent SET withdrawn_on = %s, version = version + 1", (TODAY,))
            moving = pool.submit(stage.advance, version)
            wait_for_a_lock(dsns["nastavnik_api"], moving)
        answer = moving.result(timeout=20)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "guards.unmet")
    assert "mentees_active" in {blocker["guard"] for blocker in answer.get_json()["blockers"]}
    assert stage.version() == version


def test_an_advance_that_came_first_is_made_before_the_withdrawal_counts(stage: Stage, dsns: dict[str, str]) -> None:
    version = stage.version()
    curator = Actor(stage.school.curator.get("/me")["principal_id"], Role.CURATOR, stage.tenant)
    with ThreadPoolExecutor(1) as pool:
        with stage.transaction() as conn:
            actions.move(conn, curator, stage.programme_id, Move("advance"), expected=version)
            withdrawing = pool.submit(stage.withdraw, 1)
            wait_for_a_lock(dsns["nastavnik_api"], withdrawing)
        answer = withdrawing.result(timeout=20)
    assert (answer.status_code, answer.get_json()["withdrawn_on"]) == (200, TODAY)
    assert _commit_times(stage)[0] < _commit_times(stage)[1]


def test_left_to_chance_no_advance_is_committed_after_the_withdrawal(stage: Stage) -> None:
    for turn in range(ROUNDS):
        version, consent = stage.version(), stage.school.curator.version(stage.consent_path)
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(_after, start, turn % 3 * 0.004, stage.advance, version)
            withdrawing = pool.submit(_after, start, 0.002, stage.withdraw, consent)
            moved, withdrawn = moving.result(timeout=30), withdrawing.result(timeout=30)
        assert withdrawn.status_code == 200, withdrawn.get_data(as_text=True)
        if moved.status_code == 200:
            event, withdrawal = _commit_times(stage)
            assert event < withdrawal, f"round {turn}: the event was committed after the consent was withdrawn"
        else:
            assert moved.get_json()["code"] == "guards.unmet"
            assert stage.version() == version
        stage.again()


def _after(start: threading.Barrier, delay: float, deed: Callable[[int], TestResponse], version: int) -> TestResponse:
    start.wait()
    time.sleep(delay)
    return deed(version)


def _commit_times(stage: Stage) -> tuple[datetime, datetime]:
    """Return when the last event and the last change of the consent were committed."""
    conn = stage.conn_as("api", stage.tenant)
    row = conn.execute(
        "SELECT (SELECT pg_xact_commit_timestamp(xmin) FROM programme_event ORDER BY seq DESC LIMIT 1) AS event,"
        " (SELECT pg_xact_commit_timestamp(xmin) FROM consent) AS consent"
    ).fetchone()
    assert row is not None
    return row["event"], row["consent"]
