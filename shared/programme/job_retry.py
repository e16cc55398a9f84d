"""Jobs asked for again by hand: one, or many at once; a programme that is over gets none.

Takes the caller's open transaction and tenant, never commits. Programmes are locked in id order, then jobs by age.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import NastavnikError, NotFound
from shared.jobs import actions, overview, store
from shared.jobs.errors import JobNotOver, JobRetried
from shared.jobs.kinds import job_kind
from shared.jobs.model import Status
from shared.jobs.overview import DeadJob
from shared.programme import store as programmes
from shared.programme.writing import demand_open

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Retry:
    """What became of one job: ``new_id``, or why not in ``refusal``; neither where it was only tried."""

    job: DeadJob
    new_id: UUID | None
    refusal: NastavnikError | None


@dataclass(frozen=True, slots=True)
class Retries:
    """What became of the jobs of one request; ``left`` are beyond the limit and wait for the next one."""

    items: tuple[Retry, ...]
    left: int


def retry(conn: Conn, actor: Actor, job_run_id: UUID) -> UUID:
    """Ask for a dead or cancelled job again; return the new job.

    Raises NotFound, ReadOnly, UnknownKind, JobNotOver or JobRetried.
    """
    programme_id = store.get(conn, job_run_id).programme_id
    if programme_id is not None:
        demand_open(programmes.lock(conn, programme_id))
    return actions.retry(conn, actor, job_run_id)


def retry_many(
    conn: Conn,
    actor: Actor,
    *,
    kind: str | None = None,
    programme_id: int | None = None,
    job_ids: Collection[UUID] | None = None,
    limit: int = MOST_AT_ONCE,
    is_dry_run: bool = False,
) -> Retries:
    """Ask again for what is dead and was not repeated, the oldest first; say of each job what became of it.

    With ``job_ids`` those jobs are asked for; one that is not here is answered with NotFound. A dry run writes
    nothing and answers what would be refused.
    """
    found = overview.find_dead(conn, limit=limit, kind=kind, programme_id=programme_id, job_ids=job_ids)
    closed = _closed(conn, {job.programme_id for job in found.jobs if job.programme_id is not None})
    items = [_one(conn, actor, job, closed, is_dry_run=is_dry_run) for job in found.jobs]
    known = {job.id for job in found.jobs}
    missing = sorted(set(job_ids or ()) - known)
    items += [Retry(DeadJob(job_id, "", None), None, NotFound()) for job_id in missing]
    return Retries(tuple(items), max(0, found.total - len(found.jobs)))


def _one(conn: Conn, actor: Actor, job: DeadJob, closed: dict[int, NastavnikError], *, is_dry_run: bool) -> Retry:
    refusal = None if job.programme_id is None else closed.get(job.programme_id)
    if refusal is not None:
        return Retry(job, None, refusal)
    try:
        if not is_dry_run:
            return Retry(job, actions.retry(conn, actor, job.id), None)
        _try(conn, job)
    except NastavnikError as error:
        return Retry(job, None, error)
    return Retry(job, None, None)


def _try(conn: Conn, job: DeadJob) -> None:
    """Raise what `actions.retry` would; JobRetried only for named jobs, the others were not repeated."""
    job_kind(job.kind)
    seen = overview.get(conn, job.id)
    if seen.run.status not in (Status.DEAD, Status.CANCELLED):
        raise JobNotOver(status=seen.run.status.value)
    if seen.retried_as is not None:
        raise JobRetried(job_id=str(seen.retried_as))


def _closed(conn: Conn, programme_ids: set[int]) -> dict[int, NastavnikError]:
    """Lock the programmes in id order and return the refusal of those that are over."""
    closed: dict[int, NastavnikError] = {}
    for programme_id in sorted(programme_ids):
        try:
            demand_open(programmes.lock(conn, programme_id))
        except NastavnikError as error:
            closed[programme_id] = error
    return closed
