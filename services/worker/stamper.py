"""Protocol F: numbers committed events, municipality by municipality; knows no programme and no queue.

Any number may run: a municipality has one stamper at a time, the others leave it alone. Killed in the middle it has
done nothing: the numbers, the head and what is sent to whom are one transaction.
"""

from __future__ import annotations

from shared.db.pool import Database
from shared.db.tenancy import Tenant, enter
from shared.failpoint import failpoint
from shared.feed import store
from shared.webhooks.sending import fan_out


def stamp_all(database: Database, *, armed: str = "") -> int:
    """Number what is committed by now; return how many events. Unavailable when PostgreSQL is away."""
    with database.transaction() as conn:
        places = store.waiting(conn)
    stamped = 0
    for place in places:
        while (batch := stamp_batch(database, place, armed=armed)) > 0:
            stamped += batch
            if batch < store.BATCH:
                break
    return stamped


def stamp_batch(database: Database, municipality_id: int, *, armed: str = "") -> int:
    """Number one batch of one municipality in one transaction; 0 also when another stamper is at it."""
    with database.transaction() as conn:
        enter(conn, Tenant(municipality_id))
        events = store.stamp(conn, municipality_id)
        fan_out(conn, municipality_id, events)
        failpoint("stamper_before_commit", armed)
    return len(events)
