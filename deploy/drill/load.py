"""Clients that walk programmes through their stages and ask for jobs over HTTP, and keep what was acknowledged.

Knows the API alone. What a client was told is what must be there after a restore.
"""

from __future__ import annotations

import http.client
import itertools
import threading
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.demo.client import Answer, Client, UnexpectedAnswerError
from services.demo.journey import school_year_of
from services.demo.opening import begin_programme, token_of
from services.demo.stage import Journey
from services.seed.plan import TO_END

_LOST = (OSError, http.client.HTTPException, UnexpectedAnswerError, KeyError, ValueError)
"""What a client meets while everything is killed around it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A transition that the API answered with 200."""

    programme_id: int
    trigger: str
    stage: str


@dataclass(slots=True)
class Listener(Client):
    """A client that keeps each acknowledged transition in a list it shares with its like."""

    told: list[Told] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Answer:
        """Send, and remember."""
        answer = Client.call(self, method, path, body, **how)
        if method == "POST" and path.endswith("/transitions") and answer.status == 200:
            programme_id = int(path.split("/")[2])
            self.told.append(Told(programme_id, body["trigger"], answer.body["to"]))
        if method == "POST" and answer.status == 202:
            self.jobs.append(answer.body["id"])
        return answer


class Load:
    """Schools side by side, each walking one programme after the other, and somebody who asks for jobs meanwhile.

    ``first``: the number of the first school, which no school before may have had.
    """

    def __init__(self, admin: Listener, *, schools: int, today: date, first: int = 1) -> None:
        self._admin, self._today = admin, today
        self._methodist = admin.account(token_of(admin, "Методист", "methodist", None))
        self._is_over = threading.Event()
        self._numbers = itertools.count(first)
        self._programmes: list[tuple[Client, str]] = []
        self.errors: list[str] = []
        """What went wrong before the end."""
        self._threads = [threading.Thread(target=self._walk, daemon=True) for _ in range(schools)]
        self._threads.append(threading.Thread(target=self._ask, daemon=True))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """From now on what fails is no error; call before anything is killed."""
        self._is_over.set()

    def join(self) -> None:
        """Wait until every client has given up."""
        for thread in self._threads:
            thread.join(90)

    def walk_one(self, steps: int) -> Journey:
        """Walk one school through so many steps of the way to completion; every one must succeed."""
        journey = self._begin()
        for step in TO_END[:steps]:
            step(journey)
        return journey

    def enter_somebody(self) -> tuple[Client, str]:
        """Make a pupil of a school without a programme; return the curator and the pupil's path."""
        school_id = self._methodist.post("/schools", {"name": "Школа учения без программ"})["id"]
        curator = self._admin.account(token_of(self._methodist, "Куратор", "curator", school_id))
        fields = {"kind": "pupil", "family_name": "Уничтожаемый", "given_name": "Иван"}
        return curator, f"/people/{curator.post('/people', fields)['id']}"

    def _begin(self) -> Journey:
        number = next(self._numbers)
        school_id = self._methodist.post("/schools", {"name": f"Школа учения № {number}"})["id"]
        curator = self._admin.account(token_of(self._methodist, f"Куратор {number}", "curator", school_id))
        year = school_year_of(self._today) - 1
        journey = Journey(self._methodist, curator, year=year, latest=self._today, number=number, school_id=school_id)
        begin_programme(journey)
        self._programmes.append((curator, journey.programme))
        return journey

    def _walk(self) -> None:
        try:
            while not self._is_over.is_set():
                journey = self._begin()
                for step in TO_END:
                    if self._is_over.is_set():
                        return
                    step(journey)
        except _LOST as error:
            self._blame(error)

    def _ask(self) -> None:
        try:
            while not self._is_over.wait(0.05):
                for curator, programme in self._programmes[-1:]:
                    curator.call("POST", f"{programme}/feedback-summary")
        except _LOST as error:
            self._blame(error)

    def _blame(self, error: Exception) -> None:
        if not self._is_over.is_set():
            self.errors.append(f"{type(error).__name__}: {error}")
