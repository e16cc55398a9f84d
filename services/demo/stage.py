"""What the parts of the journey share: the people who act, the programme, the clock and the storyteller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.demo.client import Client, UnexpectedAnswerError

Say = Callable[[str], None]
SetClock = Callable[[str], None]


@dataclass(slots=True)
class Journey:
    """One school's way through the order. ``set_clock`` takes an ISO instant, '' for the real clock."""

    url: str
    say: Say
    set_clock: SetClock
    admin: Client
    methodist: Client
    curator: Client
    other_curator: Client
    municipality_id: int = 0
    school_id: int = 0
    other_school_id: int = 0
    programme_id: int = 0
    other_programme_id: int = 0
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

    def today(self, day: str, hour: int = 10) -> None:
        """Move the clock to a day of the story."""
        self.set_clock(f"{day}T{hour:02d}:00:00+03:00")

    def add(self, noun: str, **fields: Any) -> int:
        """Create a record of the programme; returns its id."""
        return int(self.curator.post(f"{self.programme}/{noun}", fields)["id"])

    def person(self, key: str, kind: str, name: str) -> int:
        """Create a person from 'Фамилия Имя Отчество'; returns its id."""
        family, given, *rest = name.split()
        body = {"kind": kind, "family_name": family, "given_name": given, "patronymic": " ".join(rest) or None}
        self.people[key] = int(self.curator.post("/people", body)["id"])
        return self.people[key]

    def consent(self, key: str, kind: str = "processing", *, given_on: str, by: str = "representative") -> None:
        """Record a consent of a person."""
        self.curator.post(
            f"/people/{self.people[key]}/consents",
            {
                "kind": kind,
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
