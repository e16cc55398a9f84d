"""Numbers committed events and reads them by their numbers (protocol F); never commits, knows nobody who is told.

Events come from triggers in the transaction of the deed; here they only get their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.feed.model import FeedEvent

BATCH = 200
"""Events numbered in one transaction."""
MAX_PAGE = 500


def waiting(conn: Conn) -> list[int]:
    """Return the municipalities with events that have no number yet; see that each can be locked. Engine role.

    Commit before stamping: a head that is only being made keeps the other stampers waiting.
    """
    places = [row["municipality_id"] for row in _queries().waiting_municipalities(conn)]
    if places:
        _queries().begin_heads(conn, municipality_ids=places)
    return places


def stamp(conn: Conn, municipality_id: int, *, limit: int = BATCH) -> list[FeedEvent]:
    """Number up to ``limit`` committed events and return them in order; none when another stamper is at it.

    Gapless: the numbers and the head move in the caller's one transaction, under the head's lock, or not at all.
    """
    head = _queries().lock_head(conn, municipality_id=municipality_id)
    if head is None:
        return []
    rows = list(_queries().stamp(conn, municipality_id=municipality_id, last_no=head["last_no"], limit=limit))
    if rows:
        _queries().move_head(conn, municipality_id=municipality_id, last_no=head["last_no"] + len(rows))
    return sorted((_event(row) for row in rows), key=lambda event: event.feed_no)


def page(conn: Conn, *, after: int = 0, types: Sequence[str] = (), limit: int = 100) -> list[FeedEvent]:
    """Return up to ``limit`` numbered events after the number ``after``, of all types unless some are named.

    Whoever sees one school sees only its events: for them numbers are missing.
    """
    wanted = list(types) or None
    rows = _queries().list_events(conn, after=after, types=wanted, limit=min(limit, MAX_PAGE))
    return [_event(row) for row in rows]


def get(conn: Conn, feed_no: int) -> FeedEvent:
    """Return one numbered event; NotFound also when it is another school's."""
    row = _queries().get_event(conn, feed_no=feed_no)
    if row is None:
        raise NotFound
    return _event(row)


def _event(row: Mapping[str, Any]) -> FeedEvent:
    return FeedEvent(**{field.name: row[field.name] for field in fields(FeedEvent)})


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg")
