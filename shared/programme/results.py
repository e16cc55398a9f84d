"""What jobs computed for a programme, read against its facts of now; asks for a computation. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosql

from shared.access import audit
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.jobs.actions import enqueue
from shared.programme import store
from shared.programme.writing import demand_open


@dataclass(frozen=True, slots=True)
class Result:
    """One computed result. ``is_stale``: a fact changed since its inputs were read; ``approved_on``: of a list."""

    id: int
    kind: str
    job_run_id: UUID
    inputs_version: int
    cut_off_at: datetime
    based_on: int | None
    body: Mapping[str, Any]
    digest: str
    inputs_digest: str
    pack_code: str
    pack_version: int
    algorithm_version: str
    is_replayable: bool
    created_at: datetime
    is_stale: bool
    is_latest: bool
    approved_on: date | None

    @property
    def is_superseded(self) -> bool:
        """Whether an approved list has a newer one after it: its approval stays, but no longer counts."""
        return self.approved_on is not None and not self.is_latest


def find(conn: Conn, programme_id: int, kind: str, result_id: int | None = None) -> Result | None:
    """Return the last result of a kind, or the one named; None when there is none."""
    row = _queries().find_result(conn, programme_id=programme_id, kind=kind, result_id=result_id)
    return None if row is None else Result(**{field.name: row[field.name] for field in fields(Result)})


def ask_for(conn: Conn, actor: Actor, programme_id: int, kind: str) -> UUID:
    """Return the open job of a kind, a new one when none is open; NotFound, ReadOnly.

    The programme's lock keeps two askers from making two jobs.
    """
    programme = store.lock(conn, programme_id)
    demand_open(programme)
    held = _queries().open_job(conn, programme_id=programme_id, kind=kind)
    if held is not None:
        found: UUID = held["id"]
        return found
    job_id = enqueue(
        conn,
        owner=programme,
        kind=kind,
        args={},
        cause=f"request:{actor.principal_id}",
        requested_by=actor.principal_id,
        traceparent=actor.traceparent,
    )
    audit.record(conn, actor, f"job.{kind}", "job_run", None, programme_id=programme_id)
    return job_id


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("results.sql"), "psycopg")
