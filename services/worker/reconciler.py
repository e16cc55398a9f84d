"""Protocol C: finds what nobody is at any more and wakes it again. Any number may run at any time."""

from __future__ import annotations

from services.worker import metrics
from services.worker.engine import FORGOTTEN_SECONDS
from services.worker.logs import Log
from services.worker.wakeups import Wakeups
from shared.access import idempotency
from shared.db.pool import Database
from shared.deliveries import store as deliveries
from shared.jobs import upkeep
from shared.jobs.model import Requeued


def take_back(database: Database, log: Log, *, answer_hours: int) -> list[Requeued]:
    """Take jobs from silent workers, forget old answers and deliveries nobody is at; needs PostgreSQL alone.

    Unavailable when it is away.
    """
    with database.transaction() as conn:
        idempotency.purge(conn, hours=answer_hours)
        found = upkeep.take_back_lapsed(conn)
        upkeep.forget_silent(conn, older_than_seconds=FORGOTTEN_SECONDS)
        orphans = deliveries.give_up_orphans(conn)
    for municipality_id, delivery_id in orphans:
        log.warning("delivery_given_up", municipality=municipality_id, delivery=str(delivery_id))
    return _told(found, log)


def wake_unanswered(database: Database, wakeups: Wakeups, log: Log, *, older_than_seconds: float) -> list[Requeued]:
    """Wake due jobs whose message came to nothing. Unavailable or RedisError when one of the two is away."""
    waiting = wakeups.waiting()
    with database.transaction() as conn:
        found = upkeep.wake_unanswered(conn, waiting, older_than_seconds=older_than_seconds)
    return _told(found, log)


def recover_flush(database: Database, wakeups: Wakeups, log: Log) -> list[Requeued]:
    """When the queue lost its memory wake all that is due, and only then leave the mark. Errors as above."""
    if not wakeups.has_forgotten():
        return []
    found: list[Requeued] = []
    while True:
        with database.transaction() as conn:
            batch = upkeep.wake_all(conn)
        found += batch
        if len(batch) < upkeep.RECONCILE_BATCH:
            break
    wakeups.remember()
    log.warning("queue_was_empty", woken=len(found))
    return _told(found, log)


def _told(found: list[Requeued], log: Log) -> list[Requeued]:
    metrics.count_requeued(found)
    for job in found:
        log.warning("job_requeued", job=str(job.id), kind=job.kind, cause=job.cause, status=job.status.value)
    return found
