"""One seed played: real API, relay, wrapper and reconciler by turns, in a world that kills, loses and doubles.

All chance comes from the seed and only one actor moves at a time, so a seed plays the same again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from psycopg.rows import dict_row

from services.api.app import create_app
from shared.db.pool import Conn
from shared.jobs import backoff
from shared.settings import Settings, load_settings
from tests.simulation import checks, engine
from tests.simulation.clients import Client, History
from tests.simulation.connections import Connections, SteppedDatabase
from tests.simulation.queue import LossyQueue
from tests.simulation.stepping import Actor, Order, current
from tests.simulation.weather import Weather
from tests.simulation.world import Place, make_place

LONGEST = 20_000
_NEVER_SECONDS = 1e5


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a seed. ``problems`` is empty when nothing was lost, doubled or contradicted."""

    seed: int
    trace: tuple[str, ...]
    faults: dict[str, int]
    calls: int
    problems: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the trace: equal for two plays of one seed."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def told(self) -> str:
        """Return what a person needs to see it again."""
        again = f"python -m tests.simulation --seed {self.seed}"
        return "\n".join([*self.trace[-150:], f"seed {self.seed} FAILED", *self.problems, f"play it again: {again}"])


@dataclass(frozen=True, slots=True)
class Stage:
    """A database and what all seeds on it share."""

    app: Flask
    settings: Settings
    connections: Connections
    observer: Conn


@contextmanager
def staged(dsns: dict[str, str], superuser_dsn: str) -> Iterator[Stage]:
    """Prepare a migrated database for seeds; leases and waits end only when the weather says so."""
    names = {"database": "api", "respondent_database": "respondent", "engine_database": "engine"}
    urls = {f"NASTAVNIK_{key.upper()}_URL": dsns[f"nastavnik_{role}"] for key, role in names.items()}
    environment = {
        **urls,
        "NASTAVNIK_AUDITOR_DATABASE_URL": dsns["nastavnik_auditor"],
        "NASTAVNIK_ENVIRONMENT": "test",
        "NASTAVNIK_LOG_LEVEL": "ERROR",
        "NASTAVNIK_JOB_LEASE_SECONDS": str(_NEVER_SECONDS),
    }
    settings = load_settings(environment)
    with (
        psycopg.connect(superuser_dsn, autocommit=True, row_factory=dict_row) as observer,
        pytest.MonkeyPatch.context() as patch,
    ):
        connections = Connections(dsns, observer)
        original = psycopg.connect

        def connect(url: str, **more: Any) -> Any:
            return original(url, **more) if current() is None else connections.connect(url)

        patch.setattr(psycopg, "connect", connect)
        patch.setattr(backoff, "FIRST_SECONDS", _NEVER_SECONDS)
        patch.setattr(backoff, "LONGEST_SECONDS", _NEVER_SECONDS)
        app = create_app(settings)
        database = SteppedDatabase(settings.need("database_url"), settings, connections=connections)
        app.extensions["nastavnik"] = replace(app.extensions["nastavnik"], database=database)
        yield Stage(app, settings, connections, observer)
        connections.close()


@dataclass
class Simulation:
    """One seed on a stage."""

    stage: Stage
    seed: int
    parts: engine.Parts = field(default_factory=engine.Parts)
    trace: list[str] = field(default_factory=list)
    names: dict[UUID, str] = field(default_factory=dict)

    def play(self) -> Played:
        """Play the seed to rest and check what is left."""
        place = make_place(self.stage.settings.need("database_url"), f"seed {self.seed} {uuid4().hex}")
        weather = Weather(self.stage.observer, place.municipality_id, Random(f"{self.seed} weather"))
        queue = LossyQueue(self._rng("queue"), lambda job: self._named(place, job), **weather.queue_rates())
        machine = engine.Engine(self.stage, queue, self.parts, self._rng("engine"), f"m{place.municipality_id}")
        history = History()
        problems: list[str] = []
        try:
            self._run(self._clients(place, history), machine, weather)
            self._drain(machine, weather, place)
        except AssertionError as error:
            problems.append(str(error))
        problems += checks.problems(self.stage, place, history)
        self.trace += checks.ends(self.stage, place)
        faults = {**weather.faults, **queue.faults}
        return Played(self.seed, tuple(self.trace), faults, history.calls, tuple(problems))

    def _clients(self, place: Place, history: History) -> list[Actor]:
        def client(name: str, role: str) -> Client:
            made = Client(self.stage.app, place, history, self._rng(name), name=name, role=role)
            made.trace = self.trace
            return made

        one, two, twin = client("c1", "curator"), client("c2", "methodist"), client("c3", "curator")
        return [
            Actor("c1", lambda: one.work(4)),
            Actor("c2", lambda: two.work(4)),
            Actor("c3", lambda: twin.echo(3), weight=6, is_endless=True),
        ]

    def _run(self, clients: list[Actor], machine: engine.Engine, weather: Weather) -> None:
        actors = [*clients, *machine.actors()]
        rng = self._rng("turns")
        try:
            for _ in range(LONGEST):
                if all(actor.is_over or actor.is_endless for actor in clients):
                    return
                self._turn(actors, machine, weather, rng)
            raise AssertionError(f"the clients were not served within {LONGEST} steps")
        finally:
            for actor in actors:
                if not actor.is_over:
                    actor.step(Order.END)
                actor.join()

    def _turn(self, actors: list[Actor], machine: engine.Engine, weather: Weather, rng: Random) -> None:
        for event in weather.blow(machine.queue):
            self.trace.append(event)
        waiting = [actor for actor in actors if actor.waits_at is not None]
        ready = [actor for actor in actors if actor.may_go()]
        if waiting and weather.kills_waiting():
            actor, order = rng.choice(waiting), Order.KILL
        else:
            actor = rng.choices(ready, [one.weight for one in ready])[0]
            order = weather.order(is_doomed=machine.is_doomed(actor.name))
        place = actor.place
        actor.waits_at = None
        actor.step(order)
        self.trace.append(f"{actor.name} {order} {place}")
        if actor.error is not None:
            raise AssertionError(f"{actor.name}: {actor.error!r}") from actor.error
        waiting = [actor for actor in actors if actor.waits_at is not None]
        if waiting:
            self.stage.connections.settle(waiting)

    def _drain(self, machine: engine.Engine, weather: Weather, place: Place) -> None:
        """Let the world come to rest: nothing fails any more and every wait ends."""
        machine.queue.become_reliable()
        actor = Actor("drain", lambda: machine.drain(weather))
        while not actor.is_over:
            actor.step()
        actor.join()
        if actor.error is not None:
            raise AssertionError(f"drain: {actor.error!r}") from actor.error

    def _named(self, place: Place, job: UUID) -> str:
        if job not in self.names:
            for row in self.stage.observer.execute(
                "SELECT id FROM job_run WHERE municipality_id = %s ORDER BY created_at, kind", (place.municipality_id,)
            ):
                self.names.setdefault(row["id"], f"J{len(self.names):03}")
        return self.names[job]

    def _rng(self, word: str) -> Random:
        return Random(f"{self.seed} {word}")
