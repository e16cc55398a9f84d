"""Two worlds that differ in the victim alone: whatever a foreigner sends, both must answer the same.

This is non-interference: an answer that is the same whether the victim exists or not tells nothing of the victim, no
row, no count, no hint. Knows databases and answers, no route.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import redis
from flask import Flask
from werkzeug.test import TestResponse

from deploy.embedded.databases import clone_database, drop_database, settings_of
from deploy.embedded.postgres import PostgresServer
from services.api.app import serve
from services.api.state import State
from shared.db.pool import Database
from shared.settings import Settings, load_settings
from tests.security.probes import Probe
from tests.security.scene import Scene, fingerprint, remove_victim, secrets_of

CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), "<instant>"),
    (re.compile(r"\b\d{1,2}:\d\d\b"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b(ns[a-z]_\d+)_[A-Za-z0-9_-]{43}"), r"\1_<secret>"),
    (re.compile(r"whsec_[A-Za-z0-9+/]{43}="), "<secret>"),
    (re.compile(r'(_seconds":)\d+(\.\d+)?'), r"\1<seconds>"),
    (re.compile(r"(ждёт )\d+\s\w+"), r"\1<seconds>"),
    (re.compile(r'value="[0-9a-f]{64}"'), 'value="<mark>"'),
)
"""What two runs of one request may differ in: the clock, and what is drawn by chance."""
NOT_COMPARED = frozenset({"Date", "Content-Length"})


@dataclass(slots=True)
class World:
    """One database as the API serves it. ``statements`` counts what the API has asked of it."""

    state: State
    dsn: str
    statements: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``text`` and ``headers`` without what changes from run to run."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str
    raw: str
    statements: int
    seconds: float


@dataclass(slots=True)
class Twins:
    """The world with the victim and the one without; ``eyes`` sees the first from outside the application."""

    app: Flask
    scene: Scene
    side: str
    world: World
    shadow: World
    eyes: psycopg.Connection[Any]
    secrets: frozenset[str] = field(init=False)
    before: list[Any] = field(init=False)
    asked: int = 0

    def __post_init__(self) -> None:
        self.secrets = secrets_of(self.scene, self.side)
        self.before = fingerprint(self.scene, self.side, self.eyes)

    def ask(self, probe: Probe) -> tuple[Answer, Answer]:
        """Send the probe to both worlds, each first by turns; return the answers, the victim's world's first."""
        self.asked += 1
        is_first = self.asked % 2 == 0
        order = (self.world, self.shadow) if is_first else (self.shadow, self.world)
        found = [self._send(probe, world) for world in order]
        return (found[0], found[1]) if is_first else (found[1], found[0])

    def has_changed(self) -> bool:
        """Whether any row of the victim is another than before; from now on the new ones count."""
        now = fingerprint(self.scene, self.side, self.eyes)
        was, self.before = self.before, now
        return was != now

    def forget_attempts(self) -> None:
        """Let nobody be refused for what another walker has tried."""
        for world in (self.world, self.shadow):
            with redis.Redis.from_url(world.state.settings.valkey_url) as client:
                client.flushdb()

    def _send(self, probe: Probe, world: World) -> Answer:
        self.app.extensions["nastavnik"] = world.state
        began, asked = time.perf_counter(), world.statements
        answer = self.app.test_client(use_cookies=False).open(
            probe.path,
            method=probe.operation.method,
            query_string=dict(probe.query),
            headers={**probe.headers, "X-Request-Id": f"probe-{self.asked}"},
            data=probe.body,
        )
        raw = answer.get_data(as_text=True)
        seconds = time.perf_counter() - began
        return Answer(answer.status_code, _compared(answer), _settled(raw), raw, world.statements - asked, seconds)


def differences(probe: Probe, pair: tuple[Answer, Answer], secrets: frozenset[str]) -> Iterator[str]:
    """Yield what an answer lets out about the victim, in words."""
    seen, unseen = pair
    if seen.status != unseen.status:
        yield f"status {seen.status}, {unseen.status} without the victim"
    elif seen.text != unseen.text:
        yield f"another body: {_around(seen.text, unseen.text)!r}, {_around(unseen.text, seen.text)!r}"
    elif seen.headers != unseen.headers:
        yield f"other headers: {set(seen.headers) ^ set(unseen.headers)}"
    if seen.statements != unseen.statements:
        yield f"{seen.statements} statements, {unseen.statements} without the victim"
    shown = [secret for secret in secrets if secret in seen.raw and secret not in probe.sent]
    if shown:
        yield f"shows {sorted(shown)[:3]}"


@contextmanager
def twins(
    server: PostgresServer, template: str, scene: Scene, side: str, app: Flask, settings: Settings
) -> Iterator[Twins]:
    """Make both worlds of a side from one database. ``settings`` without databases are those of both."""
    with ExitStack() as stack:
        held = app.extensions["nastavnik"]
        stack.callback(app.extensions.__setitem__, "nastavnik", held)
        # Attempts at the door are counted in Valkey: each world has numbers of its own.
        alone = [
            replace(settings, valkey_url=f"{settings.valkey_url.rpartition('/')[0]}/{number}") for number in (1, 2)
        ]
        world, shadow = (stack.enter_context(_world(server, template, app, one)) for one in alone)
        with psycopg.connect(shadow.dsn, autocommit=True) as conn:
            remove_victim(scene, side, conn)
        eyes = stack.enter_context(psycopg.connect(world.dsn, autocommit=True))
        yield Twins(app, scene, side, world, shadow, eyes)


@contextmanager
def _world(server: PostgresServer, template: str, app: Flask, settings: Settings) -> Iterator[World]:
    name = f"s_{uuid.uuid4().hex}"
    made = with_databases(settings, clone_database(server, template, name))
    serve(app, made)
    state: State = app.extensions["nastavnik"]
    world = World(state, server.dsn(name, "postgres"))

    def count(point: str) -> None:
        world.statements += point == "statement"

    pools = [
        Database(str(url), made, name="twin", reached=count)
        for url in (made.database_url, made.respondent_database_url)
    ]
    world.state = replace(state, database=pools[0], respondents=pools[1])
    yield world
    for pool in pools:
        pool.close()
    drop_database(server, name)


def with_databases(settings: Settings, dsns: dict[str, str]) -> Settings:
    """Return the settings with the addresses of a database."""
    urls = load_settings(settings_of(dsns))
    return replace(settings, database_url=urls.database_url, respondent_database_url=urls.respondent_database_url)


def _compared(answer: TestResponse) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, _settled(value)) for name, value in answer.headers if name not in NOT_COMPARED))


def _settled(text: str) -> str:
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text


def _around(text: str, other: str) -> str:
    """Return the place where two texts part."""
    same = next((n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    return text[max(0, same - 40) : same + 80]
