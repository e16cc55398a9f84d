"""The dispatcher process: relay, reconciler and chainer in one loop; survives PostgreSQL and Valkey being away.

Any number may run. The look every ``poll_seconds`` is the truth, a poke only makes it come sooner.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

from services.worker import reconciler
from services.worker.chainer import Chainer
from services.worker.engine import Presence, Runtime
from services.worker.logs import places
from services.worker.relay import relay_all
from services.worker.scheduler import SCHEDULE_SECONDS, tick_all
from services.worker.sealer import Sealer
from services.worker.stamper import stamp_all
from services.worker.wakeups import Wakeups, connect
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.jobs.kinds import POKE_CHANNEL

_LONGEST_WAIT = 5.0
_POOL = 2


class Dispatcher:
    """One dispatcher. `run` until SIGTERM or SIGINT."""

    def __init__(self, runtime: Runtime, *, queue: str) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._client: Redis = connect(settings.need("valkey_url"))
        self._wakeups = Wakeups(self._client, settings, queue=queue)
        url = settings.need("engine_database_url")
        self._database = Database(url, replace(settings, pool_size=_POOL), name="dispatcher")
        self._presence = Presence(runtime, "dispatcher")
        self._chainer = Chainer(settings, runtime.log)
        self._sealer = Sealer(settings, runtime.log)
        self._pokes: PubSub | None = None
        self._is_stopping = False
        self._reconcile_at = 0.0
        self._schedule_at = 0.0

    def run(self) -> None:
        """Look, send, look again; an outage makes it slower, never ends it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._runtime.log.info("dispatcher_started", worker=self._runtime.name)
        failures = 0
        while not self._is_stopping:
            failures = 0 if self.step() else failures + 1
            if failures:
                self._rest(min(self._runtime.settings.poll_seconds * 2**failures, _LONGEST_WAIT))
            else:
                self._wait_for_poke()
        self._presence.leave()
        self._database.close()
        self._runtime.log.info("dispatcher_stopped", worker=self._runtime.name)

    def step(self) -> bool:
        """Do each duty once; say whether all could be done. A failed one does not keep the others back."""
        self._presence.beat()
        settings, log = self._runtime.settings, self._runtime.log
        is_fine = self._duty(lambda: reconciler.recover_flush(self._database, self._wakeups, log))
        # Before all that can wait: whoever poked wants their job to start. What the others wake goes out next time.
        is_fine &= self._duty(lambda: relay_all(self._database, self._wakeups, armed=settings.failpoint))
        if time.monotonic() >= self._reconcile_at:
            self._reconcile_at = time.monotonic() + settings.reconcile_seconds
            older = max(settings.reconcile_seconds, settings.poll_seconds * 2)
            is_fine &= self._duty(
                lambda: reconciler.take_back(self._database, log, answer_hours=settings.idempotency_hours)
            )
            is_fine &= self._duty(
                lambda: reconciler.wake_unanswered(self._database, self._wakeups, log, older_than_seconds=older)
            )
        is_fine &= self._duty(lambda: self._chainer.step(self._database))
        is_fine &= self._duty(lambda: self._sealer.step(self._database))
        is_fine &= self._duty(lambda: stamp_all(self._database, armed=settings.failpoint))
        if time.monotonic() >= self._schedule_at:
            self._schedule_at = time.monotonic() + min(SCHEDULE_SECONDS, settings.reconcile_seconds)
            is_fine &= self._duty(lambda: tick_all(self._database, log, armed=settings.failpoint))
        return is_fine

    def _duty(self, do: Callable[[], object]) -> bool:
        try:
            do()
        except Unavailable as error:
            self._database.close()  # a pool that lost its server waits ever longer; a new one asks at once
            self._runtime.log.warning("database_away", at=places(error))
        except RedisError as error:
            self._runtime.log.warning("valkey_away", error=type(error).__name__)
        else:
            return True
        return False

    def _wait_for_poke(self) -> None:
        """Wait for a hint, or until it is time to look anyway."""
        try:
            if self._pokes is None:
                self._pokes = PubSub(self._client.connection_pool, ignore_subscribe_messages=True)
                self._pokes.subscribe(POKE_CHANNEL)
            end = time.monotonic() + self._runtime.settings.poll_seconds
            while not self._is_stopping and (left := end - time.monotonic()) > 0:
                if self._pokes.get_message(timeout=left) is not None:
                    return
        except (RedisError, OSError):
            self._pokes = None
            self._rest(self._runtime.settings.poll_seconds)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._is_stopping and time.monotonic() < end:
            time.sleep(0.05)
