"""What the proofs of a run have tried and found, and how it is told; knows words, tries nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import pytest


@dataclass(frozen=True, slots=True)
class Walk:
    """One walker's way through all operations. ``ratios``: time with the victim over time without, a probe each."""

    walker: str
    operations: frozenset[str]
    probes: int
    statuses: Counter[int]
    ratios: tuple[float, ...]


@dataclass(slots=True)
class Ledger:
    """Everything of one run. ``calls``: fuzz calls by what was odd about them; ``tampers``: ways the log was forged."""

    walks: list[Walk] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    tampers: set[str] = field(default_factory=set)

    @property
    def probes(self) -> int:
        """All cross-tenant probes."""
        return sum(walk.probes for walk in self.walks)

    @property
    def server_errors(self) -> int:
        """Fuzz calls that were answered by a fault of the server."""
        return sum(count for status, count in self.answers.items() if status >= 500)

    @property
    def is_whole(self) -> bool:
        """Whether every part was run."""
        return bool(self.walks and self.calls and self.tampers)


LEDGER = pytest.StashKey[Ledger]()
"""Where a run keeps its ledger."""


def summary(ledger: Ledger, seed: int) -> list[str]:
    """Return what the run says in the end, in lines."""
    calls, operations = ledger.calls.total(), len(ledger.operations)
    return [
        f"seed {seed}",
        f"cross-tenant probes: {ledger.probes} by {len(ledger.walks)} walkers; leaks: {len(ledger.leaks)}",
        f"fuzz calls: {calls} on {operations} operations; server errors: {ledger.server_errors}",
        f"ways of tampering with the audit log tried: {len(ledger.tampers)}",
    ]


def page(ledger: Ledger, *, seed: int, date: str, machine: str) -> str:
    """Return docs/security_figures.md."""
    return "\n".join([*_head(ledger, seed, date, machine), *_walks(ledger), *_fuzz(ledger), *_tampers(ledger)]) + "\n"


def _head(ledger: Ledger, seed: int, date: str, machine: str) -> Sequence[str]:
    return (
        "# Security: what was tried",
        "",
        "Written by `make security`; do not edit. A run that failed writes nothing.",
        "",
        f"- Date: {date}",
        f"- Machine: {machine}",
        f"- Seed: {seed}",
        f"- Cross-tenant probes: {ledger.probes}. Leaks: {len(ledger.leaks)}.",
        f"- Fuzz calls: {ledger.calls.total()}. Server errors: {ledger.server_errors}.",
        "",
    )


def _walks(ledger: Ledger) -> list[str]:
    lines = [
        "## Tenancy",
        "",
        "Every operation of the OpenAPI document and every page is asked for by everybody foreign to one school, with",
        "that school's ids in path, query and body. Each request goes to two databases that differ in that school",
        "alone (for walkers of another municipality: in its municipality): status, headers and body must be the same",
        "with it and without it, and as many statements run. What differs, shows one of its ids or texts, or changes",
        "one of its rows is a leak.",
        "",
        "| walker | operations | probes | answers | time with the victim over without, median |",
        "|---|---|---|---|---|",
    ]
    for walk in ledger.walks:
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(walk.statuses.items()))
        ratio = f"{median(walk.ratios):.3f}" if walk.ratios else "–"
        lines.append(f"| {walk.walker} | {len(walk.operations)} | {walk.probes} | {answers} | {ratio} |")
    return [
        *lines,
        "",
        "The ratio is of probes that name the victim's id, both worlds by turns; it is published, not judged: what a",
        "clock could tell is bounded by the equal number of statements.",
        "",
    ]


def _fuzz(ledger: Ledger) -> list[str]:
    return [
        "## Fuzz",
        "",
        f"Requests that schemathesis draws from the document for {len(ledger.operations)} operations, most of them",
        "aimed at rows that exist, then twisted. Every answer was below 500 and as the document says.",
        "",
        "| what was odd | calls |",
        "|---|---|",
        *(f"| {what} | {count} |" for what, count in sorted(ledger.calls.items())),
        "",
        "Answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(ledger.answers.items())) + ".",
        "",
    ]


def _tampers(ledger: Ledger) -> list[str]:
    return [
        "## Audit log",
        "",
        "Forged by a superuser whom no trigger holds up, then asked with `nastavnik audit verify`; each was found, or",
        "lay after the last signed head and was counted as not vouched for:",
        "",
        *(f"- {name}" for name in sorted(ledger.tampers)),
    ]
