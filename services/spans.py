"""Spans of requests and jobs for a collector, where the extra `otel` is installed and its standard environment asks.

The ids are ours (shared/trace.py), so a span is found by what the log lines say. Knows no request and no job;
without the extra, or without OTEL_EXPORTER_OTLP_ENDPOINT, it does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from shared.settings import is_tracing_asked_for
from shared.trace import Trace


@dataclass(frozen=True, slots=True)
class Ended:
    """A span that is over; times in nanoseconds since 1970. ``attributes`` hold ids and codes only."""

    name: str
    trace: Trace
    begun_ns: int
    ended_ns: int
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    is_server: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as a child tells it to its parent."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Ended:
        """Return what a child told."""
        return cls(**{**told, "trace": Trace(**told["trace"])})


def ended_now(name: str, trace: Trace, seconds: float, *, is_server: bool = False, **attributes: str | int) -> Ended:
    """Return a span of so many seconds that ends at this moment."""
    now = time.time_ns()
    return Ended(name, trace, now - int(seconds * 1e9), now, attributes, is_server)


def export(span: Ended) -> None:
    """Hand a span to the exporter's own thread; never waits for the collector."""
    sender = _sender() if is_tracing_asked_for() else None
    if sender is not None:
        sender.on_end(_readable(span))


@cache
def _sender() -> Any:
    """Return the SDK's batch processor of this process, None without the extra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        return None
    return BatchSpanProcessor(OTLPSpanExporter())


def _readable(span: Ended) -> Any:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

    def context(span_id: str, *, is_remote: bool) -> SpanContext:
        flags = TraceFlags(TraceFlags.SAMPLED if span.trace.is_sampled else TraceFlags.DEFAULT)
        return SpanContext(int(span.trace.trace_id, 16), int(span_id, 16), is_remote, flags)

    return ReadableSpan(
        name=span.name,
        context=context(span.trace.span_id, is_remote=False),
        parent=context(span.trace.parent_id, is_remote=True) if span.trace.parent_id else None,
        resource=Resource.create({"service.name": "nastavnik"}),
        attributes=dict(span.attributes),
        kind=SpanKind.SERVER if span.is_server else SpanKind.CONSUMER,
        start_time=span.begun_ns,
        end_time=span.ended_ns,
    )
