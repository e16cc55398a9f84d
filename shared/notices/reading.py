"""What an account is told: the notices of its role and school, and putting them away; decides nothing about them.

In the caller's transaction and tenant: the policies say which school's rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiosql

from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.errors import NotFound
from shared.notices import actions, store
from shared.notices.model import Reader, SeenNotice

READERS: Mapping[Role, Reader] = MappingProxyType({Role.CURATOR: Reader.CURATOR, Role.METHODIST: Reader.METHODIST})
"""Role -> the notices that are its own; to other roles nothing is told."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last notice and whether it was seen then."""

    is_seen: bool
    notice_id: int


def page(
    conn: Conn, actor: Actor, *, is_unseen: bool = False, after: Place | None = None, limit: int = 50
) -> list[SeenNotice]:
    """Return up to ``limit`` of the actor's notices, unseen first, then newest first."""
    reader = READERS.get(actor.role)
    if reader is None:
        return []
    rows = _queries().list_for(
        conn,
        to_role=reader.value,
        is_unseen=is_unseen,
        after_is_seen=None if after is None else after.is_seen,
        after_id=None if after is None else after.notice_id,
        limit=min(limit, store.MAX_PAGE),
    )
    return [store.seen(row) for row in rows]


def count_unseen(conn: Conn, actor: Actor) -> int:
    """Return how many of the actor's notices nobody has put away."""
    reader = READERS.get(actor.role)
    return 0 if reader is None else store.count_unseen(conn, reader)


def put_away(conn: Conn, actor: Actor, notice_id: int) -> SeenNotice:
    """Put a notice away; doing it again changes nothing. NotFound also for a notice to another role."""
    found = store.get(conn, notice_id)
    if found.to_role is not READERS.get(actor.role):
        raise NotFound
    actions.mark_seen(conn, actor, notice_id)
    return store.get(conn, notice_id)


def put_away_up_to(conn: Conn, actor: Actor, notice_id: int) -> int:
    """Put away all of the actor's notices up to this one; what came later stays. Returns how many that were."""
    reader = READERS.get(actor.role)
    if reader is None:
        return 0
    number: int = _queries().mark_seen_up_to(
        conn, to_role=reader.value, principal_id=actor.principal_id, notice_id=notice_id
    )
    return number


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("reading.sql"), "psycopg")
