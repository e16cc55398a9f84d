"""Whatever is sent, by whoever, the server never fails, answers as the document says, and replays what was answered."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import hypothesis
import pytest
from flask import Flask
from hypothesis import strategies as st
from schemathesis.core import NotSet
from werkzeug.test import TestResponse

from deploy.embedded.databases import clone_database, drop_database
from deploy.embedded.postgres import PostgresServer
from services.api.app import serve
from shared.settings import Settings
from tests.contract import world as contract
from tests.contract.exposed import CHECKS, aim, load, who
from tests.security.conftest import SCENE, Scale
from tests.security.ledger import Ledger
from tests.security.odd import ELSEWHERE, TWISTS, Sent, as_json, odd_text, plain
from tests.security.scene import Scene
from tests.security.twins import with_databases

CALLS = 54_000
"""Examples that a long run asks for; a few of them are thrown away as they are drawn."""
FEW = 45
"""Operations that a short run takes, three requests each."""
ENDING = ("/tokens", "/principals", "/sessions")
"""Operations that may end the very accounts that ask: each has a world of its own, the others share one by tens."""
REPLAYED = frozenset({409, 412})
"""Refusals that are kept under their key, as successes are."""


@dataclass(slots=True)
class Fuzz:
    """What sends and what it counts."""

    app: Flask
    scene: Scene
    world: contract.World
    ledger: Ledger
    tokens: dict[str, str] = field(default_factory=dict)

    def send(self, sent: Sent, what: str) -> TestResponse:
        """Send and count; AssertionError for an answer that is the server's fault or in no format of ours."""
        answer = self.app.test_client(use_cookies=False).open(
            sent.path, method=sent.method, query_string=sent.query_string, headers=dict(sent.headers), data=sent.body
        )
        self.ledger.calls[what] += 1
        self.ledger.answers[answer.status_code] += 1
        assert answer.status_code < 500, (sent.method, sent.path, answer.get_data(as_text=True))
        if answer.status_code >= 400 and sent.method != "HEAD":
            assert answer.mimetype == "application/problem+json", (sent.method, sent.path, answer.mimetype)
            assert answer.get_json()["status"] == answer.status_code
        return answer


@pytest.fixture(scope="module")
def fuzz(built: Flask, scene: Scene, ledger: Ledger) -> Fuzz:
    world = contract.World(scene.insiders, scene.links["victim"], scene.rows)
    tokens = {walker.name: walker.token for walker in scene.walkers if walker.token}
    return Fuzz(built, scene, world, ledger, tokens)


@pytest.fixture(scope="module")
def chosen(scale: Scale) -> list[Any]:
    """Operations of this run: all of them, or a few by the seed."""
    found = [result.ok() for result in load().get_all_operations()]
    found.sort(key=lambda operation: (is_ending(operation), operation.label))
    if scale.is_long:
        return found
    return [found[place] for place in sorted(Random(scale.seed).sample(range(len(found)), FEW))]


@contextmanager
def fresh(server: PostgresServer, app: Flask, plain_settings: Settings) -> Iterator[None]:
    """Serve a copy of the scene."""
    name, held = f"f_{uuid.uuid4().hex}", app.extensions["nastavnik"]
    serve(app, with_databases(plain_settings, clone_database(server, SCENE, name)))
    state = app.extensions["nastavnik"]
    try:
        yield
    finally:
        state.database.close()
        state.respondents.close()
        app.extensions["nastavnik"] = held
        drop_database(server, name)


def test_nothing_odd_ends_in_a_server_error_and_every_answer_is_documented(
    fuzz: Fuzz, chosen: Sequence[Any], server: PostgresServer, plain: Settings, scale: Scale
) -> None:
    examples = (scale.calls or CALLS) // len(chosen) if scale.is_long else 3
    failures = []
    for together in sharing(chosen, len(chosen) if not scale.is_long else 10):
        with fresh(server, fuzz.app, plain):
            for operation in together:
                try:
                    fuzz_one(fuzz, operation, examples, scale.seed)
                except (AssertionError, BaseExceptionGroup) as error:  # one by one a long run would take days
                    failures.append(f"{operation.label}: {error}")
    assert failures == []
    assert fuzz.ledger.operations >= {operation.label for operation in chosen}
    assert fuzz.ledger.calls.total() >= scale.of(2 * FEW, 0 if scale.calls else 50_000)


