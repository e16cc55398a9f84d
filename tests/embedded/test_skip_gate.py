"""CI's rule: a skipped test fails the run unless it is listed with a reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GATE = Path(__file__).resolve().parents[2] / ".ci" / "skip_gate.py"


TESTS = """\
import pytest

@pytest.mark.skip(reason="because")
def test_skipped(): pass

def test_runs(): pass
"""
ONE = "tests/test_it.py::test_skipped\tno such device here\n"
BOTH = ONE + "tests/test_whole.py\tneeds another system\n"
NO_REASON = "tests/test_it.py::test_skipped\n"


@pytest.mark.parametrize(
    ("allowed", "code", "workers"), [("", 1, 0), (ONE, 1, 1), (BOTH, 0, 0), (BOTH, 0, 1), (NO_REASON, 4, 0)]
)
def test_a_skip_needs_a_listed_reason(tmp_path: Path, allowed: str, *, code: int, workers: int) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / ".ci").mkdir()
    shutil.copy(GATE, tmp_path / ".ci")
    (tmp_path / "tests" / "test_it.py").write_text(TESTS, encoding="utf-8")
    whole = "import pytest\npytest.skip('whole module', allow_module_level=True)\n"
    (tmp_path / "tests" / "test_whole.py").write_text(whole, encoding="utf-8")
    (tmp_path / "tests" / "allowed_skips.txt").write_text(allowed, encoding="utf-8")
    plugins = ["-p", "xdist", "-p", "skip_gate"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-n", str(workers), "-q", "tests"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ".ci", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("skipped without leave" in done.stdout) == (code == 1)
