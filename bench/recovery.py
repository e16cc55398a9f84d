"""How long it takes until a job whose worker, dispatcher or server was killed is under way again or done.

Killed processes are started again at once, as compose and `make run` do; the clock runs from the kill.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import psutil
from redis import Redis

from bench.engine import WORKER
from bench.jobs import Asker
from deploy.embedded.stack import Stack

FAST: Mapping[str, str] = MappingProxyType(
    {
        "NASTAVNIK_JOB_LEASE_SECONDS": "2",
        "NASTAVNIK_RECONCILE_SECONDS": "1",
        "NASTAVNIK_POLL_SECONDS": "0.1",
    }
)
LONG = 600.0
"""Seconds of a job that only a kill ends."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the fault to the job being held again (``running``) or finished (``done``)."""

    fault: str
    until: str
    by_default: float
    fast: float


def measure(folder: Path) -> list[Recovery]:
    """Measure every fault on an installation with default settings and on one with fast ones."""
    slow = _all(folder / "default", MappingProxyType({}))
    fast = _all(folder / "fast", FAST)
    return [Recovery(fault, until, slow[fault, until], seconds) for (fault, until), seconds in fast.items()]


def _all(folder: Path, environment: Mapping[str, str]) -> dict[tuple[str, str], float]:
    with Stack(folder, start=("dispatcher", "worker"), commands=WORKER, environment=environment) as stack:
        asker = Asker.begin(stack)
        asker.one()
        asker.wait_done()
        faults: dict[tuple[str, str], Callable[[Asker], float]] = {
            ("the job's process killed", "held again"): _child,
            ("the whole worker group killed", "held again"): _group,
            ("dispatcher killed as a job is asked for", "done"): _dispatcher,
            ("Valkey flushed with 20 jobs waiting", "all done"): _flush,
            ("Valkey killed with 20 jobs waiting", "all done"): _valkey,
            ("PostgreSQL killed as a job is asked for", "done"): _postgres,
        }
        return {name: fault(asker) for name, fault in faults.items()}


def _child(asker: Asker) -> float:
    job, fence = _running(asker)
    begun = time.monotonic()
    for child in psutil.Process(asker.stack.processes["worker"].pid).children(recursive=True):
        child.kill()
    asker.wait_for(job, "running", fence=fence)
    return _ended(asker, job, begun)


def _group(asker: Asker) -> float:
    job, fence = _running(asker)
    begun = time.monotonic()
    asker.stack.kill_process("worker", whole=True)
    asker.stack.start_process("worker")
    asker.wait_for(job, "running", fence=fence)
    return _ended(asker, job, begun)


def _dispatcher(asker: Asker) -> float:
    asker.stack.kill_process("dispatcher")
    begun = time.monotonic()
    asker.one()
    asker.stack.start_process("dispatcher")
    asker.wait_done()
    return time.monotonic() - begun


def _flush(asker: Asker) -> float:
    _waiting(asker)
    begun = time.monotonic()
    with Redis.from_url(asker.stack.valkey.url) as client:
        client.flushall()
    asker.stack.start_process("worker")
    asker.wait_done()
    return time.monotonic() - begun


def _valkey(asker: Asker) -> float:
    _waiting(asker)
    begun = time.monotonic()
    asker.stack.kill_process("valkey")
    asker.stack.start_process("valkey")
    asker.stack.start_process("worker")
    asker.wait_done()
    return time.monotonic() - begun


def _postgres(asker: Asker) -> float:
    asker.one()
    begun = time.monotonic()
    asker.stack.kill_process("postgres")
    asker.stack.start_process("postgres")
    asker.wait_done()
    return time.monotonic() - begun


def _running(asker: Asker) -> tuple[UUID, int]:
    job = asker.one(seconds=LONG)
    asker.poke()
    return job, int(asker.wait_for(job, "running")["fence"])


def _ended(asker: Asker, job: UUID, begun: float) -> float:
    """Cancel the long job once it is held again; its worker is told within a third of the lease."""
    seconds = time.monotonic() - begun
    asker.drop(job)
    asker.stack.kill_process("worker", whole=True)
    asker.stack.start_process("worker")
    return seconds


def _waiting(asker: Asker) -> None:
    """Have 20 jobs sent and no worker that takes them."""
    asker.stack.kill_process("worker", whole=True)
    with asker.conn() as conn:
        for _ in range(20):
            asker.ask(conn)
    asker.poke()
    asker.wait_sent()
