"""Fixtures of the fault tests: how long they are, one installation for the rows that leave it whole, the report."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.machine import look
from tests.faults.report import LEDGER, MATRIX, Ledger, page, summary
from tests.faults.system import System, running
from tests.faults.trial import Scale, Trial

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
SEED = 428
SCALE = pytest.StashKey[Scale]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make faults` asks for the long rows; without it they are short."""
    parser.addoption("--faults", choices=("short", "long"), default="short", help="how long the fault tests are")
    parser.addoption("--faults-seed", type=int, default=None, help="repeat a run of `make faults`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that hurts an installation needs the machine for itself."""
    for item in items:
        if item.path.parent == Path(__file__).parent and "trial" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.serial)


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    """How long, and the seed of everything random."""
    is_long = request.config.getoption("--faults", default="short") == "long"
    seed = request.config.getoption("--faults-seed", default=None)
    if seed is None:
        seed = random.SystemRandom().randrange(2**31) if is_long else SEED
    made = Scale(is_long, seed)
    request.config.stash[SCALE] = made
    return made


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """What was passed in this run."""
    return request.config.stash.setdefault(LEDGER, Ledger())


@pytest.fixture
def trial(scale: Scale, ledger: Ledger, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """A row under way."""
    made = Trial.begin(scale, ledger, tmp_path, request.node.name)
    yield made
    made.close()


@pytest.fixture(scope="session")
def installation() -> Iterator[System]:
    """One installation for all rows that leave it whole; use `system`."""
    with running(postgres={"track_commit_timestamp": "on"}) as made:
        yield made


@pytest.fixture
def system(installation: System) -> Iterator[System]:
    """The common installation, every part of it running before and after."""
    installation.heal()
    yield installation
    installation.heal()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Say what was hurt and what was lost; a long run that passed writes docs/reliability.md."""
    ledger, scale = config.stash.get(LEDGER, None), config.stash.get(SCALE, None)
    if ledger is None or scale is None or not ledger.passages:
        return
    terminalreporter.section("faults")
    for line in summary(ledger, scale.seed):
        terminalreporter.write_line(line)
    is_whole = {one.row for one in ledger.passages} == set(MATRIX)
    if scale.is_long and exitstatus == 0 and is_whole:
        it = look()
        machine = f"{it.processor}, {it.cores} cores, {it.memory_gib:.1f} GiB, {it.system}, Python {it.python}"
        machine += f"; commit {it.commit}; load at the end {it.load:.1f}"
        date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        PAGE.write_text(page(ledger, seed=scale.seed, date=date, machine=machine), encoding="utf-8")
        terminalreporter.write_line(f"written: {PAGE.name}")
