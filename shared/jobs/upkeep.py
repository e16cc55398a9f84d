"""What keeps jobs moving whoever dies: relay batches (protocol R), the reconciler (C), the list of workers.

Engine role, all tenants; never commits and knows no queue: what to send is returned, what was sent is marked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from shared.db.pool import Conn
from shared.jobs import store
from shared.jobs.errors import WORKER_LOST
from shared.jobs.model import Requeued, Status, Wakeup

BATCH = 100
RECONCILE_BATCH = 500
LEASE_OVER = "lease_over"
UNANSWERED = "unanswered"
FLUSHED = "flushed"


def pending_wakeups(conn: Conn, *, limit: int = BATCH) -> list[Wakeup]:
    """Lock and return due messages that no other relay holds, oldest first."""
    return [store.wakeup(row) for row in store.queries().lock_pending_wakeups(conn, limit=limit)]


def mark_sent(conn: Conn, wakeups: Sequence[Wakeup]) -> None:
    """Say that the messages are in the queue; a crash before the commit sends them again: harmless."""
    store.queries().mark_sent(conn, ids=[wakeup.outbox_id for wakeup in wakeups])


def take_back_lapsed(conn: Conn, *, limit: int = RECONCILE_BATCH) -> list[Requeued]:
    """Take jobs from workers that fell silent: queued again, or dead when the attempts are spent."""
    ids = [row["id"] for row in store.queries().lock_lapsed(conn, limit=limit)]
    if not ids:
        return []
    why = {"code": WORKER_LOST.code, "ru": WORKER_LOST.ru, "en": WORKER_LOST.en}
    rows = list(store.queries().take_back(conn, ids=ids, **why))
    _wake(conn, [row for row in rows if row["status"] == Status.QUEUED])
    return [_requeued(row, LEASE_OVER) for row in rows]


def wake_unanswered(
    conn: Conn, waiting: Collection[UUID], *, older_than_seconds: float, limit: int = RECONCILE_BATCH
) -> list[Requeued]:
    """Wake again the due jobs whose last message is old and which are no longer ``waiting`` in the queue."""
    rows = store.queries().find_unanswered(conn, older_than=older_than_seconds, limit=limit + len(waiting))
    ids = [row["id"] for row in rows if row["id"] not in waiting]
    return _renumber(conn, ids[:limit], UNANSWERED)


def wake_all(conn: Conn, *, limit: int = RECONCILE_BATCH) -> list[Requeued]:
    """Wake every due job: the queue lost its memory. Call until it returns nothing."""
    rows = store.queries().find_unanswered(conn, older_than=0.0, limit=limit)
    return _renumber(conn, [row["id"] for row in rows], FLUSHED)


def beat(conn: Conn, *, worker: str, host: str, pid: int, duty: str) -> None:
    """Say that a process of the engine is alive, by the database's clock."""
    store.queries().beat(conn, id=worker, host=host, pid=pid, duty=duty)


def leave(conn: Conn, *, worker: str) -> None:
    """Take a process that ends in order from the list."""
    store.queries().leave(conn, id=worker)


def forget_silent(conn: Conn, *, older_than_seconds: float) -> None:
    """Take processes that fell silent long ago from the list."""
    store.queries().forget_silent(conn, older_than=older_than_seconds)


def _renumber(conn: Conn, ids: Sequence[UUID], cause: str) -> list[Requeued]:
    if not ids:
        return []
    rows = list(store.queries().renumber(conn, ids=list(ids)))
    _wake(conn, rows)
    return [_requeued(row, cause) for row in rows]


def _wake(conn: Conn, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        store.queries().insert_wakeups(
            conn,
            municipality_ids=[row["municipality_id"] for row in rows],
            ids=[row["id"] for row in rows],
            run_nos=[row["run_no"] for row in rows],
        )


def _requeued(row: Mapping[str, Any], cause: str) -> Requeued:
    return Requeued(row["id"], row["kind"], cause, Status(row["status"]))
