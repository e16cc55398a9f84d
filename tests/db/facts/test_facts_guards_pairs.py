"""Stages IV to VI: each fact taken away blocks its guard and only what hangs on it."""

from __future__ import annotations

from datetime import date

import pytest

from shared.pack.model import Pack
from shared.programme.facts import load_facts
from tests.builders_world import World
from tests.builders_world_rows import add_person
from tests.db.facts.asking import ask, unmet
from tests.db.facts.blocking import Block, changed, check, ended


def _also(guard: str) -> dict[str, str]:
    return {f"complete/{guard}": f"{guard}.missing"}


GROUP = ("#mentee_a", "#mentee_b")
BLOCKS = (
    Block("IV.1/criteria_cover_requests", ended("criterion_2"), "criteria_cover_requests.uncovered", ("общение",), 2),
    Block("IV.2/candidates_decided", ended("decision_t"), "candidates_decided.missing", ("#mentor_t",), 3),
    Block(
        "IV.2/training_listed",
        ended("trained_t"),
        "training_listed.missing",
        ("#mentor_t",),
        2,
        {"IV.2/mentors_trained": "mentors_trained.missing"},
    ),
    Block(
        "IV.2/mentors_trained", changed("trained_t", completed_on=None), "mentors_trained.missing", ("#mentor_t",), 2
    ),
    Block(
        "IV.2/mentors_trained",
        changed("trained_t", completed_on="2021-05-21"),
        "mentors_trained.missing",
        ("#mentor_t",),
    ),
    Block("V.1/mentees_placed", ended("waiting"), "mentees_placed.missing", ("#mentee_d",), 4),
    Block("V.1/mentees_placed", changed("pair_live", mentor_agreed_on=None), "mentees_placed.unagreed", GROUP),
    Block("V.1/mentees_placed", changed("member_a", mentee_agreed_on=None), "mentees_placed.unagreed", GROUP),
    Block("V.1/mentees_placed", changed("member_a", guardian_agreed_on=None), "mentees_placed.unagreed", GROUP),
    Block("V.1/mentees_placed", changed("pair_live", kind="pair"), "mentees_placed.unagreed", GROUP),
    Block("V.1/capacities_kept", changed("mentor_t", capacity=1), "capacities_kept.over", ("#mentor_t",), 1),
    Block(
        "VI.1/pairs_have_format",
        changed("pair_live", format=None),
        "pairs_have_format.missing",
        ("#pair_live",),
        1,
        _also("pairs_have_format"),
    ),
    Block(
        "VI.2/pairs_have_goals",
        ended("goal_live"),
        "pairs_have_goals.missing",
        ("#pair_live",),
        dependents=_also("pairs_have_goals"),
    ),
    Block(
        "VI.2/pairs_have_goals",
        ended("task_live"),
        "pairs_have_goals.missing",
        ("#pair_live",),
        dependents=_also("pairs_have_goals"),
    ),
    Block(
        "VI.3/pairs_have_plan",
        ended("event_live"),
        "pairs_have_plan.missing",
        ("#pair_live",),
        dependents=_also("pairs_have_plan"),
    ),
    Block(
        "VI.3/pairs_have_plan",
        changed("pair_live", starts_on=None),
        "pairs_have_plan.missing",
        ("#pair_live",),
        dependents=_also("pairs_have_plan"),
    ),
    Block(
        "VI.4/pairs_have_support",
        ended("support_live"),
        "pairs_have_support.missing",
        ("#pair_live",),
        dependents=_also("pairs_have_support"),
    ),
    Block(
        "VI.4/specialist_assigned",
        ended("specialist"),
        "specialist_assigned.missing",
        dependents={"VI.4/pairs_have_support": "pairs_have_support.missing", **_also("pairs_have_support")},
    ),
    Block(
        "VI.5/questionnaires_chosen",
        ended("mentor_before"),
        "questionnaires_chosen.missing",
        ("mentor.before",),
        4,
        {"VI.5/before_wave_sent": "before_wave_sent.missing"},
    ),
    Block("VI.5/before_wave_sent", ended("asked_mentee_a"), "before_wave_sent.missing", ("mentee:#mentee_a",), 3),
    Block(
        "VI.5/before_wave_sent",
        changed("asked_mentor_t", sent_at=None),
        "before_wave_sent.missing",
        ("mentor:#mentor_t",),
    ),
    Block(
        "VI.5/after_wave_scheduled",
        changed("mentor_after", responsible_id=None),
        "after_wave_scheduled.missing",
        ("mentor",),
    ),
    Block(
        "VI.5/after_wave_scheduled",
        changed("mentee_after", scheduled_on=None),
        "after_wave_scheduled.missing",
        ("mentee",),
    ),
    Block("VI.6/reward_rules_frozen", ended("rules"), "reward_rules_frozen.missing"),
    Block(
        "complete/pairs_have_format",
        changed("pair_done", format=None),
        "pairs_have_format.missing",
        ("#pair_done",),
        2,
    ),
)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.guard} {','.join(block.missing)}")
def test_one_fact_taken_away_blocks_its_guard_alone(world: World, pack: Pack, block: Block) -> None:
    check(world, pack, block)


