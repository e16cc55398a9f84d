"""Protocol R: turns the outbox into wake-ups; knows no jobs.

Any number may run; a crash between sending and marking sends twice and loses nothing.
"""

from __future__ import annotations

from services.worker.wakeups import Wakeups
from shared.db.pool import Database
from shared.failpoint import failpoint
from shared.jobs import upkeep


def relay_batch(database: Database, wakeups: Wakeups, *, armed: str = "") -> int:
    """Send one batch and mark it, in one transaction; return how many.

    Raises Unavailable or RedisError when one of the two is away: nothing is marked then.
    """
    with database.transaction() as conn:
        batch = upkeep.pending_wakeups(conn)
        if not batch:
            return 0
        failpoint("relay_before_enqueue", armed)
        wakeups.send(batch)
        failpoint("relay_after_enqueue", armed)
        upkeep.mark_sent(conn, batch)
        return len(batch)


def relay_all(database: Database, wakeups: Wakeups, *, armed: str = "") -> int:
    """Send everything that is due; return how many. Errors as above."""
    sent = 0
    while (batch := relay_batch(database, wakeups, armed=armed)) > 0:
        sent += batch
        if batch < upkeep.BATCH:
            break
    return sent
