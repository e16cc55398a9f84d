"""The worker process: keeps an RQ worker alive through outages of Valkey until it is told to stop."""

from __future__ import annotations

import contextlib
import signal
import time
from types import FrameType

import psycopg
from redis.exceptions import RedisError
from rq.exceptions import StopRequested

from services.worker.engine import Runtime, engine_connection, new_name
from services.worker.handlers import HANDLERS
from services.worker.keeper import Keeper
from services.worker.logs import Log, places
from services.worker.mail import smtp_server
from services.worker.rq_workers import GuardedWorker, build_worker
from services.worker.wakeups import connect
from shared.jobs import work
from shared.pack.library import shipped_packs
from shared.settings import Settings
from shared.webhooks.addresses import allowed_places

_LONGEST_WAIT = 5.0


class WorkerProcess:
    """One worker process. Everything a job needs is imported by now, so a forked child starts at once."""

    def __init__(self, settings: Settings, log: Log, *, queue: str, burst: bool) -> None:
        self._settings, self._log = settings, log
        self._queue, self._burst = queue, burst
        self._is_stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; with burst until the queue is empty."""
        allowed_places(self._settings.webhook_hosts)  # a mistake in the list ends the worker, not every delivery
        shipped_packs()
        if self._settings.smtp_url:
            smtp_server(self._settings.smtp_url)  # a wrong address is told at once, not by the first letter
        wait = 0.1
        while not self._is_stopping:
            self._listen()
            started = time.monotonic()
            with contextlib.suppress(StopRequested):
                self._work_once()
            if self._burst:
                return
            wait = 0.1 if time.monotonic() - started > _LONGEST_WAIT else min(wait * 2, _LONGEST_WAIT)
            self._rest(wait)

    def _work_once(self) -> None:
        runtime = Runtime(self._settings, new_name("worker"), self._log)
        keeper = Keeper(runtime) if self._settings.worker_class == "simple" else None
        worker: GuardedWorker | None = None
        try:
            client = connect(self._settings.need("valkey_url"), socket_seconds=60.0)
            worker = build_worker(client, runtime, queue=self._queue, keeper=keeper, on_stop=self._stop)
            self._log.info("worker_started", worker=runtime.name)
            _recall(runtime)
            worker.work(burst=self._burst, logging_level="WARNING")
        except RedisError as error:
            self._log.warning("valkey_away", error=type(error).__name__)
        finally:
            if worker is not None:
                worker.leave()
            if keeper is not None:
                keeper.stop()
            self._log.info("worker_stopped", worker=runtime.name)

    def _listen(self) -> None:
        """RQ leaves its own handlers behind; between two RQ workers ours must be in force."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        self._is_stopping = True

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._is_stopping and time.monotonic() < end:
            time.sleep(0.05)


def _recall(runtime: Runtime) -> None:
    """Take up what an older release put off; PostgreSQL away is no error, the pause ends by itself."""
    try:
        with engine_connection(runtime.settings, "worker") as conn:
            recalled = work.recall_known(conn, kinds=HANDLERS.keys())
    except psycopg.Error as error:
        runtime.log.warning("database_away", error=type(error).__name__, at=places(error))
        return
    if recalled:
        runtime.log.info("jobs_recalled", jobs=recalled)