@pytest.mark.parametrize("side", ["mentor", "mentee"])
@pytest.mark.parametrize("kind", ["strength", "growth_area"])
def test_strengths_and_growth_areas_of_both_sides_are_needed(world: World, pack: Pack, side: str, kind: str) -> None:
    block = Block(
        "VI.2/pairs_have_strengths",
        ended(f"live_{side}_{kind}"),
        "pairs_have_strengths.missing",
        ("#pair_live",),
        1,
        _also("pairs_have_strengths"),
    )
    check(world, pack, block)


def test_a_specialist_whose_record_has_ended_supports_nobody(world: World, pack: Pack) -> None:
    psychologist = add_person(world, "psychologist", "teacher", has_consent=False)
    world.change("specialist", outside_organisation=None, person_id=psychologist)
    assert unmet(world, pack) == {}
    world.end("psychologist")
    found = unmet(world, pack)
    assert found["VI.4/specialist_assigned"].code == "specialist_assigned.missing"
    assert found["VI.4/pairs_have_support"].missing == (world.id("pair_live"),)


def test_live_pairs_hand_on_when_their_periods_end(world: World) -> None:
    assert load_facts(world.conn, world.programme_id).placement.live_until == (date(2021, 5, 20),)
    world.change("pair_live", ends_on=None)
    assert load_facts(world.conn, world.programme_id).placement.live_until == (None,)


def test_adult_mentee_needs_no_guardian(world: World, pack: Pack) -> None:
    world.change("mentee_a_person", birth_on="2003-05-20")
    world.change("member_a", guardian_agreed_on=None)
    assert unmet(world, pack) == {}
    world.change("mentee_a_person", birth_on="2003-05-21")
    assert [verdict.code for verdict in unmet(world, pack).values()] == ["mentees_placed.unagreed"]


def test_pupil_without_a_birth_date_counts_as_a_minor(world: World, pack: Pack) -> None:
    world.change("mentee_b_person", birth_on=None)
    world.change("member_b", guardian_agreed_on=None)
    assert [verdict.code for verdict in unmet(world, pack).values()] == ["mentees_placed.unagreed"]


def test_pupil_mentor_needs_his_guardian(world: World, pack: Pack) -> None:
    world.change("pair_done", outcome=None, closed_on=None)
    assert unmet(world, pack) == {}
    world.change("pair_done", mentor_guardian_agreed_on=None)
    assert unmet(world, pack)["V.1/mentees_placed"].missing == (world.id("mentee_c"),)


def test_pair_of_a_declined_mentor_places_nobody(world: World, pack: Pack) -> None:
    world.change("decision_t", outcome="declined", reason="отказ")
    assert unmet(world, pack)["V.1/mentees_placed"].missing == (world.id("mentee_a"), world.id("mentee_b"))


def test_pair_that_ended_early_places_nobody(world: World, pack: Pack) -> None:
    world.change("pair_done", outcome="early")
    assert [verdict.code for verdict in unmet(world, pack).values()] == ["mentees_placed.missing"]


def test_mentees_who_left_are_counted_nowhere(world: World, pack: Pack) -> None:
    world.end("mentee_d")
    world.end("waiting")
    assert unmet(world, pack) == {}
    assert ask(world, pack)["V.1/mentees_placed"].met


def test_without_any_pair_nothing_of_pairs_is_shown(world: World, pack: Pack) -> None:
    for name in ("pair_live", "pair_done"):
        world.end(name)
    found = {key: verdict.code for key, verdict in ask(world, pack).items() if not verdict.met}
    names = ("format", "strengths", "goals", "plan", "support")
    no_pairs = {f"pairs_have_{name}.no_pairs" for name in names} | {
        "pairs_finished.no_pairs",
        "before_wave_sent.no_pairs",
    }
    assert set(found.values()) == no_pairs | {"mentees_placed.missing"}


def test_waiting_list_alone_shows_stage_v_but_not_stage_vi(world: World, pack: Pack) -> None:
    for name in ("pair_live", "pair_done"):
        world.end(name)
    for name in "abc":
        world.put("waiting_entry", mentee_id=world.id(f"mentee_{name}"), reason="нет наставника", since_on="2020-12-09")
    found = ask(world, pack)
    assert found["V.1/mentees_placed"].met
    assert found["VI.1/pairs_have_format"].code == "pairs_have_format.no_pairs"


def test_programme_whose_pairs_all_ended_early_can_still_be_completed(world: World, pack: Pack) -> None:
    for name in ("pair_live", "pair_done"):
        world.change(name, outcome="early", closed_on="2021-03-01")
    found = ask(world, pack)
    assert [key for key in found if key.startswith("complete/") and not found[key].met] == []


def test_criteria_after_the_decisions_are_a_warning(world: World, pack: Pack) -> None:
    world.change("criterion", approved_on="2020-12-09")
    assert unmet(world, pack) == {}
    remark = ask(world, pack)["IV.1/criteria_cover_requests"].warnings[0]
    assert remark.message.ru == "Утверждены позже решений: 1 из 2 критериев"


def test_general_criterion_covers_every_topic(world: World, pack: Pack) -> None:
    world.end("criterion_2")
    world.change("criterion", is_general=True, topics=[])
    assert unmet(world, pack) == {}


def test_reserve_without_a_reason_is_a_warning(world: World, pack: Pack) -> None:
    world.change("decision_r", outcome="reserve", reason=None)
    assert unmet(world, pack) == {}
    assert ask(world, pack)["IV.2/candidates_decided"].warnings[0].code == "candidates_decided.unexplained"
