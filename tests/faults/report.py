"""What the rows of the matrix did, as a page; knows the matrix's words, runs nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

MATRIX = {
    1: "API killed before COMMIT, after each statement",
    2: "API killed after COMMIT, before the answer",
    3: "API killed before the poke",
    4: "32 clients, same version",
    5: "relay killed between enqueue and mark; before enqueue; two relays",
    6: "Valkey flushed, killed with AOF, restarted empty, down under load",
    7: "worker parent killed, child alive",
    8: "child killed or out of memory",
    9: "whole worker group killed",
    10: "PostgreSQL restarted every 5-20 s under load",
    11: "PostgreSQL stopped for a minute",
    12: "duplicate and out-of-order delivery on 4 workers",
    13: "poison job among 100 good",
    14: "3 tickers, one killed every 3 s, over a DST change",
    15: "consent withdrawn while the stage advances",
    16: "interleaved requests of 50 schools through one pool",
    17: "forged message in the queue",
    18: "Valkey full; database read-only",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """One test of a row that was passed: what was done, faults by name, recorded calls, how long it took.

    ``recovery``: seconds of the slowest way back to work after a fault, where it was measured.
    """

    row: int
    what: str
    faults: dict[str, int]
    calls: int
    seconds: float
    recovery: float | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """One batch of seeds of the simulation that was passed."""

    seeds: int
    steps: int
    faults: dict[str, int]
    calls: int


@dataclass(slots=True)
class Ledger:
    """The passages of one run; ``simulated``: the batches of the simulation, counted apart."""

    passages: list[Passage] = field(default_factory=list)
    simulated: list[Simulated] = field(default_factory=list)

    def add(self, passage: Passage) -> None:
        """Write one down."""
        self.passages.append(passage)

    @property
    def calls(self) -> int:
        """All recorded calls."""
        return sum(one.calls for one in self.passages)

    @property
    def faults(self) -> int:
        """All injected faults."""
        return sum(sum(one.faults.values()) for one in self.passages)


LEDGER = pytest.StashKey[Ledger]()
"""Where a run keeps its ledger."""


def summary(ledger: Ledger, seed: int) -> list[str]:
    """Return what the run says in the end, in lines."""
    by_name: Counter[str] = Counter()
    for one in ledger.passages:
        by_name.update(one.faults)
    return [
        f"seed {seed}; rows {', '.join(map(str, sorted({one.row for one in ledger.passages})))}",
        f"faults injected: {ledger.faults}",
        *(f"  {count} x {name}" for name, count in sorted(by_name.items())),
        f"recorded calls: {ledger.calls}",
        *_simulation(ledger),
        "lost: 0, duplicated: 0, contradictory: 0",
    ]


def page(ledger: Ledger, *, seed: int, date: str, machine: str) -> str:
    """Return docs/reliability.md."""
    lines = [
        "# Reliability: what was broken on purpose",
        "",
        "Written by `make faults`; do not edit. Each row of the failure matrix is a test in `tests/faults/` with real",
        "gunicorn, dispatcher, worker, PostgreSQL (fsync on) and Valkey (append-only file). A fault is a process",
        "killed by SIGKILL, stopped by SIGSTOP, or a server taken away, never a raised exception.",
        "",
        "After each row two judges must find nothing: the invariants I1 to I11 (`shared/db/invariants.sql`, asked as",
        "the auditor when all work is over), and the history checker (`tests/faults/history.py`), which holds every",
        "answer that a client got against the events in the database and demands one linear order consistent with",
        "all of them and with real time.",
        "",
        f"- Date: {date}",
        f"- Machine: {machine}",
        f"- Seed: {seed}",
        f"- Faults injected: {ledger.faults}",
        f"- Client calls recorded: {ledger.calls}",
        "- Lost: 0. Duplicated: 0. Contradictory: 0.",
        "",
        "Recovery is from the fault (or the server's return) until the next answer or the next job done, with a lease",
        "of 2 s, reconciliation every 0.5 s and a poll every 50 ms, clients and servers on the same processors.",
        "",
        "| # | fault | what was done | faults injected | calls | slowest recovery, s | result | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in sorted(ledger.passages, key=lambda passage: passage.row):
        faults = "; ".join(f"{count} × {name}" for name, count in sorted(one.faults.items()))
        words = f"{one.row} | {MATRIX[one.row]} | {one.what} | {faults}"
        recovery = "–" if one.recovery is None else f"{one.recovery:.2f}"
        lines.append(f"| {words} | {one.calls} | {recovery} | held | {one.seconds:.1f} |")
    if ledger.simulated:
        lines += ["", "## Simulation", "", *(f"{line}." for line in _simulation(ledger)), "", *_SIMULATION]
    return "\n".join(lines) + "\n"


_SIMULATION = (
    "`tests/simulation/` runs the same API, relay, wrapper, keeper and reconciler in one process, one step at a time,",
    "against a real PostgreSQL: a seed decides who moves before each statement and after each commit, who is killed",
    "there, whose connection is lost (also after a COMMIT whose answer never came), what a queue in place of Valkey",
    "drops, doubles, mixes and forgets, and when leases lapse. At rest the invariants are asked and every answer is",
    "held against the rows. A seed that fails plays again, step by step: `python -m tests.simulation --seed N`.",
)


def _simulation(ledger: Ledger) -> list[str]:
    if not ledger.simulated:
        return []
    faults: Counter[str] = Counter()
    for batch in ledger.simulated:
        faults.update(batch.faults)
    seeds, steps, calls = (sum(getattr(one, name) for one in ledger.simulated) for name in ("seeds", "steps", "calls"))
    told = ", ".join(f"{count} × {name}" for name, count in sorted(faults.items()))
    return [f"simulation: {seeds} seeds, {steps} steps, {calls} calls; {told}"]
