"""A programme and its history as values; knows no SQL and no rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Programme:
    """One school, one school year, one pack. ``version`` is the number of its last event."""

    municipality_id: int
    school_id: int
    id: int
    school_year: int
    pack_code: str
    pack_version: int
    stage: str
    resume_stage: str | None
    version: int
    inputs_version: int


@dataclass(frozen=True, slots=True)
class Move:
    """What a client asks of the machine. ``due_on``: from when lateness counts anew (reopen only)."""

    trigger: str
    to: str | None = None
    reason: str | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the history. ``body`` is the canonical JSON that the hash covers."""

    seq: int
    at: datetime
    trigger: str
    src: str | None
    dst: str
    actor_id: int
    body: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A trigger as offered to somebody: possible or blocked, with what blocks it."""

    trigger: str
    dst: str
    is_allowed: bool
    by_role: bool
    report: Any
