"""No route tells a foreigner anything of another school: neither a row nor a count nor that something is there."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.security.conftest import Scale
from tests.security.ledger import Ledger, Walk
from tests.security.probes import Operation, Prober, operations, pages
from tests.security.scene import MUNICIPALITY, OUTSIDE, SCHOOL, Scene, Walker, fingerprint, tables
from tests.security.twins import Twins, differences

PLATFORMS_OWN = {"listMunicipalities", "getMunicipality", "updateMunicipality", "GET /jobs"}
"""What an administrator inside no municipality is there for: the list of municipalities, by name."""
WITHOUT_ROWS = {
    "pack": "the victim has uploaded no pack of its own; the shipped ones are everybody's",
    "schedule_tick": "the dispatcher's own, of no school",
    "spent_nonce": "of the platform alone",
}
"""Tables in which the victim has no row, with the reason."""
DEEP = frozenset({"curator", "methodist"})
"""Roles that try more than one request an operation in a short walk: they may do nearly all that others may."""
OTHERS = 7
"""A short walk takes each operation by one in so many of those who are stopped before any row is looked for."""
Open = Callable[[str], Twins]


@pytest.fixture(scope="module")
def document(built: Flask) -> Any:
    return built.test_client().get("/api/v1/openapi.json").get_json()


@pytest.fixture(scope="module")
def everything(built: Flask, document: Any) -> list[Operation]:
    return [*operations(document), *pages(built)]


@pytest.fixture(scope="module")
def prober(scene: Scene, built: Flask, document: Any, scale: Scale) -> Prober:
    return Prober(scene, built, document["components"]["schemas"], scale.is_long)


def test_the_victim_has_a_row_in_every_table(scene: Scene, open_twins: Open) -> None:
    twins = open_twins(MUNICIPALITY)
    empty = {table for table, _ in tables(twins.eyes) if not scene.rows.get(table)}
    assert empty == set(WITHOUT_ROWS)
    assert not any(count for _, count, _ in shadow_rows(twins, scene))


@pytest.mark.parametrize("side", [SCHOOL, MUNICIPALITY, OUTSIDE])
def test_no_foreigner_learns_anything_on_any_route(
    side: str, scene: Scene, prober: Prober, everything: Sequence[Operation], open_twins: Open, ledger: Ledger
) -> None:
    twins = open_twins(side)
    walkers = [walker for walker in scene.walkers if walker.side == side]
    for number, walker in enumerate(walkers):
        trodden = [
            one for place, one in enumerate(everything) if prober.is_long or is_worth(one, walker, place, number)
        ]
        done = walk(twins, prober, walker, trodden, ledger.leaks)
        ledger.walks.append(done)
        assert {one.label for one in everything if is_home(one, walker)} <= done.operations
    assert not ledger.leaks, "\n".join(ledger.leaks)


def is_worth(operation: Operation, walker: Walker, place: int, number: int) -> bool:
    """Whether a short walk takes the operation: by all who may use it at home, and by each of the others in turn."""
    return is_home(operation, walker) or place % OTHERS == number % OTHERS


def is_home(operation: Operation, walker: Walker) -> bool:
    """Whether the walker comes past the check of rights, so that rows are looked for."""
    is_past = walker.may(operation.right) or (operation.is_page and walker.role is not None)
    return is_past and not is_the_platforms(operation, walker)


def is_the_platforms(operation: Operation, walker: Walker) -> bool:
    """Whether the answer may tell of every municipality."""
    return walker.name == "administrator inside no municipality" and operation.label in PLATFORMS_OWN


def walk(twins: Twins, prober: Prober, walker: Walker, trodden: Sequence[Operation], leaks: list[str]) -> Walk:
    """Try everything as one walker; write down what leaked."""
    twins.forget_attempts()
    statuses: Counter[int] = Counter()
    ratios, count, tried = [], 0, set()
    for operation in trodden:
        if is_the_platforms(operation, walker):
            continue
        is_brief = not prober.is_long and walker.role not in DEEP
        for probe in itertools.islice(prober.probes(operation, walker), 1 if is_brief else None):
            pair = twins.ask(probe)
            count += 1
            tried.add(operation.label)
            statuses[pair[0].status] += 1
            leaks += [f"{walker.name}, {operation.label} {probe.path}: {what}" for what in found(twins, probe, pair)]
            if operation.parameters:
                ratios.append(pair[0].seconds / pair[1].seconds)
        if prober.is_long and operation.method != "GET" and twins.has_changed():
            leaks.append(f"{walker.name}, {operation.label}: changed a row of the victim")
    if twins.has_changed():
        leaks.append(f"{walker.name}: changed a row of the victim")
    return Walk(walker.name, frozenset(tried), count, statuses, tuple(ratios))


def found(twins: Twins, probe: Any, pair: Any) -> Iterator[str]:
    """Yield what an answer lets out; an answer of the server's own fault proves nothing."""
    yield from differences(probe, pair, twins.secrets)
    if pair[0].status >= 500:
        yield f"status {pair[0].status}"


def shadow_rows(twins: Twins, scene: Scene) -> list[Any]:
    """Return the victim's rows in the world where there should be none."""
    with psycopg.connect(twins.shadow.dsn, autocommit=True) as conn:
        return fingerprint(scene, twins.side, conn)
