"""Row 14: three tickers write the schedule of the months past, over changes of the clock, and die again and again."""

from __future__ import annotations

import os
import signal
import sys
import time as clock
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from zoneinfo import ZoneInfo

from services.worker.logs import configure
from services.worker.scheduler import tick_all
from services.worker.wakeups import connect
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.jobs.kinds import WATCH_OPEN_CASES
from shared.jobs.periodic import Missed, Periodic
from shared.settings import load_settings
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial

ZONES = ("Europe/Berlin", "Australia/Sydney", "America/New_York", "Europe/Moscow")
AT = time(2, 30)
"""A local time that a day of spring leaves out and a day of autumn has twice."""
LINE = Periodic("watch_open_cases", WATCH_OPEN_CASES, Missed.ALL, "every tick counts here", at=AT)
DAYS = 200
"""A change of the clock lies within them, whenever the test runs."""
BEFORE, AFTER = "scheduler_before_commit", "scheduler_after_commit"
POINTS = (BEFORE, AFTER, BEFORE, "", AFTER, "")
PAUSE = 3.0
"""Seconds between two kills by hand; the points kill besides."""


def _tick(env: dict[str, str], point: str) -> None:
    """Be a ticker until somebody ends us, or until the point is reached."""
    os.closerange(3, 1024)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    settings = replace(load_settings(env), failpoint=point, pool_size=1)
    database = Database(settings.need("engine_database_url"), settings, name="ticker")
    while True:
        try:
            tick_all(database, configure(settings, "ticker"), periodic={LINE.name: LINE}, armed=point)
        except Unavailable:
            database.close()  # a busy machine; the dispatcher does the same
        clock.sleep(0.01)


@contextmanager
def tickers(system: System) -> Iterator[list[ForkProcess]]:
    """Three of them; whoever is dead is replaced by `replace_dead`."""
    running: list[ForkProcess] = []
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.join(30)


def _start(system: System, point: str) -> ForkProcess:
    env = {key: value for key, value in system.stack.env.items() if "OWNER" not in key}
    process = get_context("fork").Process(target=_tick, args=(env, point))
    process.start()
    return process


def expected(zone: ZoneInfo, first: datetime, last: datetime) -> list[date]:
    """Return the local days whose tick lies in (first, last]: each day has one."""
    days, day = [], first.astimezone(zone).date()
    while day <= last.astimezone(zone).date():
        instant = datetime.combine(day, AT, tzinfo=zone).astimezone(UTC)
        if first < instant <= last:
            days.append(day)
        day += timedelta(days=1)
    return days


def test_three_tickers_of_which_one_dies_again_and_again_give_each_tick_one_job(trial: Trial, system: System) -> None:
    zones = ZONES[:2] if not trial.scale.is_long else ZONES * 6
    trial.of(14, f"{DAYS} days of ticks at 02:30 in {len(zones)} municipalities, three tickers killed in turn")
    for name in ("dispatcher", "worker"):
        system.kill(name)  # they would tick and work, too
    schools = trial.plain(system, len(zones))
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS)
    for school, zone in zip(schools, zones, strict=True):
        system.rows("UPDATE municipality SET timezone = %s WHERE id = %s", zone, school.municipality_id)
        system.rows("INSERT INTO schedule_tick VALUES (%s, %s, %s)", school.municipality_id, LINE.name, begun)
    mine = [school.municipality_id for school in schools]
    _tick_to_the_end(trial, system, mine)
    for school in schools:
        _judge(system, school.municipality_id, begun)
    # What they would compute is not the matter here; a year of jobs is not done, it is ended.
    system.rows(
        "UPDATE job_run SET status = 'cancelled', fence = fence + 1, finished_at = now()"
        " WHERE municipality_id = ANY(%s) AND status = 'queued'",
        mine,
    )
    system.rows("UPDATE outbox SET sent_at = now() WHERE municipality_id = ANY(%s) AND sent_at IS NULL", mine)
    with connect(system.stack.valkey.url) as client:
        client.flushall()
    system.heal()
    trial.verify(system)


def _tick_to_the_end(trial: Trial, system: System, municipalities: list[int]) -> None:
    """Let three tick, replacing whoever died and killing one more now and then, until all ticks are written."""
    points, killed_at = cycle(POINTS), clock.monotonic()

    def is_over(running: list[ForkProcess]) -> bool:
        nonlocal killed_at
        dead = [process for process in running if not process.is_alive()]
        for process in dead:
            running.remove(process)
            assert process.exitcode == -signal.SIGKILL, "it ended by itself"
            trial.injected("SIGKILL of a ticker")
        while len(running) < 3:
            running.append(_start(system, next(points)))
        if clock.monotonic() - killed_at > PAUSE:
            killed_at = clock.monotonic()
            running[0].kill()
            running[0].join(30)
        last = "SELECT min(t) AS n FROM (SELECT max(tick) AS t FROM schedule_tick WHERE municipality_id = ANY(%s)"
        oldest = system.value(f"{last} GROUP BY municipality_id) x", municipalities)
        return bool(oldest > datetime.now(UTC) - timedelta(hours=26))

    with tickers(system) as running:
        wait_until(lambda: is_over(running), "all ticks are written", seconds=300)
    assert trial.faults["SIGKILL of a ticker"] >= 2


def _judge(system: System, municipality_id: int, begun: datetime) -> None:
    zone = ZoneInfo(system.value("SELECT timezone AS n FROM municipality WHERE id = %s", municipality_id))
    rows = system.rows(
        "SELECT tick, job_run_id FROM schedule_tick WHERE municipality_id = %s AND name = %s AND tick > %s"
        " ORDER BY tick",
        municipality_id,
        LINE.name,
        begun,
    )
    jobs = system.rows("SELECT id, cause FROM job_run WHERE municipality_id = %s", municipality_id)
    assert Counter(row["job_run_id"] for row in rows) == Counter(job["id"] for job in jobs), "one job a tick"
    assert {job["cause"] for job in jobs} == {f"tick:{LINE.name}"}
    local = [row["tick"].astimezone(zone) for row in rows]
    assert [instant.date() for instant in local] == expected(zone, begun, rows[-1]["tick"]), "one tick a local day"
    times = Counter(instant.time() for instant in local)
    changes = 0 if zone.key == "Europe/Moscow" else 1
    assert times[AT] >= len(local) - 2 * changes
