"""The engine's processes as actors: the real relay, reconciler, wrapper and keeper; any of them may be replaced.

A test that replaces one by a broken one asserts that the simulation finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import psycopg
import structlog
from redis.exceptions import RedisError

from services.worker import keeper, reconciler, wrapper
from services.worker.engine import Runtime, engine_connection
from services.worker.relay import relay_batch
from services.worker.stamper import stamp_all
from services.worker.wakeups import Wakeups
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.jobs import work
from shared.jobs.errors import killed
from tests.simulation.connections import SteppedDatabase
from tests.simulation.queue import LossyQueue
from tests.simulation.stepping import Actor, Killed, current, halt

if TYPE_CHECKING:
    from tests.simulation.simulation import Stage

_ROUNDS = 60
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Parts:
    """The functions under test."""

    run: Callable[..., None] = wrapper.run
    relay: Callable[[Database, Wakeups], int] = relay_batch
    take_back: Callable[..., Any] = reconciler.take_back
    wake_unanswered: Callable[..., Any] = reconciler.wake_unanswered
    recover_flush: Callable[..., Any] = reconciler.recover_flush
    extend: Callable[[Runtime, UUID], work.Hold | None] = keeper.extend
    stamp: Callable[[Database], int] = stamp_all


@dataclass
class Engine:
    """Two workers with a keeper, two relays, a reconciler, two stampers.

    ``title`` makes the workers' names new in the database.
    """

    stage: Stage
    queue: LossyQueue
    parts: Parts
    rng: Random
    title: str
    holding: dict[str, tuple[UUID, Runtime]] = field(default_factory=dict)
    doomed: dict[str, UUID] = field(default_factory=dict)
    _lives: int = 0

    def __post_init__(self) -> None:
        settings = self.stage.settings
        url = settings.need("engine_database_url")
        self._log = structlog.get_logger()
        self._database = SteppedDatabase(url, settings, connections=self.stage.connections)
        self._wakeups = cast("Wakeups", self.queue)

    def actors(self) -> list[Actor]:
        """Return the processes."""
        return [
            *(Actor(name, partial(self._worker, name)) for name in ("w1", "w2")),
            Actor("keeper", lambda: self._again(self._keep), weight=2),
            *(Actor(name, lambda: self._again(self._relay), weight=5) for name in ("r1", "r2")),
            Actor("reconciler", lambda: self._again(self._reconcile), weight=3),
            *(Actor(name, lambda: self._again(self._stamp), weight=2) for name in ("s1", "s2")),
        ]

    def is_doomed(self, name: str) -> bool:
        """Say whether the keeper found that the worker's job is no longer its own."""
        job = self.doomed.pop(name, None)
        return job is not None and name in self.holding and self.holding[name][0] == job

    def drain(self, weather: Any) -> None:
        """Do all duties in turn until nothing is open, or for too long."""
        runtime = self._runtime("drain")
        for _ in range(_ROUNDS):
            weather.lapse()
            weather.end_waits()
            self._reconcile()
            while self.parts.relay(self._database, self._wakeups):
                pass
            while self.queue.messages:
                self.parts.run(self.queue.take(), runtime=runtime)
            if weather.is_at_rest():
                break
        self._stamp()

    def _again(self, duty: Callable[[], object]) -> None:
        """Do a duty over and over, as the dispatcher does: an outage or a kill makes it begin anew."""
        while True:
            try:
                halt("begin")
                duty()
            except Killed:
                _me().revive()
            except (Unavailable, RedisError):
                continue

    def _relay(self) -> None:
        self.parts.relay(self._database, self._wakeups)

    def _stamp(self) -> None:
        self.parts.stamp(self._database)

    def _reconcile(self) -> None:
        self.parts.recover_flush(self._database, self._wakeups, self._log)
        self.parts.take_back(self._database, self._log, answer_hours=24)
        self.parts.wake_unanswered(self._database, self._wakeups, self._log, older_than_seconds=0.0)

    def _keep(self) -> None:
        halt("idle", until=lambda: bool(self.holding))
        name = self.rng.choice(sorted(self.holding))
        job, runtime = self.holding[name]
        if self.parts.extend(runtime, job) is work.Hold.LOST:
            self.doomed[name] = job

    def _worker(self, name: str) -> None:
        while True:
            runtime = self._runtime(name)
            try:
                while True:
                    halt("free", until=lambda: bool(self.queue.messages))
                    job = self.queue.take()
                    self.holding[name] = (job, runtime)
                    self.parts.run(job, runtime=runtime)
                    del self.holding[name]
            except Killed:
                _me().revive()
                self._bury(name)

    def _bury(self, name: str) -> None:
        """After a child's death the parent writes the failure down; after that of the whole group nobody does."""
        held = self.holding.pop(name, None)
        if held is None or self.rng.random() < 0.5:
            return
        job, runtime = held
        try:
            with engine_connection(runtime.settings, "worker") as conn:
                claim = work.held_by(conn, job, worker=runtime.name)
                if claim is not None:
                    wrapper.write_failure(conn, claim, killed(_SIGKILL), runtime)
        except psycopg.Error:
            return
        except Killed:
            _me().revive()

    def _runtime(self, name: str) -> Runtime:
        self._lives += 1
        return Runtime(self.stage.settings, f"{self.title}-{name}-{self._lives}", self._log)


def _me() -> Actor:
    found = current()
    assert found is not None
    return found
