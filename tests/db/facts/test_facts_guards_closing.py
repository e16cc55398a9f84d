"""The last stage: each fact taken away blocks its guard and only what hangs on it."""

from __future__ import annotations

import pytest

from shared.pack.model import Pack
from tests.builders_world import World, put_result
from tests.db.facts.asking import LIVE, ask, unmet
from tests.db.facts.blocking import Block, changed, check, ended

BLOCKS = (
    Block(
        "C.1/after_wave_closed",
        changed("mentor_after", closed_at=None),
        "after_wave_closed.open",
        ("mentor",),
        2,
        {"C.1/feedback_summarised": "feedback_summarised.early", "C.3/score_current": "score_current.early"},
    ),
    Block(
        "C.1/feedback_summarised",
        changed("mentee_after", closed_at="2021-05-10T18:00:01+03:00"),
        "feedback_summarised.early",
        dependents={"C.3/score_current": "score_current.early"},
    ),
    Block(
        "C.3/score_current",
        changed("programme", inputs_version=8),
        "score_current.stale",
        dependents={
            "C.1/feedback_summarised": "feedback_summarised.stale",
            "C.4/reward_list_approved": "reward_list_approved.stale",
        },
    ),
    Block(
        "C.1/conclusion_signed",
        changed("conclusion_feedback", signed_on=None),
        "conclusion_signed.unsigned",
        ("feedback",),
    ),
    Block("C.2/conclusion_signed", ended("conclusion_monitoring"), "conclusion_signed.missing", ("monitoring",)),
    Block("C.3/conclusion_signed", ended("conclusion_effectiveness"), "conclusion_signed.missing", ("effectiveness",)),
    Block("C.2/reflection_recorded", ended("reflection"), "reflection_recorded.missing"),
    Block("C.3/criteria_rated", ended("rating_logic"), "criteria_rated.missing", ("logic",), 9),
    Block("C.4/reward_list_approved", ended("reward_approval"), "reward_list_approved.unapproved"),
    Block("C.4/celebration_held", ended("celebration"), "celebration_held.missing"),
    Block("C.4/celebration_held", changed("celebration", held_on="2021-05-21"), "celebration_held.missing"),
    Block("C.4/popularised", ended("popularisation"), "popularised.missing"),
)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.guard} {block.code}")
def test_one_fact_taken_away_blocks_its_guard_alone(world: World, pack: Pack, block: Block) -> None:
    check(world, pack, block)


def test_live_pair_blocks_completion(world: World, pack: Pack) -> None:
    verdict = ask(world, pack)[LIVE]
    assert (verdict.code, verdict.count, verdict.of) == ("pairs_finished.live", 1, 2)
    assert verdict.missing == (world.id("pair_live"),)
    assert verdict.message.ru == "Не завершены: 1 из 2 пар и групп"
    world.change("pair_live", outcome="carried_over", closed_on="2021-05-19")
    assert ask(world, pack)[LIVE].met


def test_newer_stale_summary_counts_and_the_older_one_does_not(engine_world: World, pack: Pack) -> None:
    put_result(engine_world, "feedback_summary", inputs_version=6)
    found = unmet(engine_world, pack)
    assert {key: verdict.code for key, verdict in found.items()} == {
        "C.1/feedback_summarised": "feedback_summarised.stale"
    }
    words = "Данные изменились после расчёта 12 мая: пересчитайте сводку"
    assert found["C.1/feedback_summarised"].message.ru == words


def test_score_before_the_cut_off_is_no_score(engine_world: World, pack: Pack) -> None:
    put_result(engine_world, "effectiveness", cut_off_at="2021-05-09T18:00:00+03:00")
    found = unmet(engine_world, pack)
    assert {key: verdict.code for key, verdict in found.items()} == {
        "C.3/score_current": "score_current.early",
        "C.4/reward_list_approved": "reward_list_approved.outdated",
    }


def test_reward_list_of_an_older_score_is_outdated(engine_world: World, pack: Pack) -> None:
    put_result(engine_world, "effectiveness", based_on=engine_world.id("feedback_summary"))
    found = unmet(engine_world, pack)
    assert {key: verdict.code for key, verdict in found.items()} == {
        "C.4/reward_list_approved": "reward_list_approved.outdated"
    }


def test_approval_of_an_earlier_list_does_not_cover_the_latest(engine_world: World, pack: Pack) -> None:
    put_result(engine_world, "reward_list", based_on=engine_world.id("effectiveness"))
    found = unmet(engine_world, pack)
    assert {key: verdict.code for key, verdict in found.items()} == {
        "C.4/reward_list_approved": "reward_list_approved.superseded"
    }
