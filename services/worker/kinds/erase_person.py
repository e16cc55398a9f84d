"""Destroys what is kept about one person, in the one transaction that ends the job, and notes it outside, too.

What became of the erasure meanwhile (a new consent, an open safety case) is asked twice: when the job begins, and by
the database itself under the locks of the deed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.worker.kind import Handler, Job, Outcome, Snapshot
from shared.db.pool import Conn
from shared.failpoint import failpoint
from shared.jobs.errors import SubjectGone, TemporaryError
from shared.jobs.model import Claim
from shared.notices.store import local_day
from shared.privacy import destruction, erasure_log
from shared.privacy.erasures import ARGUMENT, READY

ALGORITHM_VERSION = "1"


class ErasureOvertaken(TemporaryError):
    """The erasure changed while it was being done; it will be looked at again."""

    code = "erasure.overtaken"
    ru = "Запись об уничтожении изменилась во время работы; она будет рассмотрена снова."


@dataclass(frozen=True, slots=True)
class Ready:
    """An erasure as the job found it; ``log``: where it is written down outside of the database, '' for nowhere."""

    erasure_id: int
    verdict: str
    log: str
    armed: str


def load(conn: Conn, job: Job) -> Snapshot:
    """Read what the erasure has come to."""
    erasure_id = job.argument_number(ARGUMENT)
    found = destruction.verdict(conn, erasure_id)
    if found is None:
        raise SubjectGone(what={"ru": "запись об уничтожении", "en": "erasure"})
    ready = Ready(erasure_id, found, job.settings.erasure_log, job.settings.failpoint)
    now: datetime = local_day(conn).now
    return Snapshot(ready, now, named={"erasure": erasure_id, "verdict": found})


def compute(ready: Ready) -> Outcome:
    """Return what will be done: nothing, unless the erasure waits and nothing holds it."""
    return Outcome({"erasure": ready.erasure_id, "outcome": ready.verdict}, ready)


def write(conn: Conn, held: Claim, ready: Ready) -> None:
    """Destroy, then write it to the log outside: a line too many is harmless, a line that is missing is not."""
    if ready.verdict != READY:
        return
    line = destruction.erase(conn, ready.erasure_id, held.id)
    if line is None:
        raise ErasureOvertaken
    if ready.log:
        erasure_log.append(Path(ready.log), [line])
    failpoint("worker_after_erasure", ready.armed)


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write)
