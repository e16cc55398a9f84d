"""Reads what lateness is judged by: fulfilments, suspensions, reopenings, the schedule; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.programme.machine import CANCELLED, COMPLETED, REOPEN, RESUME, SUSPEND, SUSPENDED
from shared.programme.schedule import Schedule, schedule_from


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The first time an activity was fulfilled, and the local day on which that was entered."""

    fulfilled_on: date
    recorded_on: date


@dataclass(frozen=True, slots=True)
class Reopening:
    """A step back from ``src`` to ``dst``; ``due_on``: from when lateness counts anew, if a date was set."""

    on: date
    src: str
    dst: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """One programme in time. Suspension spans run to the day of the resume, None while open.

    ``fulfilments`` by activity key, and by ``carried_key`` for a carried guard. ``ended_on``: when a
    programme that is over was completed or cancelled.
    """

    today: date
    stage: str
    resume_stage: str | None
    schedule: Schedule
    fulfilments: Mapping[str, Fulfilment]
    suspensions: tuple[tuple[date, date | None], ...] = ()
    reopenings: tuple[Reopening, ...] = ()
    ended_on: date | None = None

    @property
    def counted_to(self) -> date:
        """The day that lateness is counted to: today, or when a programme that is over ended."""
        return self.today if self.ended_on is None else self.ended_on


def load_timeline(conn: Conn, programme_id: int) -> Timeline:
    """Return the timeline; NotFound when the tenant of the transaction does not see the programme."""
    found = _queries().load_timeline(conn, programme_id=programme_id)
    if found is None:
        raise NotFound
    row = found["timeline"]
    steps = row["steps"] or ()
    return Timeline(
        today=date.fromisoformat(row["today"]),
        stage=row["stage"],
        resume_stage=row["resume_stage"],
        schedule=schedule_from(row["school_year"], row["schedule"]),
        fulfilments={
            key: Fulfilment(date.fromisoformat(fulfilled_on), date.fromisoformat(recorded_on))
            for key, (fulfilled_on, recorded_on) in (row["fulfilments"] or {}).items()
        },
        suspensions=_spans(steps),
        reopenings=tuple(
            Reopening(date.fromisoformat(on), src, dst, date.fromisoformat(due_on) if due_on else None)
            for trigger, src, dst, on, due_on in steps
            if trigger == REOPEN
        ),
        ended_on=date.fromisoformat(steps[-1][3]) if row["stage"] in (COMPLETED, CANCELLED) and steps else None,
    )


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("timeline.sql"), "psycopg")


def _spans(steps: Iterable[Sequence[Any]]) -> tuple[tuple[date, date | None], ...]:
    spans: list[tuple[date, date | None]] = []
    began: date | None = None
    for trigger, src, _dst, on, _due_on in steps:
        if trigger == SUSPEND:
            began = date.fromisoformat(on)
        elif began is not None and (trigger == RESUME or src == SUSPENDED):
            spans.append((began, date.fromisoformat(on)))
            began = None
    return (*spans, (began, None)) if began is not None else tuple(spans)
