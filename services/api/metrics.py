"""What the API counts, and /metrics where all its processes are shown as one; knows no meaning of a figure.

Under gunicorn every process counts in files of a folder that deploy/gunicorn.conf.py makes; here they are summed.
Nothing of it needs PostgreSQL.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, values
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector

from services.api.counter_files import reading
from services.api.request_scope import after_commit, state
from shared import metrics
from shared.errors import (
    Forbidden,
    GuardsUnmet,
    NastavnikError,
    NotAuthenticated,
    NotFound,
    Refused,
    VersionMismatch,
)
from shared.programme.machine import TRIGGERS

EXTENSION = "nastavnik_metrics"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_RESULTS: tuple[tuple[type[NastavnikError], str], ...] = (
    (GuardsUnmet, "guards"),
    (Refused, "state"),
    (VersionMismatch, "stale"),
    (Forbidden, "forbidden"),
    (NastavnikError, "invalid"),
)


class MetricsTokenNeeded(NotAuthenticated):
    """These figures are shown to whoever sends the token of the setting metrics_token."""

    code = "access.metrics"
    ru = "Показатели отдаются по токену из настройки metrics_token."


class Counts:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._metrics: dict[str, MetricWrapperBase] = metrics.build(metrics.Source.API, self._registry)

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Count, or observe ``amount`` in a histogram."""
        metrics.add(self._metrics, name, amount, labels)

    def exposition(self) -> bytes:
        """Return all figures as Prometheus reads them: of every process where several count together."""
        if not values.ValueClass._multiprocess:  # noqa: SLF001 - the library tells it nowhere else
            return generate_latest(self._registry)
        together = CollectorRegistry()
        collector = MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        with reading(Path(collector._path)):  # noqa: SLF001 - the environment's word, which the library has read
            return generate_latest(together)


def metrics_blueprint() -> Blueprint:
    """Return /metrics."""
    blueprint = Blueprint("metrics", __name__)
    blueprint.add_url_rule("/metrics", "metrics", _show, methods=["GET"])
    return blueprint


def counts() -> Counts:
    """Return the running application's counters."""
    found: Counts = current_app.extensions[EXTENSION]
    return found


def count_request(status: int, seconds: float) -> None:
    """Count the request that is being answered."""
    rule = "" if request.url_rule is None else request.url_rule.rule
    method = request.method if request.method in _METHODS else "other"
    counts().add("http_requests_total", rule, method, f"{status // 100}xx")
    counts().add("http_request_seconds", rule, method, amount=seconds)


@contextmanager
def counting_transition(trigger: str) -> Iterator[None]:
    """Count what becomes of a transition: a refusal at once, one that was made when it is durable."""
    known = trigger if trigger in TRIGGERS else "unknown"
    try:
        yield
    except NastavnikError as error:
        counts().add("transition_total", known, next(word for kind, word in _RESULTS if isinstance(error, kind)))
        if isinstance(error, GuardsUnmet):
            for blocker in error.blockers["en"]:
                counts().add("guard_block_total", blocker["guard"])
        raise
    after_commit(partial(counts().add, "transition_total", known, "made"))


def _show() -> Response:
    wanted = state().settings.metrics_token
    if not wanted:
        raise NotFound
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), wanted.encode()):
        raise MetricsTokenNeeded
    return Response(counts().exposition(), content_type=CONTENT_TYPE_LATEST)
