"""Protocol W, the one function a message may name: claims a job, lets its kind compute, writes what came.

Knows no formulas and no queue. Opens its own connection, since what a parent opened must not be used in a child;
a process that forks none may lend one that it keeps.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from rq.timeouts import JobTimeoutException
from structlog.contextvars import bound_contextvars

from services.worker import metrics
from services.worker.attempts import observed
from services.worker.engine import KeptConnection, Runtime, engine_connection
from services.worker.handlers import HANDLERS
from services.worker.kind import Handler, Job, Outcome
from services.worker.logs import places
from shared.canonical import canonical, digest, plain
from shared.clock import fixed_now
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.errors import NastavnikError, NotFound, Unavailable
from shared.failpoint import failpoint
from shared.jobs import work
from shared.jobs.backoff import delay_seconds
from shared.jobs.errors import (
    DATABASE_AWAY,
    OUT_OF_MEMORY,
    TIMED_OUT,
    SubjectGone,
    TemporaryError,
    sentence_of,
    unexpected,
)
from shared.jobs.model import Claim, Computed, Sentence
from shared.programme import store as programmes

INPUTS_READ = 0.5


def run(job_run_id: UUID, *, runtime: Runtime, kept: KeptConnection | None = None) -> None:
    """Do the job if it is to be done now, else leave quietly; raises nothing for what goes wrong."""
    settings = runtime.settings
    with bound_contextvars(job=str(job_run_id), worker=runtime.name):
        try:
            with engine_connection(settings, "worker") if kept is None else kept.lent() as conn:
                held = work.claim(
                    conn,
                    job_run_id,
                    worker=runtime.name,
                    lease_seconds=settings.job_lease_seconds,
                    kinds=HANDLERS.keys(),
                )
                if held is None:
                    _leave(conn, job_run_id, runtime)
                    return
                with observed(held) as mine:
                    runtime.log.info("job_started", kind=mine.kind, fence=mine.fence, attempt=mine.attempts)
                    failpoint("worker_after_claim", settings.failpoint)
                    _attempt(conn, mine, runtime)
        except psycopg.Error as error:
            # The row is still queued, or its lease will run out: the reconciler brings it back.
            runtime.log.warning("database_away", error=type(error).__name__, at=places(error))


def _leave(conn: Conn, job_run_id: UUID, runtime: Runtime) -> None:
    """Leave a job that is not for us; one of a kind we do not know is put off, so that its messages do not spin."""
    kind = work.put_off_unknown(conn, job_run_id, kinds=HANDLERS.keys())
    if kind is None:
        runtime.log.info("job_left")
    else:
        runtime.log.warning("job_kind_unknown", kind=kind)


def _attempt(conn: Conn, held: Claim, runtime: Runtime) -> None:
    handler = HANDLERS[held.kind]
    try:
        computed, effects = _compute(conn, held, handler, runtime)
        failpoint("worker_before_finish", runtime.settings.failpoint)
        with tenant_transaction(conn, held, runtime):
            result_id = work.finish(conn, held, computed)
            if result_id is not None:
                handler.write(conn, held, effects)
    except Exception as error:  # noqa: BLE001 - whatever a kind raises becomes a sentence in its row
        _fail(conn, held, error, runtime)
        return
    failpoint("worker_after_finish", runtime.settings.failpoint)
    metrics.count_attempt(held.kind, "fenced" if result_id is None else "done")
    runtime.log.info("job_fenced" if result_id is None else "job_done", kind=held.kind, result=result_id)


def _compute(conn: Conn, held: Claim, handler: Handler, runtime: Runtime) -> tuple[Computed, Any]:
    """Read the inputs in one snapshot, then compute outside of it: a long one would hold back vacuum.

    Returns what to keep and what ``write`` is given.
    """
    with tenant_transaction(conn, held, runtime, is_snapshot=True):
        job = _job(conn, held, runtime)
        snapshot = handler.load(conn, job)
    work.report_progress(conn, held, INPUTS_READ)
    made = handler.compute(snapshot.inputs)
    body = plain(made.body if isinstance(made, Outcome) else made)
    named = snapshot.inputs if snapshot.named is None else snapshot.named
    programme = job.found
    computed = Computed(
        inputs_version=None if programme is None else programme.inputs_version,
        cut_off_at=snapshot.cut_off_at,
        based_on=snapshot.based_on,
        body=body,
        canonical=canonical(body),
        digest=digest(body),
        inputs_digest=digest(named),
        pack_code=None if programme is None else programme.pack_code,
        pack_version=None if programme is None else programme.pack_version,
        algorithm_version=handler.algorithm_version,
    )
    return computed, made.effects if isinstance(made, Outcome) else body


def _job(conn: Conn, held: Claim, runtime: Runtime) -> Job:
    if held.programme_id is None:
        return Job(held, runtime.settings)
    try:
        return Job(held, runtime.settings, programmes.get(conn, held.programme_id))
    except NotFound:
        raise SubjectGone(what={"ru": "программа", "en": "programme"}) from None


@contextmanager
def tenant_transaction(conn: Conn, held: Claim, runtime: Runtime, *, is_snapshot: bool = False) -> Iterator[None]:
    """One transaction inside the job's municipality and school; a snapshot writes nothing."""
    with conn.transaction():
        if is_snapshot:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tenant = Tenant(held.municipality_id, held.school_id)
        enter(conn, tenant, now=fixed_now(runtime.settings.clock_file))
        yield


def _fail(conn: Conn, held: Claim, error: Exception, runtime: Runtime) -> None:
    """Write down why the attempt failed; the connection may be what failed, so a fresh one is taken then."""
    why, is_final = _judge(error)
    is_usable = not conn.closed and conn.info.transaction_status is TransactionStatus.IDLE
    with nullcontext(conn) if is_usable else engine_connection(runtime.settings, "worker") as usable:
        write_failure(usable, held, why, runtime, is_final=is_final)
    runtime.log.warning("job_error", code=why.code, error=type(error).__name__, at=places(error))


def write_failure(conn: Conn, held: Claim, why: Sentence, runtime: Runtime, *, is_final: bool = False) -> None:
    """Put the job back for its next attempt, or end it as dead."""
    delay = delay_seconds(held.attempts, random.random())
    with tenant_transaction(conn, held, runtime):
        failed = work.fail(conn, held, why, is_final=is_final, delay_seconds=delay)
        if failed is not None:
            HANDLERS[held.kind].on_failure(conn, held, why, failed.status)
    status = "fenced" if failed is None else failed.status.value
    metrics.count_attempt(held.kind, status)
    runtime.log.warning("job_failed", job=str(held.id), kind=held.kind, status=status, code=why.code)


def _judge(error: Exception) -> tuple[Sentence, bool]:
    """Return what people are told, and whether trying again would be useless: a refusal stays a refusal."""
    if isinstance(error, Unavailable | psycopg.OperationalError):
        return DATABASE_AWAY, False
    if isinstance(error, NastavnikError):
        return sentence_of(error), not isinstance(error, TemporaryError)
    if isinstance(error, JobTimeoutException):
        return TIMED_OUT, False
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY, False
    return unexpected(error), False
