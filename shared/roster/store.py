"""Rows of the two bases in bulk and the values they make; decides nothing and never commits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.programme.model import Programme
from shared.roster.cells import Name, SchoolClass, fold_letter
from shared.roster.directory import Known

Row = dict[str, Any]


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of imports.sql."""
    return aiosql.from_path(Path(__file__).with_name("imports.sql"), "psycopg")


def known_people(conn: Conn, programme: Programme, table: str, *, today: date) -> list[Known]:
    """Return everybody of the programme's school, with their records in the base ``table``."""
    members: dict[int, Row] = {}
    left: set[int] = set()
    for row in getattr(queries(), f"known_{table}s")(conn, programme_id=programme.id):
        if row["has_left"]:
            left.add(row["person_id"])
        else:
            members[row["person_id"]] = row
    people = queries().known_people(conn, school_id=programme.school_id, today=today)
    return [_known(row, members.get(row["id"]), has_left=row["id"] in left) for row in people]


def write(conn: Conn, statement: str, rows: Sequence[Mapping[str, Any]], **scope: Any) -> list[int]:
    """Run a named statement over all rows at once and return the ids it touched, in ascending order."""
    if not rows:
        return []
    found = getattr(queries(), statement)(conn, rows=json.dumps(rows, ensure_ascii=False), **scope)
    return sorted(row["id"] for row in found)


def _known(row: Row, member: Row | None, *, has_left: bool) -> Known:
    consents = row["consents"] or ()
    is_consented = any(is_in_force for _, _, is_in_force, _ in consents)
    withdrawn = [date.fromisoformat(day) for _, _, _, day in consents if day is not None]
    return Known(
        id=row["id"],
        kind=row["kind"],
        name=Name(row["family_name"], row["given_name"], row["patronymic"]),
        grades={year: SchoolClass(grade, fold_letter(letter)) for year, grade, letter in row["grades"] or ()},
        birth_on=row["birth_on"],
        contact=row["contact"],
        is_consented=is_consented,
        consents=frozenset((date.fromisoformat(given_on), document) for given_on, document, *_ in consents),
        member_id=None if member is None else member["id"],
        member=member,
        has_left=has_left,
        blocked_since=row["leaves_on"] or (None if is_consented else max(withdrawn, default=None)),
    )
