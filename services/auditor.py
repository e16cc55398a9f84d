"""`python -m services.auditor`: asks every few minutes whether what must always hold does, and shows the answer.

A process of its own, since it reads with the auditor's role what no other process may. Changes nothing, and a
database that is away only makes the last answer older: the time of it is a figure, too.
"""

from __future__ import annotations

import argparse
import http.client
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.worker.exposition import serve
from services.worker.logs import Log, configure, places
from shared import metrics
from shared.db.invariants import rules
from shared.programme.invariants import violations
from shared.settings import SettingInvalid, Settings, load_settings

EVERY_SECONDS = 300.0
_TOLD = 20


class Findings(Collector):
    """What the last whole check found: rows that break a rule, by invariant."""

    def __init__(self) -> None:
        self._found: dict[str, int] = {}
        self._checked_at: float | None = None

    def check(self, settings: Settings, log: Log) -> bool:
        """Ask all questions of all municipalities; False, with the old answer kept, when they cannot be asked."""
        found: Counter[str] = Counter()
        try:
            for violation in violations(settings.need("auditor_database_url")):
                found[violation.invariant] += 1
                if found.total() <= _TOLD:
                    log.error("invariant_violated", rule=violation.rule, municipality=violation.municipality_id)
        except psycopg.Error as error:
            log.warning("database_away", error=type(error).__name__, at=places(error))
            return False
        self._found = {name: found[name] for name in sorted(_invariants() | found.keys())}
        self._checked_at = time.time()
        log.info("invariants_checked", violations=found.total())
        return True

    def describe(self) -> Iterator[Metric]:
        """Name the figures."""
        yield from self._families()

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; nothing before the first whole check."""
        by_invariant, checked_at = self._families()
        if self._checked_at is not None:
            for name, number in self._found.items():
                by_invariant.add_metric([name], number)
            checked_at.add_metric([], self._checked_at)
        yield from (by_invariant, checked_at)

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        specs = (metrics.SPECS["invariant_violations"], metrics.SPECS["invariants_checked_timestamp_seconds"])
        first, second = (GaugeMetricFamily(spec.name, spec.text, labels=spec.labels) for spec in specs)
        return first, second


def main(arguments: list[str] | None = None) -> int:
    """Check until told to stop; with --probe say whether the process of this host answers. 2: settings are wrong."""
    parser = argparse.ArgumentParser(prog="python -m services.auditor", description=__doc__)
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds between two checks")
    parser.add_argument("--probe", action="store_true", help="ask the running process instead; for health checks")
    asked = parser.parse_args(arguments)
    try:
        settings = load_settings()
        bind = settings.need("metrics_bind")
        if asked.probe:
            return _probe(bind)
        settings.need("auditor_database_url")
        _run(settings, bind, every=asked.every)
    except SettingInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _run(settings: Settings, bind: str, *, every: float) -> None:
    log = configure(settings, "auditor")
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    findings, registry = Findings(), CollectorRegistry()
    registry.register(findings)
    serve(bind, registry, log)
    while not is_over.is_set():
        was_asked = findings.check(settings, log)
        is_over.wait(every if was_asked else min(every, 10.0))


def _probe(bind: str) -> int:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(bind.rpartition(":")[2]), timeout=4.0)
        connection.request("GET", "/metrics")
        status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.stderr.write(f"no answer: {type(error).__name__}\n")
        return 1
    return int(status != http.HTTPStatus.OK)


def _invariants() -> set[str]:
    return {rule.partition("_")[0].upper() for rule in rules()}


if __name__ == "__main__":
    sys.exit(main())
