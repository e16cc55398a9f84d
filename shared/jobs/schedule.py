"""Protocol S: ticks are rows, and whoever inserts one inserts its job. Engine role; never commits.

The database's clock alone says what has come, not the clock file: that one fixes what counts as "today" in a
computation, and a schedule that followed it would stand still or run backwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import aiosql

from shared.db.pool import Conn
from shared.jobs.actions import enqueue
from shared.jobs.model import MunicipalityKey
from shared.jobs.periodic import Periodic, wanted

MOST_AT_ONCE = 50
"""So many ticks of one line are settled in one transaction; the next look goes on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the schedule of a municipality has come with one line; ``last_tick`` None: it has not begun."""

    municipality_id: int
    timezone: str
    name: str
    last_tick: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Ticked:
    """A job that a tick asked for."""

    municipality_id: int
    name: str
    tick: datetime
    job_run_id: UUID


def standings(conn: Conn, periodic: Mapping[str, Periodic]) -> list[Standing]:
    """Return where every municipality stands with every line; the transaction has entered the platform."""
    return [Standing(**row) for row in _queries().last_ticks(conn, names=list(periodic))]


def is_due(standing: Standing, entry: Periodic) -> bool:
    """Say whether there is anything to write; ZoneInfoNotFoundError or ValueError for a zone that is none."""
    zone = ZoneInfo(standing.timezone)
    return standing.last_tick is None or bool(entry.ticks(zone, standing.last_tick, standing.now))


def settle(conn: Conn, standing: Standing, entry: Periodic) -> list[Ticked]:
    """Write the ticks that have come, and the jobs of those that are run; the transaction has entered the tenant.

    A line that a municipality has not begun with begins with the tick before now and no job: nobody gets a backlog.
    Ticks that somebody else wrote are theirs.
    """
    zone = ZoneInfo(standing.timezone)
    if standing.last_tick is None:
        _insert(conn, standing, entry.last_tick(zone, standing.now))
        return []
    ticks = entry.ticks(zone, standing.last_tick, standing.now)
    run = set(wanted(entry, ticks, standing.now))
    batch = ticks[-MOST_AT_ONCE:] if len(run) < len(ticks) else ticks[:MOST_AT_ONCE]
    ours = [tick for tick in batch if _insert(conn, standing, tick)]
    return [_run(conn, standing, entry, tick) for tick in ours if tick in run]


def _insert(conn: Conn, standing: Standing, tick: datetime) -> bool:
    row = _queries().insert_tick(conn, municipality_id=standing.municipality_id, name=standing.name, tick=tick)
    return row is not None


def _run(conn: Conn, standing: Standing, entry: Periodic, tick: datetime) -> Ticked:
    municipality_id, name = standing.municipality_id, entry.name
    job_run_id = enqueue(
        conn,
        owner=MunicipalityKey(municipality_id),
        kind=entry.kind,
        args={},
        cause=f"tick:{name}",
        requested_by=None,
    )
    _queries().name_job(conn, job_run_id=job_run_id, municipality_id=municipality_id, name=name, tick=tick)
    return Ticked(municipality_id, name, tick, job_run_id)


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("schedule.sql"), "psycopg")