def sharing(chosen: Sequence[Any], many: int) -> Iterator[Sequence[Any]]:
    """Yield the operations that share a world."""
    safe = [operation for operation in chosen if not is_ending(operation)]
    for place in range(0, len(safe), many):
        yield safe[place : place + many]
    yield from ([operation] for operation in chosen if is_ending(operation))


def is_ending(operation: Any) -> bool:
    """Whether the operation may end an account that asks."""
    return operation.method != "get" and any(part in operation.path for part in ENDING)


def fuzz_one(fuzz: Fuzz, operation: Any, examples: int, seed: int) -> None:
    """Send so many requests to one operation."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(), st.sampled_from(sorted(TWISTS)), st.integers(0, 2**32))
    def ask(case: Any, what: str, number: int) -> None:
        chance = Random(number)
        sent = drawn(fuzz, case, chance)
        answer = fuzz.send(TWISTS[what](sent, chance, fuzz.tokens), what)
        if what not in ELSEWHERE:
            case.validate_response(answer, checks=CHECKS)

    ask()
    fuzz.ledger.operations.add(operation.label)


def drawn(fuzz: Fuzz, case: Any, chance: Random) -> Sent:
    """Return the case as a request, most often by somebody who may and aimed at what exists."""
    aim(case, fuzz.world, chance)
    headers = {**{name: str(value) for name, value in case.headers.items()}, **who(case, fuzz.world, chance)}
    content = None if isinstance(case.body, NotSet) else case.body
    body = content if isinstance(content, bytes) else None if content is None else as_json(content)
    if content is not None:
        headers["Content-Type"] = case.media_type
    path = case.as_transport_kwargs()["path"]
    return Sent(case.method, path, dict(case.query), headers, None if body is content else content, body)


def test_an_answer_given_under_a_key_is_given_again_to_its_asker_and_to_nobody_else(
    fuzz: Fuzz, server: PostgresServer, plain: Settings, scale: Scale
) -> None:
    """Every creation of a record, sent three times under one key: by its asker, again, and by foreigners."""
    strangers = [walker for walker in fuzz.scene.walkers if walker.role in ("curator", "methodist")]
    curator, counted = fuzz.scene.insiders["curator"], Counter[str]()
    with fresh(server, fuzz.app, plain):
        for number in range(scale.of(10, 200)):
            chance = Random(scale.seed + number)
            body = {"kind": "pupil", "family_name": f"Повторова{number}", "given_name": chance.choice("АБВ")}
            sent = Sent("POST", "/api/v1/people", {}, {"Content-Type": "application/json"}, body, as_json(body))
            sent = sent.wearing(Idempotency_Key=f"key {number}", Authorization=f"Bearer {curator.token}")
            first, again = (fuzz.send(sent, "replayed key") for _ in range(2))
            assert (first.status_code, again.status_code) == (201, 201)
            assert (again.get_data(), again.headers["Idempotent-Replayed"]) == (first.get_data(), "true")
            other = fuzz.send(odd_text(sent, chance, {}), "key of another request")
            assert other.status_code in (400, 422)
            for stranger in strangers:
                answer = fuzz.send(replace(sent, headers={**sent.headers, **stranger.headers}), "foreign key")
                assert "Idempotent-Replayed" not in answer.headers
                assert answer.get_data() != first.get_data()
                counted[stranger.side] += answer.status_code == 201
    assert all(counted.values())


@pytest.mark.parametrize("twist", [twist for twist in TWISTS.values() if twist is not plain])
def test_a_twist_makes_another_request(twist: Callable[..., Sent]) -> None:
    body = {"kind": "pupil", "family_name": "Иванов"}
    sent = Sent("POST", "/api/v1/people", {"limit": 1}, {"Authorization": "Bearer nst_1_x"}, body, as_json(body))
    made = [twist(sent, Random(number), {"expired": "nst_2_y"}) for number in range(20)]
    assert sum(one != sent for one in made) > 15
