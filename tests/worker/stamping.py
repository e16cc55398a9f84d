"""Events that happen and are numbered, for tests of the feed and of webhooks; knows no rule of either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from services.worker.stamper import stamp_all
from shared.access.model import Actor, Role
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant
from shared.jobs import actions as jobs
from shared.jobs.model import ProgrammeKey
from tests.worker.machinery import Engine


@contextmanager
def stamper_of(engine: Engine) -> Iterator[Database]:
    """A stamper's own connections."""
    database = Database(engine.dsns["nastavnik_engine"], replace(engine.settings, pool_size=1), name="stamper")
    try:
        yield database
    finally:
        database.close()


def stamp(engine: Engine, *, armed: str = "") -> int:
    """Number what was committed, in this process; return how many."""
    with stamper_of(engine) as database:
        return stamp_all(database, armed=armed)


def killed_stamping(engine: Engine) -> int:
    """Stamp in a child that kills itself before the commit; return its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            stamp(engine, armed="stamper_before_commit")
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def cancel_a_job(engine: Engine, conn: Conn, programme: ProgrammeKey | None = None) -> None:
    """One deed: a job is asked for and cancelled, which is one event."""
    key = programme or engine.programme
    row = conn.execute(
        "INSERT INTO job_run (municipality_id, school_id, programme_id, kind, cause)"
        " VALUES (%s, %s, %s, 'aggregate_feedback', 'request:1') RETURNING id",
        (key.municipality_id, key.school_id, key.id),
    ).fetchone()
    assert row is not None
    jobs.cancel(conn, Actor(1, Role.CURATOR, Tenant(key.municipality_id)), row["id"])
