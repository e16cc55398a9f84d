"""A programme, jobs of it, and the engine's processes as children that a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
from psycopg.rows import dict_row

from services.worker.engine import Runtime, new_name
from services.worker.logs import configure
from services.worker.relay import relay_all
from services.worker.wakeups import Wakeups, connect
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant, enter
from shared.jobs.actions import enqueue
from shared.jobs.kinds import AGGREGATE_FEEDBACK
from shared.jobs.model import ProgrammeKey
from shared.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 2.0
RECONCILE_SECONDS = 0.5


def environment(dsns: dict[str, str], valkey_url: str, **more: str) -> dict[str, str]:
    """Return the settings of a fast engine as environment variables."""
    return {
        "NASTAVNIK_ENGINE_DATABASE_URL": dsns["nastavnik_engine"],
        "NASTAVNIK_VALKEY_URL": valkey_url,
        "NASTAVNIK_ENVIRONMENT": "test",
        "NASTAVNIK_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "NASTAVNIK_RECONCILE_SECONDS": str(RECONCILE_SECONDS),
        "NASTAVNIK_POLL_SECONDS": "0.05",
        "NASTAVNIK_LOG_LEVEL": "WARNING",
        **more,
    }


def wait_until(is_true: Callable[[], bool], *, seconds: float = 15.0) -> None:
    """Wait for something to become true; fail when it does not."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)


@dataclass
class Engine:
    """What a test does with jobs: ask for them, look at them, start and kill the engine's processes."""

    dsns: dict[str, str]
    valkey_url: str
    programme: ProgrammeKey
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return load_settings(environment(self.dsns, self.valkey_url))

    @contextmanager
    def conn(self, role: str = "api") -> Iterator[Conn]:
        """Open a transaction of a role in the programme's municipality; committed at the end."""
        with psycopg.connect(self.dsns[f"nastavnik_{role}"], row_factory=dict_row) as conn:
            conn.execute("SELECT 1")
            enter(conn, Tenant(self.programme.municipality_id))
            yield conn

    def ask(self, kind: str = AGGREGATE_FEEDBACK, *, max_attempts: int = 5) -> UUID:
        """Write a job as a request does."""
        with self.conn() as conn:
            return enqueue(
                conn,
                programme=self.programme,
                kind=kind,
                args={},
                cause="request:1",
                requested_by=1,
                max_attempts=max_attempts,
            )

    def rows(self, query: str, *args: Any) -> list[dict[str, Any]]:
        """Read as the engine inside the tenant."""
        with self.conn("engine") as conn:
            return conn.execute(query.encode(), args).fetchall()

    def job(self, job_run_id: UUID) -> dict[str, Any]:
        return self.rows("SELECT * FROM job_run WHERE id = %s", job_run_id)[0]

    def status(self, job_run_id: UUID) -> str:
        return str(self.job(job_run_id)["status"])

    def results(self, job_run_id: UUID) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM result WHERE job_run_id = %s", job_run_id)

    def execute(self, query: str, *args: Any) -> None:
        """Change rows as the engine inside the tenant."""
        with self.conn("engine") as conn:
            conn.execute(query.encode(), args)

    def start(self, duty: str, *options: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a process of the engine; ``more`` are settings without their prefix, in capitals."""
        env = environment(self.dsns, self.valkey_url, **{f"NASTAVNIK_{k}": v for k, v in more.items()})
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("NASTAVNIK_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "services.worker", duty, *options], cwd=ROOT, env=inherited | env
        )
        self.processes.append(process)
        return process

    def relay(self) -> int:
        """Send what is due, in this process."""
        database = Database(self.dsns["nastavnik_engine"], replace(self.settings, pool_size=1), name="test")
        try:
            return relay_all(database, self.wakeups())
        finally:
            database.close()

    def wakeups(self) -> Wakeups:
        return Wakeups(connect(self.valkey_url), self.settings)

    def client(self) -> redis.Redis:
        return connect(self.valkey_url)

    def runtime(self, **changes: Any) -> Runtime:
        settings = replace(self.settings, **changes)
        return Runtime(settings, new_name("worker"), configure(settings, "test"))

    def stop(self) -> None:
        """End the processes that still run."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def make_programme(owner: Conn, name: str) -> ProgrammeKey:
    """Insert a municipality with one school and one programme; the caller is the api role of the platform."""
    enter(owner, Tenant(0))
    municipality = _id(owner, "INSERT INTO municipality (name) VALUES (%s) RETURNING id", name)
    enter(owner, Tenant(municipality))
    school = _id(owner, "INSERT INTO school (municipality_id, name) VALUES (%s, %s) RETURNING id", municipality, name)
    programme = _id(
        owner,
        "INSERT INTO programme (municipality_id, school_id, school_year, pack_code, pack_version, stage)"
        " VALUES (%s, %s, 2020, 'order_428', 1, 'closing') RETURNING id",
        municipality,
        school,
    )
    return ProgrammeKey(municipality, school, programme)


def _id(conn: Conn, query: str, *args: Any) -> int:
    row = conn.execute(query.encode(), args).fetchone()
    assert row is not None
    return int(row["id"])


@pytest.fixture
def programme(dsns: dict[str, str]) -> ProgrammeKey:
    """A programme in its last stage, without a single fact."""
    with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        return make_programme(conn, "Калининский район")


@pytest.fixture
def engine(dsns: dict[str, str], valkey_url: str, programme: ProgrammeKey) -> Iterator[Engine]:
    """The engine on fresh servers; its processes are stopped at the end."""
    made = Engine(dsns, valkey_url, programme)
    yield made
    made.stop()
