"""What a process of the engine counts, and its own /metrics on the setting metrics_bind; knows no job's meaning.

A job's child ends by os._exit and takes its memory along, so it tells its parent by a pipe: what was written stays
even when the child is killed. A pipe that is full drops figures: counting never holds up work.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry

from services.spans import Ended, export
from services.worker.exposition import serve
from services.worker.gauges import DatabaseGauges
from services.worker.logs import Log
from shared import metrics
from shared.jobs.model import Requeued, Status
from shared.settings import Settings

_MANY = 1 << 16


class Tally:
    """The counters of one process and of the children it forks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._metrics = metrics.build(metrics.Source.ENGINE, self.registry)
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Count here, or tell the process that counts."""
        if os.getpid() == self._pid:
            metrics.add(self._metrics, name, amount, labels)
            return
        self._tell([name, amount, labels])

    def span(self, ended: Ended) -> None:
        """Export a span, in the process that lives long enough to send it."""
        if os.getpid() == self._pid:
            export(ended)
        else:
            self._tell(ended.as_json())

    def drain(self) -> None:
        """Take in what children told; lines are shorter than a pipe writes in one piece."""
        if os.getpid() != self._pid:
            return
        with self._lock, contextlib.suppress(BlockingIOError):
            rest = b""
            while chunk := os.read(self._read, _MANY):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._take(json.loads(line))

    def _tell(self, what: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(self._write, json.dumps(what).encode() + b"\n")

    def _take(self, told: Any) -> None:
        if isinstance(told, dict):
            export(Ended.from_json(told))
        else:
            name, amount, labels = told
            metrics.add(self._metrics, name, amount, labels)


@cache
def tally() -> Tally:
    """Return this process's counters; those of its parent in a child."""
    return Tally()


def begin(settings: Settings, duty: str, log: Log) -> None:
    """Begin to count anew, and show it where the settings say; a dispatcher shows the database's figures, too.

    SettingInvalid for an address that is none; one that is taken is a warning and tried again.
    """
    tally.cache_clear()
    own = tally()
    if settings.metrics_bind:
        if duty == "dispatcher":
            own.registry.register(DatabaseGauges(settings))
        serve(settings.metrics_bind, own.registry, log, before=own.drain)


def count(name: str, *labels: str, amount: float = 1.0) -> None:
    """Count something of this process or of its child."""
    tally().add(name, *labels, amount=amount)


def drain() -> None:
    """Take in what a child that has ended told."""
    tally().drain()


def count_attempt(kind: str, became: str) -> None:
    """Count how an attempt ended: done, fenced, or the job's status after a failure (queued: another is due)."""
    outcome = "failed" if became == Status.QUEUED else became
    count("job_attempt_total", kind, outcome)
    if outcome == "fenced":
        count("job_fenced_total")
    elif outcome == Status.DEAD:
        count("job_dead_total")
    elif outcome == "failed":
        count("job_requeued_total", outcome)


def count_requeued(found: list[Requeued]) -> None:
    """Count what the reconciler did."""
    for job in found:
        if job.status is Status.DEAD:
            count("job_dead_total")
        else:
            count("job_requeued_total", job.cause)
