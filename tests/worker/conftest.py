"""Fixtures of the engine's tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.jobs.model import ProgrammeKey
from tests.worker.machinery import Engine, make_programme
from tests.worker.mailbox import FROM, Mailbox, serving
from tests.worker.receiver import Receiver, receiving
from tests.worker.subscribed import Sender, subscribe

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "receive_events.md"


@pytest.fixture
def programme(dsns: dict[str, str]) -> ProgrammeKey:
    """A programme without a single fact."""
    with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        return make_programme(conn, "Калининский район")


@pytest.fixture
def engine(dsns: dict[str, str], valkey_url: str, programme: ProgrammeKey) -> Iterator[Engine]:
    """The engine on fresh servers; its processes are stopped at the end."""
    made = Engine(dsns, valkey_url, programme)
    yield made
    made.stop()


@pytest.fixture
def holds_after(engine: Engine) -> Iterator[None]:
    """Whatever a test killed, what must always hold holds when all is still."""
    yield
    engine.stop()
    assert engine.broken() == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def sender(engine: Engine, receiver: Receiver) -> Sender:
    return subscribe(engine, receiver)


@pytest.fixture(scope="module")
def verify() -> Callable[..., bool]:
    """The code that the how-to tells receivers to use."""
    (code,) = re.findall(r"```python\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(HOWTO), "exec"), names)  # noqa: S102 - our own document
    found: Callable[..., bool] = names["verify"]
    return found


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def plain_smtp(mailbox: Mailbox) -> Iterator[str]:
    """Address of a server without TLS."""
    with serving(mailbox) as port:
        yield f"smtp://127.0.0.1:{port}?from={FROM}&tls=none"
