"""What people and transitions do with jobs: ask for one, cancel it, repeat it.

Takes the caller's open transaction and tenant, never commits: a job is there exactly when its cause is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.access import audit
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import NotFound
from shared.jobs import store
from shared.jobs.errors import JobNotOver, JobOver, JobRetried
from shared.jobs.kinds import Scope, job_kind
from shared.jobs.model import Owner, Status, owner_of

MAX_ATTEMPTS = 5
FIRST_RUN = 1


def enqueue(
    conn: Conn,
    *,
    owner: Owner,
    kind: str,
    args: Mapping[str, Any],
    cause: str,
    requested_by: int | None,
    max_attempts: int = MAX_ATTEMPTS,
    traceparent: str | None = None,
) -> UUID:
    """Write a job and the intent to wake a worker; return the job's id.

    ``owner``: a programme, its ProgrammeKey, or MunicipalityKey; of which the kind is says its scope (ValueError).
    ``cause``: request:<principal>, event:<seq>, job:<id>, retry:<id>, tick:<name> or delivery:<id>. ``args`` hold
    ids and codes, never personal data. Raises UnknownKind.
    """
    asked = job_kind(kind)
    if (owner.id is None) != (asked.scope is Scope.MUNICIPALITY):
        raise ValueError(f"{kind} is a job of a {asked.scope}")
    limit = asked.max_attempts or max_attempts
    row = store.queries().insert_job(
        conn,
        municipality_id=owner.municipality_id,
        school_id=owner.school_id,
        programme_id=owner.id,
        kind=kind,
        args=Jsonb(dict(args)),
        cause=cause,
        requested_by=requested_by,
        max_attempts=limit,
        traceparent=traceparent,
    )
    job_run_id: UUID = row["id"]
    store.queries().insert_wakeup(
        conn,
        municipality_id=owner.municipality_id,
        job_run_id=job_run_id,
        run_no=FIRST_RUN,
        not_before=None,
    )
    return job_run_id


def cancel(conn: Conn, actor: Actor, job_run_id: UUID) -> None:
    """End an open job; whoever works at it can no longer write. NotFound, or JobOver when it has ended."""
    row = store.queries().cancel(conn, job_run_id=job_run_id)
    if row is None:
        raise JobOver(status=store.get(conn, job_run_id).status.value)
    audit.record(conn, actor, "job.cancel", "job_run", None, entity_uuid=job_run_id, programme_id=row["programme_id"])


def retry(conn: Conn, actor: Actor, job_run_id: UUID) -> UUID:
    """Ask for a dead or cancelled job again: a new job, the old one stays as it is.

    Raises NotFound, JobNotOver, or JobRetried when that was done already.
    """
    row = store.queries().lock_job(conn, job_run_id=job_run_id)
    if row is None:
        raise NotFound
    if row["status"] not in (Status.DEAD, Status.CANCELLED):
        raise JobNotOver(status=row["status"])
    cause = f"retry:{job_run_id}"
    owner = owner_of(row["municipality_id"], row["school_id"], row["id"])
    earlier = store.queries().retry_of(conn, cause=cause)
    if earlier is not None:
        raise JobRetried(job_id=str(earlier["id"]))
    new_id = enqueue(
        conn,
        owner=owner,
        kind=row["kind"],
        args=row["args"],
        cause=cause,
        requested_by=actor.principal_id,
        max_attempts=row["max_attempts"],
        traceparent=actor.traceparent,
    )
    audit.record(conn, actor, "job.retry", "job_run", None, entity_uuid=job_run_id, programme_id=owner.id)
    return new_id
