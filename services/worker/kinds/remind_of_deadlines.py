"""Reminders of deadlines: every programme under way against today, told once for each threshold."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Outcome, Snapshot
from services.worker.notices import Told, write_notices
from shared.db.pool import Conn
from shared.notices import deadlines, store
from shared.notices.deadlines import Lag
from shared.notices.model import Notice
from shared.programme.views import agenda

ALGORITHM_VERSION = "1"


def load(conn: Conn, job: Job) -> Snapshot:
    """Read the agendas one by one; what is told is decided here, since an agenda is no value to keep."""
    day = store.local_day(conn)
    notices: list[Notice] = []
    lags: list[Lag] = []
    for programme in store.under_way(conn):
        now = agenda(conn, programme)
        notices += deadlines.reminders(programme, now)
        lags.append(deadlines.lag(programme, now))
    notices += deadlines.summary(lags, day.today)
    return Snapshot(Told(len(lags), tuple(notices), is_mail_on=bool(job.settings.smtp_url)), day.now)


def compute(told: Told) -> Outcome:
    """Return how many programmes were looked at and how many notices hold now, told before or not."""
    return told.outcome()


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write_notices)
