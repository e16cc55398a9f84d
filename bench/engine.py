"""The job engine: wake-up, jobs a second against bare RQ, relay and reconciler; everything on one installation."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psycopg
import structlog

from bench import bare_rq
from bench.jobs import Asker
from deploy.embedded.stack import COMMANDS, DATABASE, ROOT, Stack
from services.worker import reconciler
from services.worker.relay import relay_batch
from services.worker.wakeups import Wakeups, connect
from shared.db.pool import Database
from shared.settings import Settings, load_settings

CLASSES = ("fork", "simple")
WAKEUPS = 40
LOST = 20
ROUNDS = 3
WARM = 10
ROUND_SECONDS = 6
MOST = 1000
RELAYED = 10_000
OPEN, JOBS = 500, 200_000
WORKER = {**COMMANDS, "worker": ("bench.idle", "worker")}


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Milliseconds from the commit to the claim, of an idle installation."""

    worker_class: str
    poked: tuple[float, ...]
    lost: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """Jobs a second from the commit (or the enqueueing) of all to the end of the last, round by round."""

    worker_class: str
    jobs: int
    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Ours over bare RQ: the median of the rounds, each taken within a minute."""
        return median(ours / bare for ours, bare in zip(self.ours, self.bare, strict=True))


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """All of it; ``reconcile_ms``: taking back 500 lapsed jobs, ``find_ms``: finding that nothing is to be done."""

    wakeups: tuple[Wakeup, ...]
    races: tuple[Race, ...]
    relay_rate: float
    reconcile_ms: float
    wake_ms: float
    find_ms: float


def measure(folder: Path) -> EngineFigures:
    """Start an installation in ``folder``, with its default settings, and measure."""
    with Stack(folder / "engine", start=("dispatcher",), commands=WORKER) as stack:
        asker = Asker.begin(stack)
        wakeups, races = [], []
        for worker_class in CLASSES:
            stack.start_process("worker", env={"NASTAVNIK_WORKER_CLASS": worker_class})
            asker.one()
            asker.wait_done()
            wakeups.append(_wakeup(asker, worker_class))
            races.append(_race(asker, worker_class))
            stack.stop_process("worker")
        stack.stop_process("dispatcher")
        relay_rate = _relay(asker)
        return EngineFigures(tuple(wakeups), tuple(races), relay_rate, *_reconcile(asker))


def _wakeup(asker: Asker, worker_class: str) -> Wakeup:
    poked = tuple(_latency(asker, is_poked=True) for _ in range(WAKEUPS))
    return Wakeup(worker_class, poked, tuple(_latency(asker, is_poked=False) for _ in range(LOST)))


def _latency(asker: Asker, *, is_poked: bool) -> float:
    """One job on an idle installation, at any moment of the poll's interval."""
    time.sleep(0.05 + int.from_bytes(os.urandom(2), "big") / 65536 * 0.25)
    with asker.conn() as conn:
        job = asker.ask(conn)
    committed = time.time()
    if is_poked:
        asker.poke()
    row = asker.wait_for(job, "done")
    return 1000 * float(row["started"] - committed)


def _race(asker: Asker, worker_class: str) -> Race:
    count = max(WARM, min(MOST, int(_ours(asker, WARM) * ROUND_SECONDS)))
    command = [sys.executable, "-m", "bench.bare_rq", worker_class, asker.stack.valkey.url]
    with subprocess.Popen(command, cwd=ROOT) as bare:
        try:
            _bare(asker, WARM)
            rounds = [(_ours(asker, count), _bare(asker, count)) for _ in range(ROUNDS)]
        finally:
            bare.terminate()
    return Race(worker_class, count, *(tuple(column) for column in zip(*rounds, strict=True)))


def _ours(asker: Asker, count: int) -> float:
    with asker.conn() as conn:
        for _ in range(count):
            asker.ask(conn)
    begun = time.perf_counter()
    asker.poke()
    asker.wait_done()
    return count / (time.perf_counter() - begun)


def _bare(asker: Asker, count: int) -> float:
    url = asker.stack.valkey.url
    begun = time.perf_counter()
    bare_rq.fill(url, count)
    while bare_rq.left(url):
        time.sleep(0.02)
    return count / (time.perf_counter() - begun)


def _relay(asker: Asker) -> float:
    """Rows a second from the outbox into the queue, by one relay, in its batches."""
    with asker.conn() as conn:
        for _ in range(RELAYED):
            asker.ask(conn)
    settings = _settings(asker)
    database = Database(settings.need("engine_database_url"), settings, name="bench")
    wakeups = Wakeups(connect(settings.need("valkey_url")), settings, queue="bench-relay")
    begun, sent = time.perf_counter(), 0
    while batch := relay_batch(database, wakeups):
        sent += batch
    seconds = time.perf_counter() - begun
    database.close()
    assert sent >= RELAYED, "not all was sent"
    return sent / seconds


_HISTORY = """
INSERT INTO job_run (municipality_id, kind, args, cause, requested_by, max_attempts, status, attempts, fence,
    lease_until, worker, finished_at, next_at)
SELECT %(m)s, 'bench_idle', '{}', 'request:1', 1, 5, CASE WHEN n <= %(open)s THEN 'running' ELSE 'done' END, 1, 1,
    CASE WHEN n <= %(open)s THEN now() - interval '1 minute' END, 'gone', CASE WHEN n > %(open)s THEN now() END,
    now() - interval '1 hour'
FROM generate_series(1, %(jobs)s) AS n
"""


def _reconcile(asker: Asker) -> tuple[float, float, float]:
    """Milliseconds to take 500 jobs from silent workers, to wake them again, and to look when nothing is lost."""
    settings = _settings(asker)
    with psycopg.connect(asker.stack.postgres.dsn(DATABASE, "postgres"), autocommit=True) as conn:
        conn.execute("DELETE FROM outbox")
        conn.execute("DELETE FROM job_run WHERE status = 'queued'")
        conn.execute(_HISTORY.encode(), {"m": asker.municipality_id, "open": OPEN, "jobs": JOBS})
        conn.execute("VACUUM ANALYZE")
    database = Database(settings.need("engine_database_url"), settings, name="bench")
    log = structlog.wrap_logger(structlog.ReturnLogger())
    wakeups = Wakeups(connect(settings.need("valkey_url")), settings, queue="bench-reconcile")
    begun = time.perf_counter()
    taken = reconciler.take_back(database, log, answer_hours=24)
    took = time.perf_counter() - begun
    assert len(taken) == OPEN, "not all were taken back"
    while relay_batch(database, wakeups):
        pass
    wakeups = Wakeups(connect(settings.need("valkey_url")), settings, queue="bench-empty")
    begun = time.perf_counter()
    woken = reconciler.wake_unanswered(database, wakeups, log, older_than_seconds=0.0)
    woke = time.perf_counter() - begun
    assert len(woken) == OPEN, "not all were woken"
    looks = []
    for _ in range(20):
        begun = time.perf_counter()
        reconciler.take_back(database, log, answer_hours=24)
        reconciler.wake_unanswered(database, wakeups, log, older_than_seconds=30.0)
        looks.append(time.perf_counter() - begun)
    database.close()
    return 1000 * took, 1000 * woke, 1000 * median(looks)


def _settings(asker: Asker) -> Settings:
    return replace(load_settings(asker.stack.env), pool_size=1)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
