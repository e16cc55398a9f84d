"""What waits for somebody too long: safety cases, surveys, mentees without a mentor, silent pairs, dead jobs."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Outcome, Snapshot
from services.worker.notices import Told, write_notices
from shared.db.pool import Conn
from shared.notices import store
from shared.notices.cases import case_notices, dead_jobs_notice

ALGORITHM_VERSION = "1"


def load(conn: Conn, job: Job) -> Snapshot:
    """Read counts and days; of a safety case that it is open, never its words."""
    day = store.local_day(conn)
    cases = store.open_cases(conn)
    notices = (*case_notices(cases, day.today), *dead_jobs_notice(store.dead_jobs(conn), day.today))
    return Snapshot(Told(len(cases), notices, is_mail_on=bool(job.settings.smtp_url)), day.now)


def compute(told: Told) -> Outcome:
    """Return the counts."""
    return told.outcome()


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write_notices)
