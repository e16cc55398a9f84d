"""Writes docs/performance.md but for the engine's part; computes nothing but ratios and says what was missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bench.facts import FactsFigures
from bench.machine import Machine
from bench.transitions import CLIENTS, EACH, LIMIT_SECONDS, REFUSALS, ROUNDS, Round, Transitions


@dataclass(frozen=True, slots=True)
class Run:
    """Everything of one run of `make bench`."""

    at: datetime
    machine: Machine
    flushes: Mapping[str, float]
    transitions: Transitions
    facts: FactsFigures
    demo_seconds: float
    load_after: float


def page(run: Run) -> str:
    """Return the whole page as Markdown."""
    return "\n\n".join([_head(run), _targets(run), _transitions(run), _facts(run), _left_out()]) + "\n"


def _head(run: Run) -> str:
    machine = run.machine
    busy = ""
    if max(machine.load, run.load_after) > 1:
        busy = (
            f" The load average was {machine.load:.1f} before the run and {run.load_after:.1f} after it, on"
            f" {machine.cores} cores: where that is more than the run itself asks for, other work shared the machine."
            " Times are the worse for it; L and the moves were measured in turn, yet their ratio moves too, see the"
            " rounds."
        )
    return f"""# Performance

Written by `make bench` (`python -m bench`); do not edit. One run, {run.at:%Y-%m-%d %H:%M} UTC, commit {machine.commit}.

Machine: {machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB; {machine.system}; \
Python {machine.python}; {machine.packages}.{busy}

Server: the embedded PostgreSQL with its own defaults, fsync and synchronous commit on. `pg_test_fsync`, one 8 \
kB write, \
operations a second: {", ".join(f"{name} {rate:.0f}" for name, rate in run.flushes.items())}."""


def _targets(run: Run) -> str:
    moves, facts = run.transitions, run.facts
    small = facts.sizes[0]
    p99 = moves.moves_ms(0.99)
    ratios = [one.moves.rate / one.limit for one in moves.rounds]
    spread = f"{moves.ratio:.3f} (rounds {min(ratios):.3f} to {max(ratios):.3f})"
    rows = [
        (f"POST transition over HTTP, {CLIENTS} clients, over L", spread, "≥ 0.15", moves.ratio >= 0.15),
        ("p99 of it, ms", f"{p99:.0f}", "≤ 60", p99 <= 60),
        ("false refusals", str(moves.false_refusals), "0", moves.false_refusals == 0),
        ("facts + guards of 60 pairs, ms", f"{small.whole_ms:.1f}", "≤ 3", small.whole_ms <= 3),
        ("growth to 2,000 people (1 is linear)", f"{facts.growth:.2f}", "≤ 1", facts.growth <= 1),
        ("`make demo` from an empty folder, s", f"{run.demo_seconds:.1f}", "≤ 60", run.demo_seconds <= 60),
    ]
    lines = [
        f"| {what} | {found} | {target} | {'held' if is_held else '**missed**'} |"
        for what, found, target, is_held in rows
    ]
    return "\n".join(["## Targets", "", "| what | measured | target | |", "|---|---|---|---|", *lines])


def _transitions(run: Run) -> str:
    rounds = run.transitions.rounds
    lines = [_round(number, one) for number, one in enumerate(rounds, 1)]
    share = median(one.moves.client_cpu_seconds / one.moves.wall_seconds for one in rounds)
    table = "\n".join(
        [
            "| round | L, /s | moves, /s | over L | p50 ms | p99 ms | refusals, /s | p50 ms | p99 ms |",
            "|---|---|---|---|---|---|---|---|---|",
            *lines,
        ]
    )
    return f"""## Transitions

L is the limit: the same deed as one function call ([bench/limit.sql](../bench/limit.sql): tenant, idempotency, \
lock, 14 counts \
over 6 tables, compare-and-set, hash-chained event, job, outbox), by `pgbench -c 16 -j 2 -M prepared` on the same \
server, {LIMIT_SECONDS} s. Against it the whole system (`Stack`: gunicorn with its default processes and threads, \
dispatcher, worker) answers {CLIENTS} clients over kept-alive loopback connections, {EACH} moves each a round: every \
client walks schools of its own, all of stage I is shown, and each curator advances their programme once. Then \
the same \
clients are refused {REFUSALS} times each for one missing document. {ROUNDS} rounds, medians above.

{table}

What to keep in mind:

- L also writes a job and an outbox row, which a move out of stage I does not ask for; the move also writes an \
audit line, \
evaluates the guards in Python and keeps its whole answer for replay. L is a bound for comparing, not a like for like.
- The clients run on the same {run.machine.cores} cores: they took {100 * share:.0f} % of one core of the time \
measured, \
and nothing is subtracted.
- Counted in the database afterwards: {run.transitions.false_refusals} programmes with everything shown were \
not moved, \
{run.transitions.false_moves} without their document were."""


def _round(number: int, one: Round) -> str:
    cells = [
        str(number),
        f"{one.limit:.0f}",
        f"{one.moves.rate:.0f}",
        f"{one.moves.rate / one.limit:.3f}",
        *(f"{one.moves.quantile(share):.0f}" for share in (0.5, 0.99)),
        f"{one.refusals.rate:.0f}",
        *(f"{one.refusals.quantile(share):.0f}" for share in (0.5, 0.99)),
    ]
    return f"| {' | '.join(cells)} |"


def _facts(run: Run) -> str:
    lines = []
    for size in run.facts.sizes:
        times = (size.facts_ms, size.guards_ms, size.whole_ms, size.best_ms)
        lines.append(f"| {size.pairs} | {size.pairs * 2} | {' | '.join(f'{time:.2f}' for time in times)} |")
    table = "\n".join(
        ["| pairs | people | facts ms | guards ms | both | fastest |", "|---|---|---|---|---|---|", *lines]
    )
    return f"""## Facts and guards

All facts of one programme by the one statement that every transition runs, as the api role of a school, then \
every guard \
that completion asks. Sizes in turn, medians; an empty statement on the same connection took {run.facts.bare_ms:.2f} ms.

{table}"""


def _left_out() -> str:
    return """## Not measured yet

The comparison with Django, DRF and django-fsm-2, the board, pair proposals, aggregation and the Excel \
import: their rows follow with those parts. `make demo` is timed without making its environment (a download)."""
