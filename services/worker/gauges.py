"""The figures that only the database knows, asked for at a scrape; knows no counter.

They are not kept: with PostgreSQL away they are absent and ``database_up`` is 0, never old figures that look new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.worker.engine import engine_connection
from shared import metrics
from shared.jobs import gauges
from shared.settings import Settings

_FRESH_SECONDS = 1.0


class DatabaseGauges(Collector):
    """Asks in a connection of its own, once a second at most, however many scrape."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._asked_at = float("-inf")
        self._last: gauges.Gauges | None = None

    def describe(self) -> Iterator[Metric]:
        """Name them without asking the database."""
        for spec in metrics.TABLE:
            if spec.source is metrics.Source.DISPATCHER:
                yield _family(spec.name)

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of now."""
        found = self._ask()
        yield _single("database_up", 0.0 if found is None else 1.0)
        if found is None:
            return
        yield _single("outbox_pending", found.outbox_pending)
        yield _single("outbox_oldest_seconds", found.outbox_oldest_seconds)
        jobs, ages, alive = (_family(n) for n in ("job_open", "worker_seen_age_seconds", "worker_alive"))
        for labels, number in found.open_jobs.items():
            jobs.add_metric(labels, number)
        for duty in gauges.DUTIES:
            ages.add_metric([duty], found.seen_age_seconds[duty])
            alive.add_metric([duty], found.alive[duty])
        yield from (jobs, ages, alive)

    def _ask(self) -> gauges.Gauges | None:
        with self._lock:
            if time.monotonic() - self._asked_at > _FRESH_SECONDS:
                self._last = self._read()
                self._asked_at = time.monotonic()
            return self._last

    def _read(self) -> gauges.Gauges | None:
        try:
            with engine_connection(self._settings, "metrics") as conn:
                return gauges.read(conn)
        except psycopg.Error:
            return None


def _family(name: str) -> GaugeMetricFamily:
    spec = metrics.SPECS[name]
    return GaugeMetricFamily(name, spec.text, labels=spec.labels)


def _single(name: str, value: float) -> GaugeMetricFamily:
    family = _family(name)
    family.add_metric([], value)
    return family
