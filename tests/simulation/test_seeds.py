"""Fifty seeds of the simulated world, a thousand in `make faults`; `python -m tests.simulation` plays any."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.report import LEDGER, Ledger, Simulated
from tests.simulation.simulation import Simulation, Stage

BATCH = 10
SHORT, LONG = 50, 1000


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`make faults` asks for the long run."""
    if "first" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--faults", default="short") == "long"
        metafunc.parametrize("first", range(0, LONG if is_long else SHORT, BATCH))


def test_nothing_is_lost_doubled_or_contradicted_whatever_dies_in_ten_seeds(
    stage: Stage, first: int, request: pytest.FixtureRequest
) -> None:
    faults: Counter[str] = Counter()
    steps = calls = 0
    for seed in range(first, first + BATCH):
        played = Simulation(stage, seed).play()
        assert not played.problems, played.told()
        faults.update(played.faults)
        steps, calls = steps + len(played.trace), calls + played.calls
    ledger = request.config.stash.setdefault(LEDGER, Ledger())
    ledger.simulated.append(Simulated(BATCH, steps, dict(faults), calls))


@pytest.mark.parametrize("seed", [3, 11])
def test_a_seed_plays_the_same_again(stage: Stage, seed: int) -> None:
    first, second = (Simulation(stage, seed).play() for _ in range(2))
    assert first.trace == second.trace
    assert first.digest == second.digest


def test_every_kind_of_fault_strikes_within_a_batch(stage: Stage) -> None:
    struck: set[str] = set()
    for seed in range(100, 130):
        struck |= {fault for fault, times in Simulation(stage, seed).play().faults.items() if times}
        if len(struck) == 7:
            break
    assert struck == {
        "killed",
        "connection lost",
        "lease lapsed",
        "dropped",
        "duplicated",
        "flushed",
        "queue away",
    }
