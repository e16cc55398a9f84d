"""The part of docs/performance.md about the price of security, out of measured values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.machine import Machine
from bench.security import FULL, WAYS, Cost

BEGIN, END = "<!-- security: begin -->", "<!-- security: end -->"


@dataclass(frozen=True, slots=True)
class SecurityRun:
    """One run of `python -m bench security`."""

    at: datetime
    machine: Machine
    costs: Sequence[Cost]


def section(run: SecurityRun) -> str:
    """Return the part as Markdown, between its two marks."""
    machine = run.machine
    lines = []
    for cost in run.costs:
        times = " | ".join(f"{cost.p50_ms[way]:.2f}" for way in WAYS)
        ratios = " | ".join(f"{one.ratio:.3f} ({one.low:.3f} to {one.high:.3f})" for one in cost.ratios)
        lines.append(f"| `{cost.request}` | {cost.rounds} | {times} | {ratios} |")
    heads = " | ".join([*(f"{way}, p50 ms" for way in WAYS), *(f"over {way}" for way in WAYS if way != FULL)])
    table = "\n".join([f"| request | rounds | {heads} |", f"|{'---|' * (2 + 2 * len(WAYS) - 1)}", *lines])
    return f"""{BEGIN}

## Price of security

By `python -m bench security`, {run.at:%Y-%m-%d %H:%M} UTC, commit {machine.commit}, {machine.cores} cores; load \
average {machine.load:.1f} before and {os.getloadavg()[0]:.1f} after. The same requests in four ways, a round of each \
in turn, in one process without sockets, on one database with fsync: as they are; by a role that passes row-level \
security; with the asker given and the tenant entered already, so that no token is looked up; with neither. The ratio \
is of the times in one round, its median, with a 95 % interval by order statistics. Over the network each share would \
be smaller.

{table}

{END}"""
