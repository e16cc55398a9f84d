"""Ticks are rows: however many look and whoever dies, a tick has one job."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from services.worker.logs import configure
from services.worker.scheduler import tick_all
from shared.db.pool import Database
from shared.jobs.kinds import KEEP_RETENTION
from shared.jobs.periodic import PERIODIC, Missed, Periodic
from shared.jobs.schedule import MOST_AT_ONCE, Ticked
from tests.worker.machinery import Engine, wait_until

EVERY = timedelta(days=1000)
"""So long that no tick comes while a test runs."""
pytestmark = pytest.mark.usefixtures("holds_after")


def entry(missed: Missed, *, grace: timedelta = timedelta(0), every: timedelta = EVERY) -> Mapping[str, Periodic]:
    """A schedule of one line of the given sort."""
    return {"test_line": Periodic("test_line", KEEP_RETENTION, missed, "a test", every=every, grace=grace)}


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    made = Database(
        engine.dsns["nastavnik_engine"], replace(engine.settings, pool_size=4, pool_timeout_seconds=60.0), name="test"
    )
    yield made
    made.close()


def tick(engine: Engine, database: Database, periodic: Mapping[str, Periodic]) -> list[Ticked]:
    return tick_all(database, configure(engine.settings, "test"), periodic=periodic)


def last_looked(engine: Engine, *, ago: timedelta, name: str = "test_line") -> None:
    """Let the schedule of the municipality have come so far."""
    engine.execute(
        "INSERT INTO schedule_tick (municipality_id, name, tick) VALUES (%s, %s, clock_timestamp() - %s)",
        engine.programme.municipality_id,
        name,
        ago,
    )


def jobs(engine: Engine) -> int:
    return len(engine.rows("SELECT id FROM job_run WHERE cause = 'tick:test_line'"))


def test_a_new_municipality_begins_without_a_backlog(engine: Engine, database: Database) -> None:
    for _ in range(2):
        assert tick(engine, database, entry(Missed.ALL)) == []
    (row,) = engine.rows("SELECT tick, job_run_id, tick <= clock_timestamp() AS is_past FROM schedule_tick")
    assert (row["job_run_id"], row["is_past"]) == (None, True)
    assert jobs(engine) == 0


@pytest.mark.parametrize(("missed", "run"), [(Missed.SKIP, 0), (Missed.LAST, 1), (Missed.ALL, 3)])
def test_ticks_that_nobody_looked_at_are_treated_as_their_line_says(
    engine: Engine, database: Database, missed: Missed, run: int
) -> None:
    now = datetime.now(UTC)
    into_the_span = (now - datetime(2000, 1, 1, tzinfo=UTC)) % EVERY
    last_looked(engine, ago=2.5 * EVERY + into_the_span)
    found = tick(engine, database, entry(missed))
    assert len(found) == jobs(engine) == run
    assert len(engine.rows("SELECT tick FROM schedule_tick")) == 4
    assert tick(engine, database, entry(missed)) == []


def test_a_long_backlog_is_worked_off_in_pieces(engine: Engine, database: Database) -> None:
    last_looked(engine, ago=(MOST_AT_ONCE + 10) * EVERY)
    periodic = entry(Missed.ALL)
    assert len(tick(engine, database, periodic)) == MOST_AT_ONCE
    assert 9 <= len(tick(engine, database, periodic)) <= 11
    assert tick(engine, database, periodic) == []


def test_of_many_that_look_at_once_one_writes_each_job(engine: Engine) -> None:
    last_looked(engine, ago=5 * EVERY)
    found: list[Ticked] = []
    start = threading.Barrier(4)

    def look() -> None:
        own = Database(
            engine.dsns["nastavnik_engine"],
            replace(engine.settings, pool_size=1, pool_timeout_seconds=60.0),
            name="test",
        )
        try:
            start.wait(60)
            for _ in range(3):
                found.extend(tick(engine, own, entry(Missed.ALL)))
        finally:
            own.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({one.tick for one in found}) == len(found) == jobs(engine)
    assert len(found) in (5, 6)


@pytest.mark.parametrize(("point", "left"), [("scheduler_before_commit", 0), ("scheduler_after_commit", 1)])
def test_one_that_is_killed_leaves_the_tick_with_its_job_or_neither(
    engine: Engine, database: Database, point: str, left: int
) -> None:
    last_looked(engine, ago=1.5 * EVERY)
    pid = os.fork()
    if pid == 0:
        try:
            own = Database(
                engine.dsns["nastavnik_engine"],
                replace(engine.settings, pool_size=1, pool_timeout_seconds=60.0),
                name="child",
            )
            tick_all(own, configure(engine.settings, "test"), periodic=entry(Missed.LAST), armed=point)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert jobs(engine) == left
    tick(engine, database, entry(Missed.LAST))
    assert jobs(engine) == 1


def test_a_zone_that_is_none_does_not_keep_the_others_waiting(engine: Engine, database: Database) -> None:
    other = engine.another_programme()
    with engine.conn() as conn:
        conn.execute("UPDATE municipality SET timezone = 'Nowhere/At_All'")
    daily = {"daily": Periodic("daily", KEEP_RETENTION, Missed.LAST, "a test", at=time(7))}
    tick(engine, database, daily)
    with engine.conn("engine") as conn:
        rows = conn.execute("SELECT municipality_id FROM schedule_tick").fetchall()
    assert [row["municipality_id"] for row in rows] == [other.municipality_id]


def test_the_dispatcher_ticks_and_the_work_is_done(engine: Engine) -> None:
    for name in PERIODIC:
        last_looked(engine, ago=timedelta(days=2.2), name=name)
    engine.execute("UPDATE schedule_tick SET job_run_id = NULL")
    engine.start("dispatcher")
    engine.start("worker")
    wanted = {name for name, line in PERIODIC.items() if line.missed is Missed.LAST}

    def are_done() -> bool:
        done = engine.rows("SELECT cause FROM job_run WHERE status = 'done' AND programme_id IS NULL")
        return {f"tick:{name}" for name in wanted} <= {row["cause"] for row in done}

    wait_until(are_done, seconds=60)


def test_no_school_sees_the_work_of_its_municipality(engine: Engine, database: Database) -> None:
    last_looked(engine, ago=1.5 * EVERY)
    (ticked,) = tick(engine, database, entry(Missed.LAST))
    engine.run(ticked.job_run_id)
    assert engine.status(ticked.job_run_id) == "done"
    counts = "SELECT (SELECT count(*) FROM job_run) AS jobs, (SELECT count(*) FROM result) AS results"
    with engine.conn("api", school_id=engine.programme.school_id) as conn:
        assert conn.execute(counts).fetchone() == {"jobs": 0, "results": 0}
    with engine.conn("api") as conn:
        assert conn.execute(counts).fetchone() == {"jobs": 1, "results": 1}
