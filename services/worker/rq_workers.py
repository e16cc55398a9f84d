"""RQ's worker as we let it run: foreign messages refused, leases held, no commands from outside, deaths told.

Knows RQ and processes; what a job is and does is the wrapper's business.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.executions import Execution
from rq.job import Job
from rq.worker import BaseWorker

from services.worker import metrics
from services.worker.engine import KeptConnection, Presence, Runtime, engine_connection
from services.worker.guarded_job import ForeignJobError, GuardedJob
from services.worker.keeper import Keeper, extend
from services.worker.logs import places
from services.worker.wakeups import REFUSED
from services.worker.wrapper import run, write_failure
from shared.jobs import work
from shared.jobs.errors import killed

_WORKER_TTL = 25
_MAINTENANCE_SECONDS = 30


class GuardedWorker(BaseWorker):
    """What both worker classes share. ``on_stop`` hears of the first SIGTERM or SIGINT."""

    max_connection_wait_time = 4.0
    runtime: Runtime
    presence: Presence
    on_stop: Callable[[], None]

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a message of ours; refuse and count any other, before a process is forked for it."""
        assert isinstance(job, GuardedJob)  # noqa: S101 - the class is handed to RQ in build_worker
        try:
            job.job_run_id()
        except ForeignJobError as error:
            self._refuse(job, queue, error)
            return
        job.timeout = self.runtime.settings.job_timeout_seconds
        job.runner = self.run_job
        super().execute_job(job, queue)
        metrics.drain()

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """Wait for a message; one whose very id is no text is thrown away, where RQ would end at each look."""
        while True:
            try:
                return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except UnicodeDecodeError:
                self._forget_unreadable()

    def clean_registries(self) -> None:
        """Keep RQ's books; unreadable ones are thrown away, since nothing that counts is in them."""
        try:
            super().clean_registries()  # type: ignore[no-untyped-call]
        except UnicodeDecodeError:
            self._forget_unreadable()

    def run_job(self, job_run_id: UUID) -> None:
        """Do the job; the one way from a message to our code."""
        run(job_run_id, runtime=self.runtime)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Show life where it is read: in PostgreSQL; then in RQ's own books."""
        if not self.is_horse:
            self.presence.beat()
        super().heartbeat(timeout, pipeline)

    def subscribe(self) -> None:
        """Take no commands from Valkey: anybody who can write there could kill jobs."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        """End after the running job."""
        self.on_stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log the type of what went past the wrapper: RQ would log the message and the arguments."""
        name = getattr(exc_info[0], "__name__", "")
        self.runtime.log.error("wrapper_failed", queue_id=job.id, error=name)

    def leave(self) -> None:
        """Take the process from the table of workers."""
        self.presence.leave()

    def _forget_unreadable(self) -> None:
        metrics.count("message_refused_total")
        self.runtime.log.error("message_refused", reason="unreadable id")
        with self.connection.pipeline() as pipeline:
            pipeline.incr(REFUSED)
            for queue in self.queues:
                registries = (queue.started_job_registry, queue.finished_job_registry, queue.failed_job_registry)
                pipeline.delete(queue.intermediate_queue_key, *(registry.key for registry in registries))
            pipeline.execute()

    def _refuse(self, job: Job, queue: Queue, error: ForeignJobError) -> None:
        metrics.count("message_refused_total")
        self.runtime.log.error("message_refused", queue_id=job.id[:100], reason=str(error))
        with self.connection.pipeline() as pipeline:
            pipeline.incr(REFUSED)
            pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            pipeline.delete(job.key)
            pipeline.execute()


class ForkWorker(GuardedWorker, Worker):
    """A child a job. The parent holds the lease while it waits, so no C call of the child can starve it.

    When the parent is killed the orphan's lease runs out: another worker takes the job, the orphan is fenced.
    """

    _held_until = 0.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Begin to count the lease that the child is about to take."""
        self._held_until = time.monotonic() + self.runtime.settings.job_lease_seconds
        super().execute_job(job, queue)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Extend the lease; end a child whose job is no longer ours. Valkey away does not disturb it.

        When PostgreSQL cannot be asked until the lease is over, the job is no longer surely ours: it is ended too.
        """
        assert isinstance(job, GuardedJob)  # noqa: S101
        hold = extend(self.runtime, job.job_run_id())
        if hold is not None and hold is not work.Hold.LOST:
            self._held_until = time.monotonic() + self.runtime.settings.job_lease_seconds
        elif hold is work.Hold.LOST or time.monotonic() > self._held_until:
            self.runtime.log.warning("job_lost", job=str(job.job_run_id()))
            self.kill_horse()
        try:
            super().maintain_heartbeats(job, execution)
        except RedisError as error:
            self.runtime.log.warning("valkey_away", error=type(error).__name__)

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
        """Fail the attempt of a killed child at once: waiting for its lease would only cost time."""
        assert isinstance(job, GuardedJob)  # noqa: S101
        signal_number = os.WTERMSIG(ret_val) if ret_val and os.WIFSIGNALED(ret_val) else 0
        try:
            with engine_connection(self.runtime.settings, "worker") as conn:
                held = work.held_by(conn, job.job_run_id(), worker=self.runtime.name)
                if held is not None:
                    write_failure(conn, held, killed(signal_number), self.runtime)
        except psycopg.Error as error:
            self.runtime.log.warning("database_away", error=type(error).__name__, at=places(error))


class OneProcessWorker(GuardedWorker, SimpleWorker):
    """Jobs in the worker's own process: no fork to wait for. A keeper process holds the leases."""

    keeper: Keeper
    kept: KeptConnection

    def run_job(self, job_run_id: UUID) -> None:
        """Do the job while the keeper holds its lease."""
        with self.keeper.holding(job_run_id):
            run(job_run_id, runtime=self.runtime, kept=self.kept)

    def leave(self) -> None:
        """Take the process from the table of workers, and close its connection."""
        super().leave()
        self.kept.close()


def build_worker(
    client: Redis, runtime: Runtime, *, queue: str, keeper: Keeper | None, on_stop: Callable[[], None]
) -> GuardedWorker:
    """Return a worker of one queue (RQ may lose jobs between two); RedisError when Valkey is away."""
    kind: type[GuardedWorker] = ForkWorker if keeper is None else OneProcessWorker
    worker = kind(
        [queue],
        name=runtime.name,
        connection=client,
        job_class=GuardedJob,
        serializer="json",
        worker_ttl=_WORKER_TTL,
        maintenance_interval=_MAINTENANCE_SECONDS,
        job_monitoring_interval=max(1, int(runtime.settings.job_lease_seconds / 3)),
        log_job_description=False,
    )
    worker.runtime, worker.on_stop = runtime, on_stop
    worker.presence = Presence(runtime, "worker")
    worker.log_result_lifespan = False
    if keeper is not None:
        assert isinstance(worker, OneProcessWorker)  # noqa: S101
        worker.keeper, worker.kept = keeper, KeptConnection(runtime.settings, "worker")
    return worker
