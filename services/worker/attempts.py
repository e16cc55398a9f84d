"""What is told of every attempt at a job: its place in the trace, the ids of its log lines, how long it took.

Knows no result and no kind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from structlog.contextvars import bound_contextvars

from services.spans import ended_now
from services.worker import metrics
from shared import trace
from shared.jobs.model import Claim


@contextmanager
def observed(held: Claim) -> Iterator[Claim]:
    """Yield the claim as a new span of the trace it was asked for in; what it sets going inherits that."""
    span = trace.continued(held.traceparent)
    if held.attempts == 1:
        waited = (held.started_at - held.created_at).total_seconds()
        metrics.count("job_wait_seconds", held.kind, amount=max(waited, 0.0))
    ids = {"municipality": held.municipality_id, "trace": span.trace_id, "span": span.span_id}
    if held.programme_id is not None:
        ids["programme"] = held.programme_id
    begun = time.monotonic()
    try:
        with bound_contextvars(**ids):
            yield replace(held, traceparent=span.header)
    finally:
        seconds = time.monotonic() - begun
        metrics.count("job_run_seconds", held.kind, amount=seconds)
        metrics.tally().span(ended_now(f"job {held.kind}", span, seconds, job=str(held.id), attempt=held.attempts))
