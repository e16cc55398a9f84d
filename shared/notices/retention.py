"""What has served and is removed: old messages, attempts and notices. Never events, audit, results, jobs or ticks.

Answers kept for repeats hold names and go sooner: the dispatcher removes them at every look.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn

OUTBOX_DAYS = 30
ATTEMPT_DAYS = 180
BATCH = 2000
"""So many rows of a table go in one run: a long delete would hold others up; the next run goes on."""


@dataclass(frozen=True, slots=True)
class Served:
    """Ids of what may go."""

    outbox: tuple[int, ...]
    attempts: tuple[int, ...]
    notices: tuple[int, ...]

    def counts(self) -> dict[str, int]:
        """Return how many of each."""
        return {"outbox": len(self.outbox), "attempts": len(self.attempts), "notices": len(self.notices)}


def find_served(conn: Conn, school_year: int, *, limit: int = BATCH) -> Served:
    """Return what has served; ``school_year`` is the current one, whose notices stay."""
    queries = _queries()
    return Served(
        outbox=_ids(queries.find_outbox(conn, days=OUTBOX_DAYS, limit=limit)),
        attempts=_ids(queries.find_attempts(conn, days=ATTEMPT_DAYS, limit=limit)),
        notices=_ids(queries.find_notices(conn, before_year=school_year, limit=limit)),
    )


def remove(conn: Conn, served: Served) -> None:
    """Remove it; what is gone already is no error."""
    queries = _queries()
    queries.delete_outbox(conn, ids=list(served.outbox))
    queries.delete_attempts(conn, ids=list(served.attempts))
    queries.delete_notices(conn, ids=list(served.notices))


def _ids(rows: Any) -> tuple[int, ...]:
    return tuple(row["id"] for row in rows)


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("retention.sql"), "psycopg")
