"""Jobs of a programme and of its municipality as the engine leaves them, for those who watch them; knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.conftest import ConnAs
from tests.http import Account, Api

SCORE = "score_effectiveness"
FOREIGN = "weigh_souls"
"""A kind that this release does not know."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A programme that has just begun, and a way to put jobs there."""

    api: Api
    beginning: Beginning
    conn_as: ConnAs

    @property
    def curator(self) -> Account:
        return self.beginning.curator

    def account(self, role: str) -> Account:
        """Make an account of the municipality, or of the school for a school's role."""
        school_id = None if role == "methodist" else self.beginning.school_id
        return self.api.account(self.beginning.municipality_id, role, school_id)

    def admin(self) -> Account:
        """Return the administrator, acting in the municipality."""
        return Account(self.api.app, self.api.admin.token, self.beginning.municipality_id)

    def put(
        self, status: str, *, kind: str = SCORE, count: int = 1, hours_ago: int = 0, of_municipality: bool = False
    ) -> list[str]:
        """Write jobs in a status, each a second younger than the one before; return their ids."""
        school = None if of_municipality else self.beginning.school_id
        programme = None if of_municipality else self.beginning.programme_id
        is_over, is_dead = status in ("done", "dead", "cancelled"), status == "dead"
        conn = self.conn_as("engine", Tenant(self.beginning.municipality_id))
        rows = conn.execute(
            "INSERT INTO job_run (municipality_id, school_id, programme_id, kind, cause, status, attempts, progress,"
            " error_code, error_ru, error_en, created_at, finished_at, lease_until, requested_by)"
            " SELECT %(m)s, %(s)s, %(p)s, %(kind)s, 'request:1', %(status)s, %(attempts)s, %(progress)s,"
            " %(code)s, %(ru)s, %(en)s, t.at, CASE WHEN %(over)s THEN t.at END,"
            " CASE WHEN %(status)s = 'running' THEN now() + interval '1 hour' END, 1"
            " FROM generate_series(1, %(count)s) n,"
            " LATERAL (SELECT now() - make_interval(hours => %(hours)s) + make_interval(secs => n - %(count)s) AS at) t"
            " ORDER BY n RETURNING id",
            {
                "m": self.beginning.municipality_id,
                "s": school,
                "p": programme,
                "kind": kind,
                "status": status,
                "attempts": 0 if status == "queued" else 5,
                "progress": {"done": 1, "running": 0.5}.get(status, 0),
                "code": "job.timed_out" if is_dead else None,
                "ru": "Не успела." if is_dead else None,
                "en": "Too slow." if is_dead else None,
                "over": is_over,
                "count": count,
                "hours": hours_ago,
            },
        ).fetchall()
        conn.commit()
        return [str(row["id"]) for row in rows]

    def status(self, job_id: str) -> Any:
        """Return the status that the row has."""
        conn = self.conn_as("engine", Tenant(self.beginning.municipality_id))
        row = conn.execute("SELECT status FROM job_run WHERE id = %s", (UUID(job_id),)).fetchone()
        return None if row is None else row["status"]

    def live(self, worker: str = "worker-1", *, silent_seconds: int = 0) -> None:
        """Let a process of the engine have been heard of so many seconds ago."""
        conn = self.conn_as("engine", None)
        conn.execute(
            "INSERT INTO worker (id, host, pid, duty, seen_at)"
            " VALUES (%s, 'host', 7, 'worker', clock_timestamp() - make_interval(secs => %s))",
            (worker, silent_seconds),
        )
        conn.commit()


def watch(api: Api, conn_as: ConnAs, **more: Any) -> Watched:
    """Make a programme to watch the jobs of."""
    return Watched(api, begin(api, **more), conn_as)
