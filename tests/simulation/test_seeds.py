"""Fifty seeds of the simulated world; `python -m tests.simulation` plays as many as one likes."""

from __future__ import annotations

import pytest

from tests.simulation.simulation import Simulation, Stage

BATCH = 10


@pytest.mark.parametrize("first", range(0, 50, BATCH))
def test_nothing_is_lost_doubled_or_contradicted_whatever_dies_in_ten_seeds(stage: Stage, first: int) -> None:
    for seed in range(first, first + BATCH):
        played = Simulation(stage, seed).play()
        assert not played.problems, played.told()


@pytest.mark.parametrize("seed", [3, 9, 11])
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
