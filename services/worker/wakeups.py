"""The queue as the engine sees it: wake-ups in, ids out, and whether it lost its memory.

All of RQ's enqueueing is here. Knows no PostgreSQL. Nothing in the queue is the truth: emptied at any moment
it costs time, never work.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue

from services.worker.guarded_job import FUNCTION, GuardedJob
from shared.jobs.model import Wakeup
from shared.settings import Settings

QUEUE = "nastavnik"
SENTINEL = "nastavnik:sentinel"
REFUSED = "nastavnik:refused"
KEPT_SECONDS = 300
_SOCKET_SECONDS = 5.0


def connect(url: str, *, socket_seconds: float = _SOCKET_SECONDS, retries: int = 1) -> Redis:
    """Return a client that gives up soon; nothing is sent until its first command."""
    return Redis.from_url(
        url,
        socket_timeout=socket_seconds,
        socket_connect_timeout=min(socket_seconds, 2.0),
        retry=Retry(NoBackoff(), retries),
    )


class Wakeups:
    """Sends wake-ups to one queue. Every method raises redis.exceptions.RedisError when Valkey is away."""

    def __init__(self, client: Redis, settings: Settings, *, queue: str = QUEUE) -> None:
        self._client = client
        self._queue = Queue(queue, connection=client, job_class=GuardedJob, serializer="json")
        self._timeout = settings.job_timeout_seconds

    def send(self, wakeups: Sequence[Wakeup]) -> None:
        """Put messages into the queue in one round trip; the same one twice is harmless."""
        unique = {wakeup.queue_id: wakeup for wakeup in wakeups}
        self._queue.enqueue_many(
            [
                Queue.prepare_data(
                    FUNCTION,
                    args=(str(wakeup.job_run_id),),
                    timeout=self._timeout,
                    result_ttl=0,
                    failure_ttl=KEPT_SECONDS,
                    description=queue_id,
                    job_id=queue_id,
                )
                for queue_id, wakeup in unique.items()
            ]
        )

    def waiting(self) -> set[UUID]:
        """Return the jobs with a message still in the queue."""
        found = set()
        for name in self._client.lrange(self._queue.key, 0, -1):
            text = name if isinstance(name, str) else name.decode("ascii", "replace")
            try:
                found.add(UUID(text.rsplit("-r", 1)[0]))
            except ValueError:
                continue  # not ours: a worker will refuse it
        return found

    def has_forgotten(self) -> bool:
        """Say whether the queue lost its memory since `remember`."""
        return not self._client.exists(SENTINEL)

    def remember(self) -> None:
        """Leave the mark that a flush would take away."""
        self._client.set(SENTINEL, "1")
