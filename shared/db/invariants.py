"""Asks the database what must always hold and is told the rows that break it; knows no packs and no job kinds.

The questions are in invariants.sql. They are asked as the auditor, who reads everything of one municipality at a time
and can change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql
from psycopg.types.json import Jsonb

from shared.db.pool import Conn

ASKED_ONCE = frozenset({"i9_policies_are_in_force", "i11_no_policy_tells_roles_apart"})
"""Questions about the whole database; the others are about the municipality of the transaction."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A job that a stage of a pack starts when it is entered."""

    pack_code: str
    pack_version: int
    stage: str
    kind: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the rows are held against: demanded jobs, job kind -> kind of its result, whether all work is over."""

    demanded: tuple[Demand, ...]
    result_kinds: dict[str, str]
    is_quiescent: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """One row that breaks a rule; ``row`` holds ids and codes. ``municipality_id`` is None for the database itself."""

    rule: str
    municipality_id: int | None
    row: dict[str, Any]

    @property
    def invariant(self) -> str:
        """The invariant's number: I1 to I11."""
        return self.rule.partition("_")[0].upper()


def rules() -> tuple[str, ...]:
    """Return the names of all questions."""
    return tuple(name for name in _queries().available_queries if not name.endswith("_cursor"))


def of_database(conn: Conn) -> Iterator[Violation]:
    """Yield what is wrong with the policies themselves; needs no tenant."""
    for rule in sorted(ASKED_ONCE):
        for row in getattr(_queries(), rule)(conn):
            yield Violation(rule, None, dict(row))


def of_municipality(conn: Conn, municipality_id: int, expected: Expected) -> Iterator[Violation]:
    """Yield every broken rule of the municipality that the transaction has entered."""
    parameters: dict[str, dict[str, Any]] = {
        "i2_demanded_jobs_are_there": {"demanded": Jsonb([asdict(demand) for demand in expected.demanded])},
        "i3_done_has_its_one_result": {"result_kinds": Jsonb(expected.result_kinds)},
        "i5_nothing_is_open": {"is_quiescent": expected.is_quiescent},
    }
    for rule in rules():
        if rule not in ASKED_ONCE:
            for row in getattr(_queries(), rule)(conn, **parameters.get(rule, {})):
                yield Violation(rule, municipality_id, dict(row))


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("invariants.sql"), "psycopg")
