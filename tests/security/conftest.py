"""Fixtures of the security proofs: how long they are, the scene, its twin worlds, the report."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from bench.machine import look
from deploy.embedded.databases import clone_database
from deploy.embedded.postgres import PostgresServer
from services.api.app import serve
from shared.settings import Settings, load_settings
from tests.contract.world import NOW
from tests.http import Api
from tests.security.ledger import LEDGER, Ledger, page, summary
from tests.security.scene import MUNICIPALITY, SCHOOL, Scene
from tests.security.staging import build
from tests.security.twins import Twins, twins, with_databases

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security_figures.md"
SEED = 428
SCENE = "nastavnik_security_scene"


@dataclass(frozen=True, slots=True)
class Scale:
    """How long, and the seed of everything random. ``calls`` 0: as many as the length asks for."""

    is_long: bool
    seed: int
    calls: int = 0

    def of(self, short: int, long: int) -> int:
        """Return a number by the length of the run."""
        return long if self.is_long else short


SCALE = pytest.StashKey[Scale]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make security` asks for the long proofs; without it they are short."""
    parser.addoption("--security", choices=("short", "long"), default="short", help="how long the proofs are")
    parser.addoption("--security-seed", type=int, default=None, help="repeat a run of `make security`")
    parser.addoption("--security-calls", type=int, default=0, help="fuzz calls of a long run")


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    """How long this run is."""
    is_long = request.config.getoption("--security", default="short") == "long"
    seed = request.config.getoption("--security-seed", default=None)
    if seed is None:
        seed = random.SystemRandom().randrange(2**31) if is_long else SEED
    made = Scale(is_long, seed, request.config.getoption("--security-calls", default=0))
    request.config.stash[SCALE] = made
    return made


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """What was tried in this run."""
    return request.config.stash.setdefault(LEDGER, Ledger())


@pytest.fixture(scope="session")
def plain(valkey_server: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of every world here, but for its databases."""
    clock = tmp_path_factory.mktemp("security") / "clock"
    clock.write_text(NOW, encoding="ascii")
    return load_settings(
        {
            "NASTAVNIK_VALKEY_URL": valkey_server,
            "NASTAVNIK_SECRETS_KEY": "key-of-the-tests-alone-0123456789",
            "NASTAVNIK_ENVIRONMENT": "test",
            "NASTAVNIK_CLOCK_FILE": str(clock),
            "NASTAVNIK_LOG_LEVEL": "ERROR",
            "NASTAVNIK_WEBHOOK_HOSTS": "hooks.example.org",
            "NASTAVNIK_POOL_TIMEOUT_SECONDS": "10",
        }
    )


@pytest.fixture(scope="session")
def scene(built: Flask, server: PostgresServer, template: str, plain: Settings) -> Scene:
    """The scene, in a database that is copied for every use."""
    dsns = clone_database(server, template, SCENE)
    serve(built, with_databases(plain, dsns))
    held = built.extensions["nastavnik"]
    made = build(Api.begin(built, dsns["nastavnik_owner"]), server.dsn(SCENE, "postgres"))
    held.database.close()
    held.respondents.close()
    return made


@pytest.fixture(scope="module")
def open_twins(built: Flask, server: PostgresServer, scene: Scene, plain: Settings) -> Iterator[Callable[[str], Twins]]:
    """Return the twin worlds of a side; those without an account are as far away as another municipality."""
    with ExitStack() as stack:
        made: dict[str, Twins] = {}

        def opened(side: str) -> Twins:
            near = side if side == SCHOOL else MUNICIPALITY
            if near not in made:
                made[near] = stack.enter_context(twins(server, SCENE, scene, near, built, plain))
            return made[near]

        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Say what was tried and what was found; a whole long run that passed writes docs/security_figures.md."""
    ledger, scale = config.stash.get(LEDGER, None), config.stash.get(SCALE, None)
    if ledger is None or scale is None or not (ledger.walks or ledger.calls):
        return
    terminalreporter.section("security")
    for line in summary(ledger, scale.seed):
        terminalreporter.write_line(line)
    if scale.is_long and exitstatus == 0 and ledger.is_whole and not scale.calls:
        it = look()
        machine = f"{it.processor}, {it.cores} cores, {it.memory_gib:.1f} GiB, {it.system}, Python {it.python}"
        machine += f"; commit {it.commit}; load at the end {it.load:.1f}"
        date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        PAGE.write_text(page(ledger, seed=scale.seed, date=date, machine=machine), encoding="utf-8")
        terminalreporter.write_line(f"written: {PAGE.name}")
