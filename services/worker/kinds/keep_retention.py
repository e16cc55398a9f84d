"""Removes what has served, in small batches: old messages, attempts of deliveries, notices of past school years.

And what has been kept long enough of people: begins and asks for their erasure, tells curators of it, removes acts
after three years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.worker.kind import Handler, Job, Outcome, Snapshot
from shared.db.pool import Conn
from shared.jobs.model import Claim
from shared.notices import actions, store
from shared.notices.cases import school_year_of
from shared.notices.retention import Served, find_served, remove
from shared.privacy import destruction
from shared.privacy.destruction import Found

ALGORITHM_VERSION = "2"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to go, and what is to be done about people, today."""

    served: Served
    people: Found
    today: date
    is_mail_on: bool


def load(conn: Conn, job: Job) -> Snapshot:
    """Read the ids of what may go."""
    day = store.local_day(conn)
    served = find_served(conn, school_year_of(day.today))
    people = destruction.find(conn, day.today)
    return Snapshot(Kept(served, people, day.today, is_mail_on=bool(job.settings.smtp_url)), day.now)


def compute(kept: Kept) -> Outcome:
    """Return how much goes; the ids are not kept."""
    return Outcome({**kept.served.counts(), **kept.people.counts()}, kept)


def write(conn: Conn, held: Claim, kept: Kept) -> None:
    """Remove it, and ask for what is due, in the transaction that ends the job."""
    remove(conn, kept.served)
    told = destruction.keep(conn, held, kept.people, kept.today)
    actions.write(
        conn,
        told,
        municipality_id=held.municipality_id,
        job_run_id=held.id,
        traceparent=held.traceparent,
        is_mail_on=kept.is_mail_on,
    )


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write)
