"""Row 2: the facts of one programme and all its guards, by the number of people; one connection, nobody else asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiosql
import psycopg

from shared.db.pool import Conn, connect_options
from shared.db.tenancy import Tenant
from shared.pack.library import shipped_packs
from shared.programme.facts import load_facts
from shared.programme.machine import COMPLETE
from shared.programme.report import evaluate
from shared.settings import Settings
from tests.builders_world import World, act_for, build_world

PAIRS = (60, 250, 1000)
"""1,000 pairs are 2,000 people."""
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Size:
    """Milliseconds of one programme: the facts, and the guards that completion asks (every part of the facts).

    Medians, but ``best_ms``: the fastest round of both together, what an idle machine would show more often.
    """

    pairs: int
    facts_ms: float
    guards_ms: float
    best_ms: float

    @property
    def whole_ms(self) -> float:
        return self.facts_ms + self.guards_ms


@dataclass(frozen=True, slots=True)
class FactsFigures:
    """By size, in the order of ``PAIRS``; ``bare_ms`` is an empty statement on the same connection."""

    sizes: tuple[Size, ...]
    bare_ms: float

    @property
    def growth(self) -> float:
        """Time of the largest over the smallest, divided by how many times more people it has: 1 is linear."""
        small, large = self.sizes[0], self.sizes[-1]
        return (large.whole_ms / small.whole_ms) / (large.pairs / small.pairs)


def measure(env: Mapping[str, str], superuser_dsn: str) -> FactsFigures:
    """Build a programme a size and ask each in turn, round after round; the median of each."""
    options = connect_options(Settings(statement_timeout_ms=120_000), "bench") | {"autocommit": False}
    with (
        psycopg.connect(env["NASTAVNIK_DATABASE_URL"], **options) as api,
        psycopg.connect(env["NASTAVNIK_ENGINE_DATABASE_URL"], **options) as engine,
    ):
        worlds = [_world(api, engine, pairs) for pairs in PAIRS]
        with psycopg.connect(superuser_dsn, autocommit=True) as owner:
            owner.execute("VACUUM ANALYZE")
        times: list[list[tuple[float, float]]] = [[] for _ in worlds]
        bare = []
        for _ in range(ROUNDS):
            for place, world in enumerate(worlds):
                times[place].append(_once(api, world))
            bare.append(_milliseconds(lambda: api.execute("SELECT 1").fetchall()))
    sizes = [
        Size(pairs, median(facts for facts, _ in found), median(guards for _, guards in found), min(map(sum, found)))
        for pairs, found in zip(PAIRS, times, strict=True)
    ]
    return FactsFigures(tuple(sizes), median(bare))


def _world(api: Conn, engine: Conn, pairs: int) -> World:
    world = build_world(api, engine)
    act_for(api, Tenant(world.municipality_id))
    aiosql.from_path(Path(__file__).with_name("people.sql"), "psycopg").add_pairs(
        api,
        municipality_id=world.municipality_id,
        school_id=world.school_id,
        programme_id=world.programme_id,
        training_id=world.id("training"),
        mentor_survey_id=world.id("mentor_before"),
        mentee_survey_id=world.id("mentee_before"),
        count=pairs,
    )
    api.commit()
    engine.commit()
    return world


def _once(api: Conn, world: World) -> tuple[float, float]:
    act_for(api, Tenant(world.municipality_id, world.school_id))
    begun = time.perf_counter()
    facts = load_facts(api, world.programme_id)
    loaded = time.perf_counter()
    evaluate(shipped_packs()[0], facts, leaving="closing", trigger=COMPLETE)
    judged = time.perf_counter()
    api.commit()
    return 1000 * (loaded - begun), 1000 * (judged - loaded)


def _milliseconds(deed: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    deed()
    return 1000 * (time.perf_counter() - begun)
