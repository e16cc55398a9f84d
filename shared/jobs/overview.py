"""What people watch jobs by: counts by kind, lists with filters, what is dead and was not repeated; writes nothing.

A kind that this release does not know is a row like any other here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.jobs.model import JobRun, Status
from shared.jobs.store import MAX_PAGE, job_run

RETRY = "retry:"


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job and the job that repeated it, None while nobody did."""

    run: JobRun
    retried_as: UUID | None

    @property
    def retry_of(self) -> UUID | None:
        """Return the job that this one repeats."""
        return UUID(self.run.cause.removeprefix(RETRY)) if self.run.cause.startswith(RETRY) else None


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are wanted; None: any. ``is_retried`` says whether somebody repeated it."""

    status: Status | None = None
    kind: str | None = None
    programme_id: int | None = None
    is_retried: bool | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class KindSummary:
    """One kind: how many jobs are where. ``due`` of the waiting could start now; ``dead`` were not repeated.

    ``oldest_waiting_seconds`` since the oldest waiting one was asked for, None when none waits.
    """

    kind: str
    waiting: int
    due: int
    running: int
    dead: int
    cancelled: int
    oldest_waiting_seconds: float | None
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that may be repeated in bulk."""

    id: UUID
    kind: str
    programme_id: int | None


@dataclass(frozen=True, slots=True)
class DeadJobs:
    """Up to a limit of them, oldest first; ``total`` counts those beyond the limit too."""

    jobs: tuple[DeadJob, ...]
    total: int


def get(conn: Conn, job_run_id: UUID) -> JobSeen:
    """Return one job; NotFound also when it belongs to somebody else."""
    row = _queries().get_seen(conn, job_run_id=job_run_id)
    if row is None:
        raise NotFound
    return JobSeen(job_run(row), row["retried_as"])


def page(conn: Conn, wanted: JobFilter, *, after: UUID | None = None, limit: int = 100) -> list[JobSeen]:
    """Return up to ``limit`` jobs, newest first, that follow the job ``after``."""
    rows = _queries().list_seen(
        conn,
        status=None if wanted.status is None else wanted.status.value,
        kind=wanted.kind,
        programme_id=wanted.programme_id,
        is_retried=wanted.is_retried,
        created_before=wanted.created_before,
        after=after,
        limit=min(limit, MAX_PAGE),
    )
    return [JobSeen(job_run(row), row["retried_as"]) for row in rows]


def summary(conn: Conn) -> list[KindSummary]:
    """Return a line for each kind that has jobs here."""
    return [KindSummary(**row) for row in _queries().summarise(conn)]


def find_dead(
    conn: Conn,
    *,
    limit: int,
    kind: str | None = None,
    programme_id: int | None = None,
    job_ids: Collection[UUID] | None = None,
) -> DeadJobs:
    """Return what is dead and was not repeated; with ``job_ids`` those jobs, whatever became of them."""
    ids = None if job_ids is None else list(job_ids)
    rows = list(_queries().find_dead(conn, kind=kind, programme_id=programme_id, job_ids=ids, limit=limit))
    jobs = tuple(DeadJob(row["id"], row["kind"], row["programme_id"]) for row in rows)
    return DeadJobs(jobs, rows[0]["total"] if rows else 0)


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("overview.sql"), "psycopg")
