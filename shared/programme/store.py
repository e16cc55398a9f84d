"""Rows of programmes, events and packs to values and back; never commits and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.programme.model import Event, Programme

_COLUMNS = tuple(field.name for field in fields(Programme))


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg", mandatory_parameters=False)


def get(conn: Conn, programme_id: int) -> Programme:
    """Return the programme; NotFound also when it belongs to somebody else."""
    return _programme(queries().get_programme(conn, programme_id=programme_id))


def titles(conn: Conn, programme_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """Return school and school year of programmes by id; those of other tenants are left out."""
    rows = queries().list_titles(conn, programme_ids=sorted(set(programme_ids)))
    return {row["id"]: (row["school"], row["school_year"]) for row in rows}


def lock(conn: Conn, programme_id: int) -> Programme:
    """Return the programme with its row locked until the transaction ends; NotFound as above."""
    return _programme(queries().lock_programme(conn, programme_id=programme_id))


def lock_open_of_school(conn: Conn, school_id: int) -> list[Programme]:
    """Lock and return the school's programmes that are not over, in id order."""
    return [_programme(row) for row in queries().lock_open_of_school(conn, school_id=school_id)]


def page(
    conn: Conn, *, after: int, limit: int, school_id: int | None, school_year: int | None, stage: str | None
) -> list[Programme]:
    """Return programmes with ids above ``after``, in id order."""
    rows = queries().list_programmes(
        conn, after=after, limit=limit, school_id=school_id, school_year=school_year, stage=stage
    )
    return [_programme(row) for row in rows]


def bump_inputs(conn: Conn, programme_id: int) -> None:
    """Say that facts under computed results change in this transaction."""
    queries().bump_inputs(conn, programme_id=programme_id)


def bump_open(conn: Conn) -> None:
    """Say so for every programme of the municipality that is not over: its due dates have moved."""
    queries().bump_open(conn)


def now(conn: Conn) -> datetime:
    """Return the instant this transaction calls now."""
    moment: datetime = queries().now(conn)["now"]
    return moment


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the next event is hung: number and hash of the last one, and the instant that is now."""

    seq: int
    hash: str
    now: datetime


def move(
    conn: Conn, programme: Programme, *, dst: str, resume_stage: str | None, changes_inputs: bool
) -> tuple[Programme, Chain] | None:
    """Move the programme from the version and stage it was seen in; None when it is no longer there."""
    row = queries().move_programme(
        conn,
        programme_id=programme.id,
        version=programme.version,
        src=programme.stage,
        dst=dst,
        resume_stage=resume_stage,
        inputs_step=1 if changes_inputs else 0,
    )
    return None if row is None else (_programme(row), Chain(row["last_seq"], row["last_hash"], row["now"]))


@dataclass(frozen=True, slots=True)
class EventWithReason:
    """An event and its free text, None where there was none or it was erased."""

    event: Event
    reason: str | None


def events(conn: Conn, programme_id: int, *, after: int = 0, limit: int = 1000) -> list[EventWithReason]:
    """Return the history from the event after ``after`` on, in seq order."""
    rows = queries().list_events(conn, programme_id=programme_id, after=after, limit=limit)
    names = [field.name for field in fields(Event)]
    return [EventWithReason(Event(**{name: row[name] for name in names}), row["reason"]) for row in rows]


def all_events(conn: Conn, programme_id: int) -> Iterator[EventWithReason]:
    """Yield the whole history in seq order, read in pages."""
    after = 0
    while page_of := events(conn, programme_id, after=after):
        yield from page_of
        after = page_of[-1].event.seq


def insert_event(conn: Conn, programme: Programme, event: Event) -> None:
    """Append one event."""
    queries().insert_event(conn, **_scope(programme), **{f.name: getattr(event, f.name) for f in fields(Event)})


def insert_reason(conn: Conn, programme: Programme, seq: int, *, salt: bytes, reason: str) -> None:
    """Keep the free text of an event apart from the chain."""
    queries().insert_reason(conn, **_scope(programme), seq=seq, salt=salt, reason=reason)


def record_fulfilments(conn: Conn, programme: Programme, days: Mapping[str, date]) -> None:
    """Keep the first day of each activity; later ones change nothing."""
    if days:
        queries().record_fulfilments(conn, **_scope(programme), keys=list(days), days=[days[key] for key in days])


def fulfilled_keys(conn: Conn, programme_id: int) -> set[str]:
    """Return the activities that were fulfilled once."""
    return {row["activity_key"] for row in queries().fulfilled_keys(conn, programme_id=programme_id)}


def _scope(programme: Programme) -> dict[str, int]:
    return {
        "municipality_id": programme.municipality_id,
        "school_id": programme.school_id,
        "programme_id": programme.id,
    }


def _programme(row: Mapping[str, Any] | None) -> Programme:
    if row is None:
        raise NotFound
    return Programme(**{name: row[name] for name in _COLUMNS})
