"""What follows from a meeting's days and its mentor's training; reads only, knows no requests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.db.records import Row


def before_training(conn: Conn, meetings: Sequence[Row]) -> list[Row]:
    """Return the meetings with ``before_training``: held before the mentor's first training was done, or without any.

    Computed when it is read, so a training entered later puts it right. Such a meeting counts for no reward.
    """
    ids = [row["id"] for row in meetings]
    found = {row["id"] for row in _queries().held_before_training(conn, ids=ids)} if ids else set()
    return [{**row, "before_training": row["id"] in found} for row in meetings]


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("meetings.sql"), "psycopg")
