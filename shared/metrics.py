"""The metrics there are: their names, labels, and who counts them; the one declaration for all processes.

Knows no process and no place where something is counted. Labels hold words of a known list, never an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase


class Source(StrEnum):
    """Whose /metrics shows it."""

    API = "api"
    """the processes of the API, together"""
    ENGINE = "engine"
    """each dispatcher and each worker, its own"""
    DISPATCHER = "dispatcher"
    """asked of the database at each scrape; every dispatcher says the same"""
    AUDITOR = "auditor"
    """`nastavnik invariants --every`, with the auditor's role"""


class Kind(StrEnum):
    """The Prometheus type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Spec:
    """One metric. ``buckets`` in seconds; ``start`` are the labels shown as 0 before anything was counted."""

    name: str
    kind: Kind
    source: Source
    labels: tuple[str, ...]
    text: str
    buckets: tuple[float, ...] = ()
    start: tuple[tuple[str, ...], ...] = ()


_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_WAIT = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0, 120.0, 600.0, 3600.0)
_RUN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 600.0)
REQUEUE_CAUSES = ("lease_over", "unanswered", "flushed", "failed")
"""The first three are the reconciler's; ``failed``: an attempt failed and another is due."""

TABLE: tuple[Spec, ...] = (
    Spec(
        "transition_total",
        Kind.COUNTER,
        Source.API,
        ("trigger", "result"),
        "Transitions asked for. result: made, guards (refused with reasons), state, stale (412), forbidden, invalid.",
    ),
    Spec("guard_block_total", Kind.COUNTER, Source.API, ("guard",), "How often a guard stood in a transition's way."),
    Spec(
        "http_requests_total",
        Kind.COUNTER,
        Source.API,
        ("rule", "method", "status"),
        "Requests answered, by route, method and class of status (2xx .. 5xx).",
    ),
    Spec(
        "http_request_seconds",
        Kind.HISTOGRAM,
        Source.API,
        ("rule", "method"),
        "How long requests took inside the application.",
        _REQUEST,
    ),
    Spec(
        "job_wait_seconds",
        Kind.HISTOGRAM,
        Source.ENGINE,
        ("kind",),
        "From asking for a job to the start of its first attempt, by the database's clock.",
        _WAIT,
    ),
    Spec(
        "job_run_seconds",
        Kind.HISTOGRAM,
        Source.ENGINE,
        ("kind",),
        "How long attempts ran, whatever came of them; a killed one is missing.",
        _RUN,
    ),
    Spec(
        "job_attempt_total",
        Kind.COUNTER,
        Source.ENGINE,
        ("kind", "outcome"),
        "Attempts by how they ended: done, failed (another is due), dead, fenced. Deliveries are kinds, too.",
    ),
    Spec(
        "job_fenced_total",
        Kind.COUNTER,
        Source.ENGINE,
        (),
        "Attempts whose end was refused: the job was cancelled or somebody else's by then.",
        start=((),),
    ),
    Spec(
        "job_requeued_total",
        Kind.COUNTER,
        Source.ENGINE,
        ("cause",),
        "Jobs waked again: lease_over, unanswered, flushed (the queue lost its memory), failed (next attempt).",
        start=tuple((cause,) for cause in REQUEUE_CAUSES),
    ),
    Spec("job_dead_total", Kind.COUNTER, Source.ENGINE, (), "Jobs given up for good.", start=((),)),
    Spec(
        "message_refused_total",
        Kind.COUNTER,
        Source.ENGINE,
        (),
        "Messages in the queue that were not ours and were not executed.",
        start=((),),
    ),
    Spec("outbox_pending", Kind.GAUGE, Source.DISPATCHER, (), "Wake-ups that are due and not sent."),
    Spec("outbox_oldest_seconds", Kind.GAUGE, Source.DISPATCHER, (), "For how long the oldest of them has been due."),
    Spec("job_open", Kind.GAUGE, Source.DISPATCHER, ("kind", "status"), "Jobs that are queued or running."),
    Spec(
        "worker_seen_age_seconds",
        Kind.GAUGE,
        Source.DISPATCHER,
        ("duty",),
        "Since when no process of the duty was seen alive; +Inf when there is none.",
    ),
    Spec("worker_alive", Kind.GAUGE, Source.DISPATCHER, ("duty",), "Processes of the duty seen within the last 30 s."),
    Spec("database_up", Kind.GAUGE, Source.DISPATCHER, (), "1 when the dispatcher could ask PostgreSQL just now."),
    Spec(
        "invariant_violations",
        Kind.GAUGE,
        Source.AUDITOR,
        ("invariant",),
        "Rows that break what must always hold, as the last check found.",
    ),
    Spec(
        "invariants_checked_timestamp_seconds",
        Kind.GAUGE,
        Source.AUDITOR,
        (),
        "When the last whole check ended, as a Unix time; absent before the first.",
    ),
)
SPECS: Mapping[str, Spec] = MappingProxyType({spec.name: spec for spec in TABLE})


def build(source: Source, registry: CollectorRegistry) -> dict[str, MetricWrapperBase]:
    """Return name -> metric of all that a process of ``source`` counts itself (gauges are asked for instead)."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    return {spec.name: _made(spec, registry) for spec in TABLE if spec.source is source}


def add(metrics: Mapping[str, MetricWrapperBase], name: str, amount: float, labels: Iterable[str]) -> None:
    """Count ``amount`` on a counter, or observe it in a histogram; ``labels`` in the order of the declaration."""
    metric, values = metrics[name], tuple(labels)
    one = metric.labels(*values) if values else metric
    if isinstance(one, Histogram):
        one.observe(amount)
    elif isinstance(one, Counter):
        one.inc(amount)


def _made(spec: Spec, registry: CollectorRegistry) -> MetricWrapperBase:
    if spec.kind is Kind.HISTOGRAM:
        return Histogram(spec.name, spec.text, spec.labels, registry=registry, buckets=spec.buckets)
    made = Counter(spec.name, spec.text, spec.labels, registry=registry)
    for values in spec.start:
        if values:
            made.labels(*values)
    return made
