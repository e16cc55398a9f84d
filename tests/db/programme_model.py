"""What a programme should be after any moves, in plain values and a few lines.

Knows the order's table of moves, who may use them, and which fact each stage is shown by; it knows no SQL, no hashes
and none of the code under test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.access.model import Actor
from shared.errors import FieldsInvalid, Forbidden, GuardsUnmet, VersionMismatch, WrongState

STAGES = ["conditions", "mentees", "mentors", "training", "pairing", "work", "closing"]
OVER = {"completed", "cancelled"}
TRIGGERS = ["advance", "complete", "reopen", "suspend", "resume", "cancel"]
REASONED = {"reopen", "suspend", "resume", "cancel"}
ROLES = {
    "advance": {"curator", "methodist"},
    "complete": {"curator", "methodist"},
    "reopen": {"curator"},
    "suspend": {"methodist"},
    "resume": {"methodist"},
    "cancel": {"methodist"},
}
SHOWN_BY = {
    "regulation": "conditions",
    "informed_staff": "conditions",
    "curator_duty": "conditions",
    "approval": "conditions",
    "collection_parents": "mentees",
    "criterion_2": "training",
    "waiting": "pairing",
    "task_live": "work",
}
"""A fact -> the stage that cannot be left without it."""
CARRIED = "trained_t"
"""The training of a selected mentor: not asked by its own stage, but on leaving `work`."""


@dataclass
class Model:
    """What should be, in plain values."""

    stage: str = "conditions"
    resume_stage: str | None = None
    history: list[tuple[str, str | None, str, int]] = field(default_factory=list)
    jobs: list[tuple[str, str]] = field(default_factory=list)
    reasons: int = 0
    missing: set[str] = field(default_factory=set)
    is_filled: bool = False
    is_closed: bool = False
    inputs: int = 0
    computed: int | None = None

    @property
    def version(self) -> int:
        return len(self.history)

    def destination(self, trigger: str, to: str | None) -> str | None:
        """Where the table leads, None where it leads nowhere."""
        if self.stage in STAGES:
            place = STAGES.index(self.stage)
            return {
                "advance": STAGES[place + 1] if place < 6 else None,
                "complete": "completed" if place == 6 else None,
                "reopen": to if to in STAGES[:place] else None,
                "suspend": "suspended",
                "cancel": "cancelled",
                "resume": None,
            }[trigger]
        if self.stage == "suspended":
            return {"resume": self.resume_stage, "cancel": "cancelled"}.get(trigger)
        return "closing" if (self.stage, trigger, to) == ("completed", "reopen", "closing") else None

    def outcomes(self, trigger: str, to: str | None, actor: Actor, *, is_stale: bool, has_reason: bool) -> set[type]:
        """What may come of an attempt; type(None) is success."""
        allowed = {"methodist"} if (trigger, self.stage) == ("reopen", "completed") else ROLES[trigger]
        if actor.role.value not in allowed:
            return {Forbidden}
        if is_stale:
            return {VersionMismatch}
        if self.destination(trigger, to) is None:
            return {WrongState}
        if trigger in REASONED and not has_reason:
            return {FieldsInvalid}
        return {"advance": self._advancing, "complete": self._completing}.get(trigger, lambda: {type(None)})()

    def _advancing(self) -> set[type]:
        asked = {fact for fact in self.missing if SHOWN_BY.get(fact) == self.stage}
        if self.stage == "work" and self.is_closed:
            # The pair has ended meanwhile: whether its lost task still counts is the guards' own test.
            asked.discard("task_live")
            if "task_live" in self.missing and CARRIED not in self.missing:
                return {type(None), GuardsUnmet}
        if self.stage == "work" and CARRIED in self.missing:
            asked.add(CARRIED)
        return {type(None)} if self.is_filled and not asked else {GuardsUnmet}

    def _completing(self) -> set[type]:
        if not self.is_closed or self.inputs != self.computed or CARRIED in self.missing:
            return {GuardsUnmet}
        return {type(None), GuardsUnmet} if self.missing else {type(None)}

    def move(self, trigger: str, dst: str, actor: Actor) -> None:
        self.history.append((trigger, self.stage, dst, actor.principal_id))
        self.resume_stage = self.stage if trigger == "suspend" else None
        self.stage = dst
        if trigger == "advance" and dst == "closing":
            self.jobs.append((f"event:{self.version}", "aggregate_feedback"))
        if trigger == "reopen":
            self.inputs += 1
