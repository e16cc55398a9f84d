"""Rows of notices, and the facts that notices are decided from; never commits and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.notices.cases import SAFETY_DAYS, SILENT_DAYS, WAITING_DAYS, OpenCase, StaleResult
from shared.notices.model import Reader, SeenNotice
from shared.programme.model import Programme

MAX_PAGE = 200
_BATCH = 200


@dataclass(frozen=True, slots=True)
class LocalDay:
    """The instant taken as now, and the local date there."""

    now: datetime
    today: date


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg", mandatory_parameters=False)


def page(
    conn: Conn,
    *,
    to_role: Reader | None = None,
    is_unseen: bool = False,
    after: int | None = None,
    limit: int = 50,
) -> list[SeenNotice]:
    """Return notices that the transaction may see, newest first, with ids below ``after``."""
    rows = queries().list_notices(
        conn,
        to_role=None if to_role is None else to_role.value,
        is_unseen=is_unseen,
        after=after,
        limit=min(limit, MAX_PAGE),
    )
    return [seen(row) for row in rows]


def get(conn: Conn, notice_id: int) -> SeenNotice:
    """Return one notice; NotFound also when it belongs to somebody else."""
    row = queries().get_notice(conn, notice_id=notice_id)
    if row is None:
        raise NotFound
    return seen(row)


def count_unseen(conn: Conn, to_role: Reader | None = None) -> int:
    """Return how many notices nobody has put away."""
    number: int = queries().count_unseen(conn, to_role=None if to_role is None else to_role.value)["number"]
    return number


def letter_of(conn: Conn, notice_id: int) -> list[SeenNotice]:
    """Return what goes into one letter with the notice, itself among them; nothing once it was removed."""
    return [seen(row) for row in queries().list_same_letter(conn, notice_id=notice_id)]


def address(conn: Conn, principal_id: int) -> str | None:
    """Return where mail of an account goes; None without an address, or when the account has ended."""
    row = queries().find_address(conn, principal_id=principal_id)
    return None if row is None else row["email"]


def local_day(conn: Conn) -> LocalDay:
    """Return now and today in the municipality; NotFound when there is no such municipality."""
    row = queries().local_day(conn)
    if row is None:
        raise NotFound
    return LocalDay(**row)


def under_way(conn: Conn) -> Iterator[Programme]:
    """Yield the programmes that go on, in id order."""
    after = 0
    while rows := list(queries().list_under_way(conn, after=after, limit=_BATCH)):
        for row in rows:
            yield Programme(**row)
        after = rows[-1]["id"]


def stale_results(conn: Conn) -> list[StaleResult]:
    """Return results that count for something and that facts have overtaken."""
    return [StaleResult(**row) for row in queries().find_stale(conn)]


def open_cases(conn: Conn) -> list[OpenCase]:
    """Return what waits too long in the programmes under way."""
    rows = queries().find_cases(conn, safety_days=SAFETY_DAYS, waiting_days=WAITING_DAYS, silent_days=SILENT_DAYS)
    return [OpenCase(**row) for row in rows]


def dead_jobs(conn: Conn) -> int:
    """Return how many jobs have died and were not repeated."""
    number: int = queries().count_dead(conn)["number"]
    return number


def seen(row: Mapping[str, Any]) -> SeenNotice:
    """Return a row as a value."""
    plain = {field.name: row[field.name] for field in fields(SeenNotice) if field.name != "to_role"}
    return SeenNotice(to_role=Reader(row["to_role"]), **plain)
