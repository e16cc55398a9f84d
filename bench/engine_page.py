"""The job engine's part of docs/performance.md, out of measured values; says what was missed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.engine import JOBS, LOST, OPEN, RELAYED, ROUNDS, WAKEUPS, EngineFigures, Race, Wakeup, quantile
from bench.machine import Machine
from bench.recovery import Recovery

BEGIN, END = "<!-- engine: begin -->", "<!-- engine: end -->"
LEASE_AND_RECONCILE = 45.0


@dataclass(frozen=True, slots=True)
class EngineRun:
    """One run of `python -m bench engine`."""

    at: datetime
    machine: Machine
    figures: EngineFigures
    recoveries: Sequence[Recovery]


def section(run: EngineRun) -> str:
    """Return the part as Markdown, between its two marks."""
    parts = [BEGIN, _head(run), _targets(run), _wakeups(run), _races(run), _upkeep(run), _recoveries(run), END]
    return "\n\n".join(parts)


def _head(run: EngineRun) -> str:
    return f"""## Job engine

By `python -m bench engine`, {run.at:%Y-%m-%d %H:%M} UTC, commit {run.machine.commit}, {run.machine.cores} cores; \
load average {run.machine.load:.1f} before and {os.getloadavg()[0]:.1f} after: above {run.machine.cores} the machine \
was shared with other work and times are the worse for it; ratios were taken in turn. Everything is the real thing \
(`Stack`: dispatcher, worker, PostgreSQL with fsync, Valkey with its append-only file); the job is a kind that does \
nothing and exists in `bench/` only. It is claimed, read in a snapshot, finished with its result in one transaction."""


def _targets(run: EngineRun) -> str:
    poked = [quantile(one.poked, 0.5) for one in run.figures.wakeups]
    lost = [quantile(one.lost, 0.5) for one in run.figures.wakeups]
    slowest = max(one.by_default for one in run.recoveries)
    rows = [
        ("commit to running job, with the poke, p50 ms (fork; simple)", _pair(poked), "≤ 30", max(poked) <= 30),
        ("the same with the poke lost, p50 ms", _pair(lost), "≤ 300", max(lost) <= 300),
        *(
            (
                f"idle jobs a second over bare RQ, {race.worker_class} worker",
                f"{race.ratio:.2f}",
                "≥ 0.5",
                race.ratio >= 0.5,
            )
            for race in run.figures.races
        ),
        ("slowest recovery at default settings, s", f"{slowest:.1f}", "≤ 45", slowest <= LEASE_AND_RECONCILE),
    ]
    lines = [
        f"| {what} | {found} | {target} | {'held' if held else '**missed**'} |" for what, found, target, held in rows
    ]
    return "\n".join(["| what | measured | target | |", "|---|---|---|---|", *lines])


def _pair(values: Sequence[float]) -> str:
    return "; ".join(f"{value:.0f}" for value in values)


def _wakeups(run: EngineRun) -> str:
    lines = [_wakeup(one) for one in run.figures.wakeups]
    return "\n".join(
        [
            f"### Wake-up of an idle installation: {WAKEUPS} jobs with the poke, {LOST} without",
            "",
            "| worker | poke p50 ms | p95 | poke lost p50 ms | p95 |",
            "|---|---|---|---|---|",
            *lines,
            "",
            "From the end of COMMIT in the asking process to the claim in the worker, both by the machine's clock.",
            "With the poke lost the dispatcher's look every 250 ms finds the job. Peers, measured on another day:",
            "Celery 2.9 ms, Procrastinate 4.2, DBOS 38.",
        ]
    )


def _wakeup(one: Wakeup) -> str:
    cells = [quantile(values, share) for values in (one.poked, one.lost) for share in (0.5, 0.95)]
    return f"| {one.worker_class} | {' | '.join(f'{cell:.0f}' for cell in cells)} |"


def _races(run: EngineRun) -> str:
    return "\n".join(
        [
            f"### Idle jobs a second, end to end, one worker; bare RQ in turn with it, {ROUNDS} rounds",
            "",
            "| worker | jobs | ours, /s by round | bare RQ, /s by round | ratio |",
            "|---|---|---|---|---|",
            *(_race(race) for race in run.figures.races),
            "",
            "Bare RQ runs an empty function with the same worker class, serializer and modules loaded before the fork;",
            "it keeps no state, no result and no lease. Ours opens a connection and commits four times a job.",
        ]
    )


def _race(race: Race) -> str:
    ours, bare = (", ".join(f"{rate:.1f}" for rate in rates) for rates in (race.ours, race.bare))
    return f"| {race.worker_class} | {race.jobs} | {ours} | {bare} | {race.ratio:.2f} |"


def _upkeep(run: EngineRun) -> str:
    found = run.figures
    return "\n".join(
        [
            "### Relay and reconciler",
            "",
            "| what | measured |",
            "|---|---|",
            f"| outbox rows relayed a second ({RELAYED} rows, one relay, batches of 100) | {found.relay_rate:.0f} |",
            f"| taking back {OPEN} jobs of silent workers among {JOBS:,} rows, ms | {found.reconcile_ms:.0f} |",
            f"| waking {OPEN} jobs whose messages were lost, ms | {found.wake_ms:.0f} |",
            f"| one look when nothing is lost, ms | {found.find_ms:.1f} |",
        ]
    )


def _recoveries(run: EngineRun) -> str:
    lines = [f"| {one.fault} | {one.until} | {one.by_default:.1f} | {one.fast:.1f} |" for one in run.recoveries]
    return "\n".join(
        [
            "### Recovery, seconds from the kill",
            "",
            "| fault | until | default settings | fast settings |",
            "|---|---|---|---|",
            *lines,
            "",
            "Once each. What was killed is started again at once, as compose and `make run` do; the start is counted.",
            "Default: lease 15 s, reconciler every 30 s, look every 0.25 s; fast: 2 s, 1 s, 0.1 s. RQ alone notices a",
            "dead worker after up to 11.5 minutes.",
        ]
    )
