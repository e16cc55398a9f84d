"""What the parts of a journey share: one school's programme, who acts in it, its calendar and the storyteller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.demo.client import Client, UnexpectedAnswerError

Say = Callable[[str], None]
SetClock = Callable[[str], None]
SEPTEMBER = 9
CAST_PER_SCHOOL = 13


def silent(_text: str) -> None:
    """Tell nothing, or set no clock."""


@dataclass(slots=True)
class Journey:
    """One school's way through the order. ``year``: the year its school year begins in.

    Days of the story are written 'MM-DD' and fall into that school year. ``set_clock`` takes an ISO instant, ''
    for the real clock; where the clock is not ours (``latest`` is then today), no fact is dated later than that.
    ``number`` picks the people: two schools of different numbers have different names.
    """

    methodist: Client
    curator: Client
    say: Say = silent
    set_clock: SetClock = silent
    year: int = 2020
    latest: date | None = None
    number: int = 0
    school_id: int = 0
    programme_id: int = 0
    people: dict[str, int] = field(default_factory=dict)
    mentees: dict[str, int] = field(default_factory=dict)
    mentors: dict[str, int] = field(default_factory=dict)
    pairs: dict[str, int] = field(default_factory=dict)
    trainings: dict[str, int] = field(default_factory=dict)
    surveys: dict[str, int] = field(default_factory=dict)

    @property
    def programme(self) -> str:
        """Path of the programme."""
        return f"/programmes/{self.programme_id}"

    @property
    def school_year(self) -> str:
        """The school year as it is written: '2020/21'."""
        return f"{self.year}/{(self.year + 1) % 100:02d}"

    def plan(self, day: str) -> str:
        """Return a day of the story as an ISO date; plans may lie ahead."""
        year = self.year if int(day[:2]) >= SEPTEMBER else self.year + 1
        return f"{year}-{day}"

    def on(self, day: str) -> str:
        """Return the ISO date of a fact: the day of the story, or ``latest`` where that has not come yet."""
        planned = self.plan(day)
        return planned if self.latest is None else min(planned, self.latest.isoformat())

    def today(self, day: str, hour: int = 10) -> None:
        """Move the clock to a day of the story."""
        self.set_clock(f"{self.plan(day)}T{hour:02d}:00:00+03:00")

    def cast(self, place: int) -> int:
        """Return the number of the person at this place of the school's cast."""
        return self.number * CAST_PER_SCHOOL + place

    def add(self, noun: str, **fields: Any) -> int:
        """Create a record of the programme; returns its id."""
        return int(self.curator.post(f"{self.programme}/{noun}", fields)["id"])

    def person(self, key: str, kind: str, name: str) -> int:
        """Create a person from 'Фамилия Имя Отчество'; returns its id."""
        family, given, *rest = name.split()
        body = {"kind": kind, "family_name": family, "given_name": given, "patronymic": " ".join(rest) or None}
        self.people[key] = int(self.curator.post("/people", body)["id"])
        return self.people[key]

    def consent(self, key: str, *, given: str, by: str = "representative") -> None:
        """Record a person's consent to processing, given on a day of the story."""
        given_on = self.on(given)
        self.curator.post(
            f"/people/{self.people[key]}/consents",
            {
                "kind": "processing",
                "given_by": by,
                "representative": "Законный представитель" if by == "representative" else None,
                "given_on": given_on,
                "document": f"Согласие от {given_on}",
            },
        )

    def refused(self, trigger: str, expected: set[str]) -> list[dict[str, Any]]:
        """Be refused a transition for exactly the ``expected`` guards, and tell the reasons."""
        problem = self.curator.transition(self.programme_id, trigger, status=409)
        blockers: list[dict[str, Any]] = problem["blockers"]
        found = {blocker["guard"] for blocker in blockers}
        if found != expected:
            raise UnexpectedAnswerError(f"{trigger}: blocked by {sorted(found)}, expected {sorted(expected)}")
        self.say(f"  ✗ {problem['detail']}")
        for blocker in blockers:
            self.say(f"      {blocker['activity'] or '—'}  {blocker['detail']}  → {blocker['link']}")
        return blockers

    def advanced(self, trigger: str = "advance") -> dict[str, Any]:
        """Make a transition that must succeed, and tell it."""
        moved: dict[str, Any] = self.curator.transition(self.programme_id, trigger)
        now = self.curator.get(self.programme)
        self.say(f"  ✓ {now['stage_name']}  ({now['summary']})")
        return moved
