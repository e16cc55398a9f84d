"""`python -m tests.simulation --seeds 1000`: play seeds on servers of its own; `--seed 17` shows one step by step."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.embedded import postgres
from deploy.embedded.databases import clone_database, drop_database, prepare_database
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.postgres import PostgresServer
from shared.db.migrate import migrate
from tests.conftest import FAST, TEMPLATE
from tests.simulation.simulation import Simulation, Stage, staged

BATCH = 25


def main(argv: list[str] | None = None) -> int:
    """Return 0 when all seeds held; the first that does not is shown with its trace and ends the run with 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="play this one and show every step")
    asked = parser.parse_args(argv)
    with temporary_data_folder() as folder, postgres.start(folder / "pg", settings=FAST) as server:
        migrate(prepare_database(server, TEMPLATE)["nastavnik_owner"])
        if asked.seed is not None:
            with _stage(server) as stage:
                return _show(stage, asked.seed)
        return _play(server, range(asked.first, asked.first + asked.seeds))


def _show(stage: Stage, seed: int) -> int:
    played = Simulation(stage, seed).play()
    for line in (*played.trace, f"trace {played.digest}", *played.problems):
        sys.stdout.write(f"{line}\n")
    return 1 if played.problems else 0


def _play(server: PostgresServer, seeds: range) -> int:
    total: Counter[str] = Counter()
    begun = time.monotonic()
    for first in range(seeds.start, seeds.stop, BATCH):
        with _stage(server) as stage:
            for seed in range(first, min(first + BATCH, seeds.stop)):
                played = Simulation(stage, seed).play()
                total.update(played.faults)
                total.update(calls=played.calls, steps=len(played.trace))
                if played.problems:
                    sys.stdout.write(f"{played.told()}\n")
                    return 1
        sys.stdout.write(f"seeds {first} to {seed} held\n")
        sys.stdout.flush()
    injected = ", ".join(f"{times} {fault}" for fault, times in total.items() if fault not in ("calls", "steps"))
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"simulation: {len(seeds)} seeds from {seeds.start}, {total['steps']} steps, {total['calls']} calls, "
        f"faults injected: {injected}; lost, doubled or contradicted: 0 ({seconds:.0f} s)\n"
    )
    return 0


@contextmanager
def _stage(server: PostgresServer) -> Iterator[Stage]:
    name = "simulation"
    drop_database(server, name)
    with staged(clone_database(server, TEMPLATE, name), server.dsn(name, "postgres")) as stage:
        yield stage


if __name__ == "__main__":
    sys.exit(main())
