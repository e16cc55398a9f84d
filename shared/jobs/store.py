"""Rows of jobs to values and back, and what people may read of them; never commits and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.jobs.model import Claim, JobRun, Sentence, Status, Wakeup, WorkerSeen

MAX_PAGE = 500


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg")


def get(conn: Conn, job_run_id: UUID) -> JobRun:
    """Return one job; NotFound also when it belongs to somebody else."""
    row = queries().get_job(conn, job_run_id=job_run_id)
    if row is None:
        raise NotFound
    return job_run(row)


def workers(conn: Conn) -> list[WorkerSeen]:
    """Return the processes of the engine, the silent ones too."""
    return [WorkerSeen(**row) for row in queries().list_workers(conn)]


def job_run(row: Mapping[str, Any]) -> JobRun:
    """Return a row of get_job, or of a page, as a value."""
    error = None
    if row["error_code"] is not None:
        error = Sentence(row["error_code"], row["error_ru"], row["error_en"])
    plain = {f.name: row[f.name] for f in fields(JobRun) if f.name not in ("status", "error")}
    return JobRun(status=Status(row["status"]), error=error, **plain)


def claim(row: Mapping[str, Any]) -> Claim:
    """Return a claimed row as a value."""
    return Claim(**{field.name: row[field.name] for field in fields(Claim)})


def wakeup(row: Mapping[str, Any]) -> Wakeup:
    """Return a row of the outbox as a value."""
    return Wakeup(**row)
