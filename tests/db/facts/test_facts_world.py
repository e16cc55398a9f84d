"""The whole world satisfies every guard."""

from __future__ import annotations

import pytest

from shared.pack.model import Pack
from shared.programme.facts import load_facts
from shared.programme.guards.registry import GUARDS
from shared.programme.machine import ADVANCE, COMPLETE
from shared.programme.report import evaluate
from tests.builders_world import World
from tests.db.facts.asking import LIVE, ask


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_guard_is_met_by_the_whole_world(world: World, pack: Pack, guard: str) -> None:
    world.end_last_pair()
    asked = {key: verdict for key, verdict in ask(world, pack).items() if key.endswith(f"/{guard}")}
    assert asked
    assert {key: verdict.code for key, verdict in asked.items()} == dict.fromkeys(asked, "met")


def test_only_the_live_pair_stands_in_the_way_of_the_whole_world(world: World, pack: Pack) -> None:
    assert [key for key, verdict in ask(world, pack).items() if not verdict.met] == [LIVE]


def test_every_stage_of_the_whole_world_may_be_left(world: World, pack: Pack) -> None:
    facts = load_facts(world.conn, world.programme_id)
    for stage in pack.stages[:-1]:
        assert evaluate(pack, facts, leaving=stage.key, trigger=ADVANCE).unmet == ()
    world.end_last_pair()
    assert evaluate(pack, load_facts(world.conn, world.programme_id), leaving="closing", trigger=COMPLETE).unmet == ()
