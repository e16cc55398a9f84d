"""Asks for idle jobs of one municipality and waits for them; measures nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from redis import Redis

from bench.idle import IDLE, register
from deploy.embedded.stack import DATABASE, Stack
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.jobs.actions import enqueue
from shared.jobs.kinds import POKE_CHANNEL
from shared.jobs.model import MunicipalityKey

PATIENCE_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks on a stack; ``municipality_id`` is of its own."""

    stack: Stack
    municipality_id: int

    @classmethod
    def begin(cls, stack: Stack) -> Asker:
        """Make the municipality."""
        register()
        with psycopg.connect(stack.postgres.dsn(DATABASE, "postgres"), row_factory=dict_row) as conn:
            row = conn.execute("INSERT INTO municipality (name) VALUES ('bench') RETURNING id").fetchone()
            assert row is not None
            return cls(stack, int(row["id"]))

    def ask(self, conn: Conn, **args: float) -> UUID:
        """Write one job into the caller's transaction."""
        return enqueue(
            conn, owner=MunicipalityKey(self.municipality_id), kind=IDLE, args=args, cause="request:1", requested_by=1
        )

    @contextmanager
    def conn(self) -> Iterator[Conn]:
        """Open a transaction as the API does; committed at the end."""
        url = self.stack.postgres.dsn(DATABASE, "nastavnik_api")
        with psycopg.connect(url, row_factory=dict_row) as conn:
            conn.execute("SELECT 1")
            enter(conn, Tenant(self.municipality_id))
            yield conn

    def one(self, **args: float) -> UUID:
        """Ask for one job and commit."""
        with self.conn() as conn:
            return self.ask(conn, **args)

    def poke(self) -> None:
        """Give the hint that the API gives after a commit."""
        with Redis.from_url(self.stack.valkey.url) as client:
            client.publish(POKE_CHANNEL, "1")

    def drop(self, job: UUID) -> None:
        """End a job without its worker."""
        with psycopg.connect(self.stack.postgres.dsn(DATABASE, "postgres")) as conn:
            query = (
                "UPDATE job_run SET status = 'cancelled', fence = fence + 1, lease_until = NULL, finished_at = now()"
            )
            conn.execute(f"{query} WHERE id = %s".encode(), (job,))

    def row(self, job: UUID) -> dict[str, Any]:
        """Return a job's row, its start as seconds since 1970."""
        with psycopg.connect(self.stack.postgres.dsn(DATABASE, "postgres"), row_factory=dict_row) as conn:
            query = "SELECT *, extract(epoch FROM started_at)::float8 AS started FROM job_run WHERE id = %s"
            found = conn.execute(query, (job,)).fetchone()
            assert found is not None
            return found

    def open_jobs(self) -> int:
        """Return how many jobs are queued or running."""
        with psycopg.connect(self.stack.postgres.dsn(DATABASE, "postgres")) as conn:
            row = conn.execute("SELECT count(*) FROM job_run WHERE status IN ('queued', 'running')").fetchone()
            return 0 if row is None else int(row[0])

    def wait_done(self, *, every: float = 0.02) -> None:
        """Wait until no job is open. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.open_jobs():
            if time.monotonic() > end:
                raise TimeoutError("jobs are still open")
            time.sleep(every)

    def wait_sent(self) -> None:
        """Wait until every message has gone to the queue. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE_SECONDS
        with psycopg.connect(self.stack.postgres.dsn(DATABASE, "postgres"), autocommit=True) as conn:
            while conn.execute("SELECT FROM outbox WHERE sent_at IS NULL").fetchone() is not None:
                if time.monotonic() > end:
                    raise TimeoutError("messages are still unsent")
                time.sleep(0.02)

    def wait_for(self, job: UUID, *statuses: str, fence: int = 0) -> dict[str, Any]:
        """Wait until the job has one of the statuses under a later fence than ``fence``. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            row = self.row(job)
            if row["status"] in statuses and row["fence"] > fence:
                return row
            time.sleep(0.02)
        raise TimeoutError(f"the job is not {statuses}: {row['status']}")
