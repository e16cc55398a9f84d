"""Results that were approved, signed or built upon, and that facts have overtaken: told to the curator once."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Outcome, Snapshot
from services.worker.notices import Told, write_notices
from shared.db.pool import Conn
from shared.notices import store
from shared.notices.cases import stale_notices

ALGORITHM_VERSION = "1"


def load(conn: Conn, job: Job) -> Snapshot:
    """Read the results that count for something and are stale."""
    found = store.stale_results(conn)
    notices = tuple(stale_notices(found))
    return Snapshot(Told(len(found), notices, is_mail_on=bool(job.settings.smtp_url)), store.local_day(conn).now)


def compute(told: Told) -> Outcome:
    """Return the counts."""
    return told.outcome()


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write_notices)
