"""`python -m bench.bare_rq fork|simple URL`: RQ alone, the same worker class and the same imports before a fork."""

from __future__ import annotations

import sys

from redis import Redis
from rq import Queue, SimpleWorker, Worker

import services.worker.wrapper  # noqa: F401 - what our worker has loaded before it forks, this one has too

QUEUE = "bench-bare"
DONE = "bench:done"


def nothing() -> None:
    """Be a job that does nothing."""


def fill(url: str, count: int) -> None:
    """Put ``count`` jobs into the queue in one round trip, as our relay does."""
    with Redis.from_url(url) as client:
        queue = Queue(QUEUE, connection=client, serializer="json")
        queue.enqueue_many([Queue.prepare_data("bench.bare_rq.nothing", result_ttl=0) for _ in range(count)])


def left(url: str) -> int:
    """Return how many jobs wait or run."""
    with Redis.from_url(url) as client:
        queue = Queue(QUEUE, connection=client, serializer="json")
        return int(queue.count) + int(queue.started_job_registry.get_job_count(cleanup=False))


def main() -> None:
    """Work until killed."""
    kind, url = sys.argv[1:]
    with Redis.from_url(url) as client:
        worker = (Worker if kind == "fork" else SimpleWorker)([QUEUE], connection=client, serializer="json")
        worker.log_result_lifespan = False
        worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
