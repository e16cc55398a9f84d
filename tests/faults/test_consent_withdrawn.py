"""Row 15: a consent is withdrawn while the stage advances, through gunicorn's processes, one of which is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from services.api.app import create_app
from shared.settings import load_settings
from tests.builders import School as Built
from tests.faults.caller import Caller, Reply
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial
from tests.faults.world import School
from tests.http import Api

TODAY = "2021-05-20"
SOURCES = ("parents", "homeroom_teachers", "psychologists", "career_tests")
_COMMITTED = """
SELECT (SELECT pg_xact_commit_timestamp(xmin) FROM programme_event WHERE programme_id = %s
        ORDER BY seq DESC LIMIT 1) AS event,
       (SELECT pg_xact_commit_timestamp(xmin) FROM consent WHERE id = %s) AS consent
"""


@dataclass(frozen=True, slots=True)
class Race:
    """A programme that may leave stage II while one consent, of its only mentee, is in force; a caller a thread."""

    system: System
    programme: int
    consent: int
    path: str
    mover: Caller
    withdrawer: Caller

    def advance(self, version: int) -> Reply:
        return self.mover.transition(self.programme, "advance", version=version)

    def withdraw(self, version: int) -> Reply:
        return self.withdrawer.do("PATCH", self.path, {"withdrawn_on": TODAY}, version=version)

    def version(self) -> int:
        found = self.mover.programme(self.programme).version
        assert found is not None
        return found

    def consent_version(self) -> int:
        found = self.withdrawer.do("GET", self.path).version
        assert found is not None
        return found

    def again(self) -> None:
        """Bring the consent and the programme back to where a race begins."""
        given = {"withdrawn_on": None}
        assert self.withdrawer.do("PATCH", self.path, given, version=self.consent_version()).status == 200
        reply = self.mover.programme(self.programme)
        if reply.body["stage"] != "mentees":
            back = {"to": "mentees", "reason": "Ещё раз"}
            version = reply.version
            assert version is not None
            assert self.mover.transition(self.programme, "reopen", version=version, **back).status == 200

    def committed(self) -> tuple[datetime, datetime]:
        """Return when the last event and the last change of the consent were committed."""
        row = self.system.rows(_COMMITTED, self.programme, self.consent)[0]
        return row["event"], row["consent"]


def begin(trial: Trial, system: System) -> Race:
    """Make the programme as its users would, with the verbs of the API in this process."""
    app = create_app(load_settings(system.stack.env))
    api = Api.begin(app, system.dsns["nastavnik_owner"])
    built = Built.begin(api, f"Согласие {trial.rng.getrandbits(32):x}")
    programme = built.programme()
    built.meet_stage_one(programme)
    built.curator.transition(programme, "advance")
    for source in SOURCES:
        collection = {"source": source, "outcome": "used", "collected_on": "2020-11-10"}
        built.curator.post(f"/programmes/{programme}/collections", collection)
    pupil = built.person()
    consent = built.consent(pupil)["id"]
    built.curator.post(f"/programmes/{programme}/mentees", {"person_id": pupil, "topics": ["учёба"]})
    for database in (app.extensions["nastavnik"].database, app.extensions["nastavnik"].respondents):
        database.close()
    curator, methodist = built.curator.token, built.methodist.token
    school = School(built.municipality_id, built.school_id, programme, curator, methodist, version=2)
    trial.schools.append(school)
    mover, withdrawer = trial.caller(system, curator), trial.caller(system, curator)
    return Race(system, programme, consent, f"/people/{pupil}/consents/{consent}", mover, withdrawer)


def _together(start: threading.Barrier, deed: Callable[[int], Reply], version: int) -> Reply:
    start.wait(60)
    return deed(version)


def test_no_advance_is_committed_after_the_consent_it_stands_on_was_withdrawn(trial: Trial, system: System) -> None:
    rounds = trial.scale.of(12, 150)
    trial.of(15, f"{rounds} races of an advance and a withdrawal over HTTP, an API process killed in every third")
    race = begin(trial, system)
    for turn in range(rounds):
        version, consent = race.version(), race.consent_version()
        start = threading.Barrier(3)
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(_together, start, race.advance, version)
            withdrawing = pool.submit(_together, start, race.withdraw, consent)
            start.wait(60)
            if turn % 3 == 2:
                system.family("api")[1].kill()
                trial.injected("SIGKILL of an API process during the race")
            moved, withdrawn = moving.result(120), withdrawing.result(120)
        assert withdrawn.status in (200, 412), "412: it had been done before the answer was lost"
        if moved.status == 200:
            event, withdrawal = race.committed()
            assert event < withdrawal, f"round {turn}: committed after the consent was withdrawn"
        else:
            assert moved.body["code"] == "guards.unmet"
            assert race.version() == version
        race.again()
        wait_until(lambda: len(system.family("api")) > 2, "gunicorn has replaced its process")
    trial.verify(system)
