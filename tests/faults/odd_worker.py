"""`python -m tests.faults.odd_worker`: a worker of a bad release, whose feedback summaries do what their job says.

Knows how a process goes wrong; everything else in it is the real worker.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

import psutil

from deploy.embedded.stack import ROOT
from services.worker import wrapper
from services.worker.__main__ import main
from services.worker.handlers import HANDLERS
from services.worker.kind import Job, Snapshot
from services.worker.kinds.aggregate_feedback import HANDLER
from shared.db.pool import Conn
from shared.jobs.kinds import AGGREGATE_FEEDBACK
from tests.faults.system import System, wait_until

DOES = "does"
"""Name of the argument that says what shall happen: one of DEEDS."""
_PIECE = 8 * 2**20
_LIMIT = 256 * 2**20
_MOST = 512 * 2**20


class OddError(Exception):
    """What nobody foresaw."""


def hits_its_limit() -> None:
    """Take memory until the limit of the process refuses more."""
    size = int(psutil.Process().memory_info().vms)
    resource.setrlimit(resource.RLIMIT_AS, (size + _LIMIT, resource.RLIM_INFINITY))
    _take(_MOST)
    raise AssertionError("there was no limit")


def grows() -> None:
    """Take memory, then keep it until somebody ends us."""
    kept = _take(_MOST)
    time.sleep(300)
    raise AssertionError(f"nobody minded {len(kept)} pieces")


def kills_itself() -> None:
    """End as by a fault in native code."""
    os.kill(os.getpid(), signal.SIGKILL)


def raises() -> None:
    """Fail every time."""
    raise OddError("every time")


DEEDS = MappingProxyType({deed.__name__: deed for deed in (hits_its_limit, grows, kills_itself, raises)})


def _take(size: int) -> list[bytes]:
    return [os.urandom(1) * _PIECE for _ in range(size // _PIECE)]


def _load(conn: Conn, job: Job) -> Snapshot:
    """Read as usual; then do what the job says, if it says something."""
    snapshot = HANDLER.load(conn, job)
    if DOES in job.held.args:
        DEEDS[job.held.args[DOES]]()
    return snapshot


@dataclass(frozen=True, slots=True)
class OddWorker:
    """The running process."""

    process: psutil.Process

    def kill_child_that_takes(self, size: int) -> None:
        """SIGKILL the child as soon as it has so many bytes of memory, as the kernel or a watchman would."""

        def taken() -> list[psutil.Process]:
            found = []
            for child in self.process.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if child.memory_info().rss > size:
                        found.append(child)
            return found

        wait_until(lambda: bool(taken()), "the child has taken too much memory")
        for child in taken():
            child.kill()


@contextmanager
def started(system: System) -> Iterator[OddWorker]:
    """Run one beside the installation; the usual worker is not touched."""
    env = {key: value for key, value in system.stack.env.items() if "OWNER" not in key}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.odd_worker", "worker"],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1", **env},
        start_new_session=True,
    )
    try:
        yield OddWorker(psutil.Process(process.pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    vars(wrapper)["HANDLERS"] = MappingProxyType({**HANDLERS, AGGREGATE_FEEDBACK: replace(HANDLER, load=_load)})
    sys.exit(main(sys.argv[1:]))
