"""`python -m bench.idle worker`: the engine's real worker and one more kind that does nothing, or sleeps.

The kind is known in processes started from here alone: nothing that is shipped imports this module.
"""

from __future__ import annotations

import sys
import time
from types import MappingProxyType
from typing import Any

from services.worker import handlers
from services.worker.kind import Handler, Job, Snapshot
from shared.db.pool import Conn
from shared.jobs import kinds
from shared.jobs.kinds import JobKind, Scope

IDLE = "bench_idle"


def load(conn: Conn, job: Job) -> Snapshot:
    """Read the instant, as every kind reads at least something."""
    row = conn.execute("SELECT now() AS now").fetchone()
    assert row is not None
    return Snapshot({"seconds": float(job.held.args.get("seconds", 0))}, row["now"])


def compute(inputs: Any) -> dict[str, object]:
    """Sleep as long as was asked, as a rule not at all."""
    time.sleep(inputs["seconds"])
    return {}


def register() -> None:
    """Add the kind to this process's tables; before anything that copies them is imported."""
    kind = JobKind(IDLE, "bench_idle", "Замер", "Benchmark", None, Scope.MUNICIPALITY)
    kinds.KINDS = MappingProxyType({**kinds.KINDS, IDLE: kind})
    handlers.HANDLERS = MappingProxyType({**handlers.HANDLERS, IDLE: Handler(load, compute, "bench")})


if __name__ == "__main__":
    register()
    from services.worker.__main__ import main

    sys.exit(main())
