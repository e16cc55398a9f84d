"""Removes what has served, in small batches: old messages, attempts of deliveries, notices of past school years."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Outcome, Snapshot
from shared.db.pool import Conn
from shared.jobs.model import Claim
from shared.notices import store
from shared.notices.cases import school_year_of
from shared.notices.retention import Served, find_served, remove

ALGORITHM_VERSION = "1"


def load(conn: Conn, _job: Job) -> Snapshot:
    """Read the ids of what may go."""
    day = store.local_day(conn)
    return Snapshot(find_served(conn, school_year_of(day.today)), day.now)


def compute(served: Served) -> Outcome:
    """Return how much goes; the ids are not kept."""
    return Outcome(served.counts(), served)


def write(conn: Conn, _held: Claim, served: Served) -> None:
    """Remove it in the transaction that ends the job."""
    remove(conn, served)


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write)
