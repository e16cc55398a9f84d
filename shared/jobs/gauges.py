"""How the engine stands at this moment, over all tenants, in counts alone; reads, decides nothing.

Engine role. Every question is answered from an index that holds only what is open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.jobs.kinds import KINDS
from shared.jobs.model import OPEN

ALIVE_SECONDS = 30.0
"""A process tells of itself every 5 to 10 s."""
DUTIES = ("dispatcher", "worker")
UNKNOWN_KIND = "unknown"
"""Stands for all kinds of other releases: a label must not grow with what the rows hold."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """``open_jobs``: (kind, status) -> jobs; ``seen_age_seconds``: duty -> seconds, inf when nobody is known."""

    outbox_pending: int
    outbox_oldest_seconds: float
    open_jobs: Mapping[tuple[str, str], int]
    alive: Mapping[str, int]
    seen_age_seconds: Mapping[str, float]


def read(conn: Conn) -> Gauges:
    """Ask the database."""
    outbox = _queries().outbox_gauges(conn)
    jobs = {(kind, status.value): 0 for kind in (*KINDS, UNKNOWN_KIND) for status in OPEN}
    for row in _queries().open_job_gauges(conn):
        jobs[row["kind"] if row["kind"] in KINDS else UNKNOWN_KIND, row["status"]] += row["jobs"]
    alive, ages = dict.fromkeys(DUTIES, 0), dict.fromkeys(DUTIES, math.inf)
    for row in _queries().worker_gauges(conn, alive_within=ALIVE_SECONDS):
        alive[row["duty"]], ages[row["duty"]] = row["alive"], row["seen_age_seconds"]
    return Gauges(outbox["pending"], outbox["oldest_seconds"], jobs, alive, ages)


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("gauges.sql"), "psycopg")
