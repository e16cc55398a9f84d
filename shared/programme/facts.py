"""Reads the facts of one programme with one statement; decides nothing and writes nothing.

Only what is alive and dated no later than today counts: a plan is no fact.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql
from psycopg import RawCursor
from psycopg.rows import dict_row

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.programme.counting import count_bases, count_feedback, count_placement, count_selection
from shared.programme.fact_values import Closing, Conditions, Facts, PlanLine, Profile, ResultFacts
from shared.programme.row_values import day, days
from shared.programme.schedule import schedule_from

__all__ = ["Facts", "load_facts"]


def load_facts(conn: Conn, programme_id: int) -> Facts:
    """Return the facts; NotFound when the tenant of the transaction does not see the programme."""
    with RawCursor(conn, row_factory=dict_row) as cursor:
        row = cursor.execute(_statement(), (programme_id,), prepare=True).fetchone()
    if row is None:
        raise NotFound
    return _facts(row["facts"])


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("facts.sql"), "psycopg")


@lru_cache(maxsize=1)
def _statement() -> bytes:
    """Return the statement with the server's own placeholder: psycopg would search a text this long anew each time."""
    text: str = _queries().load_facts.sql
    return text.replace("%(programme_id)s", "$1").encode()


def _facts(row: Mapping[str, Any]) -> Facts:
    bases, people, topics = count_bases(row["bases"], row["selection"], row["people"] or (), row["minors"] or ())
    placement, pairs = count_placement(row["placement"], people)
    return Facts(
        programme_id=row["programme_id"],
        today=date.fromisoformat(row["today"]),
        inputs_version=row["inputs_version"],
        schedule=schedule_from(row["school_year"], row["schedule"]),
        profile=None if row["profile"] is None else Profile(**row["profile"]),
        conditions=_conditions(row["conditions"], people.known),
        bases=bases,
        selection=count_selection(row["selection"], people, topics),
        placement=placement,
        feedback=count_feedback(row["feedback"], people, pairs),
        closing=_closing(row["closing"]),
    )


def _conditions(row: Mapping[str, Any], known: Collection[int]) -> Conditions:
    curators: dict[int, str] = {}
    group: dict[int, str] = {}
    for person, duty, on in row["appointments"] or ():
        if person in known:
            group[person] = min(on, group.get(person, on))
            if duty == "curator":
                curators[person] = min(on, curators.get(person, on))
    return Conditions(
        documents=days(row["documents"]),
        informed=days(row["informed"]),
        requests=days(row["requests"]),
        curators_on=tuple(date.fromisoformat(on) for on in sorted(curators.values())),
        group_on=tuple(date.fromisoformat(on) for on in sorted(group.values())),
        goals=row["goals"] or {},
        plan={
            key: PlanLine(responsible_id if responsible_id in known else None, day(planned_on))
            for key, (responsible_id, planned_on) in (row["plan"] or {}).items()
        },
        roadmap_approved_on=day(row["roadmap_approved_on"]),
    )


def _closing(row: Mapping[str, Any]) -> Closing:
    return Closing(
        results={kind: _result(*values) for kind, values in (row["results"] or {}).items()},
        conclusions={subject: day(on) for subject, on in (row["conclusions"] or {}).items()},
        reflection_on=day(row["reflection_on"]),
        rated=tuple(row["rated"] or ()),
        approvals={int(key): on for key, on in days(row["approvals"]).items()},
        celebration_on=day(row["celebration_on"]),
        popularised_on=day(row["popularised_on"]),
    )


def _result(result_id: int, cut_off_at: str, computed_on: str, is_stale: bool, based_on: int | None) -> ResultFacts:
    return ResultFacts(
        id=result_id,
        cut_off_at=datetime.fromisoformat(cut_off_at),
        computed_on=date.fromisoformat(computed_on),
        is_stale=is_stale,
        based_on=based_on,
    )
