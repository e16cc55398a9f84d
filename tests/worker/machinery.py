"""What the engine's tests work with: jobs of a programme, and processes of the engine that a test may kill."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from typing import Any
from uuid import UUID

import psycopg
import redis
from psycopg.rows import dict_row

from services.worker.__main__ import main
from services.worker.engine import Runtime, new_name
from services.worker.logs import configure
from services.worker.relay import relay_all
from services.worker.wakeups import Wakeups, connect
from services.worker.wrapper import run
from shared.access.model import Actor, Role
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant, enter
from shared.jobs import upkeep
from shared.jobs.actions import enqueue
from shared.jobs.kinds import AGGREGATE_FEEDBACK
from shared.jobs.model import ProgrammeKey, Requeued
from shared.pack.library import shipped
from shared.programme import actions
from shared.programme.invariants import violations
from shared.settings import Settings, load_settings

LEASE_SECONDS = 2.0
RECONCILE_SECONDS = 0.5


SECRETS_KEY = "key-of-the-tests-alone-0123456789"


def environment(dsns: dict[str, str], valkey_url: str, **more: str) -> dict[str, str]:
    """Return the settings of a fast engine as environment variables."""
    return {
        "NASTAVNIK_ENGINE_DATABASE_URL": dsns["nastavnik_engine"],
        "NASTAVNIK_VALKEY_URL": valkey_url,
        "NASTAVNIK_SECRETS_KEY": SECRETS_KEY,
        "NASTAVNIK_ENVIRONMENT": "test",
        "NASTAVNIK_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "NASTAVNIK_RECONCILE_SECONDS": str(RECONCILE_SECONDS),
        "NASTAVNIK_POLL_SECONDS": "0.05",
        "NASTAVNIK_LOG_LEVEL": "ERROR",
        **more,
    }


def wait_until(is_true: Callable[[], bool], *, seconds: float = 20.0) -> None:
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
    processes: list[ForkProcess] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return load_settings(environment(self.dsns, self.valkey_url))

    @contextmanager
    def conn(self, role: str = "api", *, school_id: int | None = None) -> Iterator[Conn]:
        """Open a transaction of a role in the programme's municipality; committed at the end."""
        with psycopg.connect(self.dsns[f"nastavnik_{role}"], row_factory=dict_row) as conn:
            conn.execute("SELECT 1")
            enter(conn, Tenant(self.programme.municipality_id, school_id))
            yield conn

    def another_programme(self, *, in_municipality: int | None = None) -> ProgrammeKey:
        """Make a programme of another school, in a municipality of its own unless one is named."""
        with psycopg.connect(self.dsns["nastavnik_api"], row_factory=dict_row) as conn:
            conn.execute("SELECT 1")
            return make_programme(conn, "Соседи", municipality_id=in_municipality)

    def ask(self, kind: str = AGGREGATE_FEEDBACK, *, max_attempts: int = 5) -> UUID:
        """Write a job as a request does."""
        with self.conn() as conn:
            return enqueue(
                conn,
                owner=self.programme,
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

    def start(self, duty: str, *options: str, **more: str) -> ForkProcess:
        """Start a process of the engine; ``more`` are settings without their prefix, in capitals.

        Forked from this one: what takes seconds to import is there already.
        """
        env = environment(self.dsns, self.valkey_url, **{f"NASTAVNIK_{k}": v for k, v in more.items()})
        process = get_context("fork").Process(target=_become, args=(env, [duty, *options]))
        process.start()
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

    def run(self, job_run_id: UUID, **changes: Any) -> None:
        """Do the job in this process, as a worker of its own name; ``changes`` are settings."""
        run(job_run_id, runtime=self.runtime(**changes))

    def run_in_child(self, job_run_id: UUID, **changes: Any) -> int:
        """Do the job in a forked child; return its exit code, negative for the signal that ended it."""
        pid = os.fork()
        if pid == 0:
            try:
                self.run(job_run_id, **changes)
            finally:
                os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def reconcile(self) -> list[Requeued]:
        """Take jobs back from workers whose lease is over, in this process."""
        with self.conn("engine") as conn:
            return upkeep.take_back_lapsed(conn)

    def lapse(self, job_run_id: UUID) -> None:
        """Let the lease of a running job be over."""
        self.execute("UPDATE job_run SET lease_until = clock_timestamp() - interval '1 s' WHERE id = %s", job_run_id)

    def broken(self) -> list[str]:
        """Return the rules that do not hold now, whatever was killed before."""
        return sorted({violation.rule for violation in violations(self.dsns["nastavnik_auditor"])})

    def stop(self) -> None:
        """End the processes that still run."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()


def _become(env: dict[str, str], arguments: list[str]) -> None:
    os.closerange(3, 1024)  # locks of the servers' folders, sockets of the test, pytest's files
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    os.environ.update(env)
    sys.exit(main(arguments))


def make_programme(conn: Conn, name: str, *, municipality_id: int | None = None) -> ProgrammeKey:
    """Make a school and its programme, and a municipality unless one is named; as the api role."""
    enter(conn, Tenant(0))
    municipality = municipality_id or _id(conn, "INSERT INTO municipality (name) VALUES (%s) RETURNING id", name)
    enter(conn, Tenant(municipality))
    insert_school = "INSERT INTO school (municipality_id, name) VALUES (%s, %s) RETURNING id"
    school = _id(conn, insert_school, municipality, name)
    actor = Actor(1, Role.CURATOR, Tenant(municipality, school))
    pack = shipped("order_428", 1)
    programme = actions.create(conn, actor, school_id=school, school_year=2020, pack=pack)
    return ProgrammeKey(municipality, school, programme.id)


def _id(conn: Conn, query: str, *args: Any) -> int:
    row = conn.execute(query.encode(), args).fetchone()
    assert row is not None
    return int(row["id"])
