"""What a worker does with a job: claim, hold, finish, fail (protocol W). Engine role; never commits.

The fence decides everything: a statement that does not find its own fence writes nothing at all.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.db.pool import Conn
from shared.jobs import store
from shared.jobs.actions import enqueue
from shared.jobs.errors import KIND_UNKNOWN
from shared.jobs.kinds import job_kind
from shared.jobs.model import Claim, Computed, Failed, Sentence, Status

UNKNOWN_SECONDS = 60.0
UNKNOWN_LONGEST_SECONDS = 900.0


class Hold(StrEnum):
    """What an attempt to extend a lease found."""

    OURS = "ours"
    """extended"""
    WAITING = "waiting"
    """nobody's yet: not claimed, or taken back"""
    LOST = "lost"
    """cancelled, ended, or somebody else's"""


def claim(conn: Conn, job_run_id: UUID, *, worker: str, lease_seconds: float, kinds: Collection[str]) -> Claim | None:
    """Take the job; None when it is not due, ended, held by a living worker, or of a kind we do not know."""
    row = store.queries().claim(conn, job_run_id=job_run_id, worker=worker, lease=lease_seconds, kinds=list(kinds))
    return None if row is None else store.claim(row)


def put_off_unknown(conn: Conn, job_run_id: UUID, *, kinds: Collection[str]) -> str | None:
    """Leave a due job of a kind that we do not know queued for later and say so in its row; return the kind.

    It spends no attempt and is never dead of it: a release that knows the kind will do it. The pause grows with the
    number of messages. None: the job is not due, not queued, or of a kind that we know.
    """
    row = store.queries().put_off_unknown(
        conn,
        job_run_id=job_run_id,
        kinds=list(kinds),
        first=UNKNOWN_SECONDS,
        longest=UNKNOWN_LONGEST_SECONDS,
        code=KIND_UNKNOWN.code,
        ru=KIND_UNKNOWN.ru,
        en=KIND_UNKNOWN.en,
    )
    return None if row is None else str(row["kind"])


def recall_known(conn: Conn, *, kinds: Collection[str]) -> int:
    """Make the jobs due at once that an older release put off and we know; return how many."""
    recalled: int = store.queries().recall_known(conn, kinds=list(kinds), code=KIND_UNKNOWN.code)
    return recalled


def extend_lease(conn: Conn, job_run_id: UUID, *, worker: str, lease_seconds: float) -> Hold:
    """Keep the job that the process ``worker`` holds; a lease that ran out is lost once somebody took it."""
    row = store.queries().extend_lease(conn, job_run_id=job_run_id, worker=worker, lease=lease_seconds)
    if row is not None:
        return Hold.OURS
    row = store.queries().holder(conn, job_run_id=job_run_id)
    return Hold.WAITING if row is not None and row["status"] == Status.QUEUED else Hold.LOST


def held_by(conn: Conn, job_run_id: UUID, *, worker: str) -> Claim | None:
    """Return the job as the process ``worker`` holds it, None when it does not."""
    row = store.queries().held_by(conn, job_run_id=job_run_id, worker=worker)
    return None if row is None else store.claim(row)


def report_progress(conn: Conn, held: Claim, progress: float) -> None:
    """Show how far the job is, 0..1; it never goes back, and a lost job shows nothing."""
    store.queries().report_progress(
        conn,
        municipality_id=held.municipality_id,
        job_run_id=held.id,
        fence=held.fence,
        progress=progress,
    )


def finish(conn: Conn, held: Claim, computed: Computed) -> int | None:
    """Write end, result and follow-up jobs in the caller's one transaction, whose tenant is the job's.

    Returns the result's id; None, with nothing written, when the job is no longer ours.
    """
    ended = store.queries().finish(
        conn,
        municipality_id=held.municipality_id,
        job_run_id=held.id,
        fence=held.fence,
        inputs_version=computed.inputs_version,
    )
    if ended is None:
        return None
    result_id = _insert_result(conn, held, computed)
    for follow_up in computed.follow_ups:
        enqueue(
            conn,
            owner=held.owner,
            kind=follow_up.kind,
            args=follow_up.args,
            cause=f"job:{held.id}",
            requested_by=held.requested_by,
            max_attempts=held.max_attempts,
            traceparent=held.traceparent,
        )
    return result_id


def fail(conn: Conn, held: Claim, why: Sentence, *, is_final: bool, delay_seconds: float) -> Failed | None:
    """Put the job back for a later attempt, or end it as dead; None when it is no longer ours."""
    row = store.queries().fail(
        conn,
        municipality_id=held.municipality_id,
        job_run_id=held.id,
        fence=held.fence,
        is_final=is_final,
        delay=delay_seconds,
        code=why.code,
        ru=why.ru,
        en=why.en,
    )
    if row is None:
        return None
    if row["status"] == Status.QUEUED:
        store.queries().insert_wakeup(
            conn,
            municipality_id=held.municipality_id,
            job_run_id=held.id,
            run_no=row["run_no"],
            not_before=row["next_at"],
        )
    return Failed(Status(row["status"]), row["next_at"], row["attempts"])


def _insert_result(conn: Conn, held: Claim, computed: Computed) -> int:
    row = store.queries().insert_result(
        conn,
        municipality_id=held.municipality_id,
        school_id=held.school_id,
        programme_id=held.programme_id,
        kind=job_kind(held.kind).result_kind,
        job_run_id=held.id,
        fence=held.fence,
        inputs_version=computed.inputs_version,
        cut_off_at=computed.cut_off_at,
        based_on=computed.based_on,
        body=Jsonb(computed.body),
        canonical=computed.canonical,
        digest=computed.digest,
        inputs_digest=computed.inputs_digest,
        pack_code=computed.pack_code,
        pack_version=computed.pack_version,
        algorithm_version=computed.algorithm_version,
    )
    result_id: int = row["id"]
    return result_id
