"""The files of dead processes become one, whatever their number, and no figure is lost or seen twice on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from services.api.counter_files import absorb, reading

COUNTING = """
import os
from prometheus_client import CollectorRegistry
from shared.metrics import Source, add, build
made = build(Source.API, CollectorRegistry())
add(made, "transition_total", 2, ("advance", "made"))
add(made, "http_request_seconds", 0.03, ("/livez", "GET"))
print(os.getpid())
"""


@pytest.fixture
def pids(tmp_path: Path) -> list[int]:
    """Three processes that have counted the same."""
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", COUNTING]
    return [int(subprocess.run(command, env=env, check=True, capture_output=True).stdout) for _ in range(3)]


def shown(folder: Path) -> dict[str, float]:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    with reading(folder):
        return {f"{s.name}{sorted(s.labels.items())}": s.value for family in registry.collect() for s in family.samples}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.db")}


def test_what_the_dead_have_counted_is_kept_in_one_file_a_type(tmp_path: Path, pids: list[int]) -> None:
    before = shown(tmp_path)
    assert before["transition_total[('result', 'made'), ('trigger', 'advance')]"] == 6
    assert absorb(tmp_path, living={pids[2]})
    assert files(tmp_path) == {f"{kind}_{pid}.db" for kind in ("counter", "histogram") for pid in ("0", pids[2])}
    assert shown(tmp_path) == before
    assert absorb(tmp_path, living=())
    assert files(tmp_path) == {"counter_0.db", "histogram_0.db"}
    assert shown(tmp_path) == before
    assert absorb(tmp_path, living=())
    assert shown(tmp_path) == before


def test_while_somebody_reads_nothing_is_moved(tmp_path: Path, pids: list[int]) -> None:
    before = files(tmp_path)
    with reading(tmp_path), reading(tmp_path):
        assert not absorb(tmp_path, living=())
        assert files(tmp_path) == before
    assert absorb(tmp_path, living=())
    assert files(tmp_path) != before
