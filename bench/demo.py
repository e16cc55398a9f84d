"""Last row: `make demo`, everything from an empty folder to a completed programme; its environment is there already."""

from __future__ import annotations

import subprocess
import sys
import time

from deploy.embedded.stack import ROOT


def measure() -> float:
    """Return the seconds that `python -m services.demo` takes. Raises RuntimeError when it fails."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "services.demo"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode != 0:
        raise RuntimeError(f"the demo failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - begun
