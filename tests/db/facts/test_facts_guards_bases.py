"""Stages I to III: each fact taken away blocks its guard and only what hangs on it."""

from __future__ import annotations

import pytest

from shared.pack.model import Pack
from shared.programme.facts import load_facts
from shared.programme.guards.registry import GUARDS
from shared.programme.report import GuardStatus, activity_status
from tests.builders_world import World
from tests.db.facts.asking import ask, unmet
from tests.db.facts.blocking import Block, changed, check, ended

BLOCKS = (
    Block("I.1/documents_on_file", ended("regulation"), "documents_on_file.missing", ("regulation",), 3),
    Block("I.1/documents_on_file", changed("order", kinds=["order"]), "documents_on_file.missing", ("event_plan",)),
    Block(
        "I.1/documents_on_file",
        changed("regulation", dated_on="2021-05-21"),
        "documents_on_file.missing",
        ("regulation",),
    ),
    Block("I.2/audiences_informed", ended("informed_staff"), "audiences_informed.missing", ("staff",), 2),
    Block("I.2/requests_collected", ended("request_teachers"), "requests_collected.missing", ("teachers",), 3),
    Block(
        "I.2/requests_collected",
        ended("request_young_specialists"),
        "requests_collected.missing",
        ("young_specialists",),
    ),
    Block("I.4/goals_set", ended("task"), "goals_set.missing", ("task",)),
    Block(
        "I.4/goals_set",
        ended("result"),
        "goals_set.missing",
        ("expected_result",),
        dependents={"II.2/results_expected": "results_expected.missing"},
    ),
    Block("I.5/roadmap_complete", changed("line_V.1", responsible_id=None), "roadmap_complete.lines", ("V.1",), 22),
    Block("I.5/roadmap_complete", changed("line_C.4", planned_on=None), "roadmap_complete.lines", ("C.4",)),
    Block("I.5/roadmap_complete", ended("line_I.1"), "roadmap_complete.lines", ("I.1",)),
    Block("I.5/roadmap_approved", ended("approval"), "roadmap_approved.missing"),
    Block("II.1/collections_recorded", ended("collection_parents"), "collections_recorded.missing", ("parents",), 4),
    Block(
        "II.1/collections_recorded",
        changed("collection_psychologists", outcome="not_applicable", waiver="not_in_staff"),
        "collections_recorded.unfounded",
        ("psychologists",),
    ),
    Block("II.2/results_expected", changed("result", topics=["учёба"]), "results_expected.missing", ("общение",), 2),
    Block("III.1/candidates_from_sources", ended("mentor_p"), "candidates_from_sources.missing", ("pupils_9_11",)),
    Block(
        "III.2/mentors_described",
        changed("mentor_p", form="student_pupil"),
        "mentors_described.missing",
        ("#mentor_p",),
        2,
    ),
    Block("III.2/mentors_described", changed("mentor_p", capacity=None), "mentors_described.missing", ("#mentor_p",)),
    Block("III.2/mentors_consented", ended("mentor_t_person_consent"), "mentors_consented.missing", ("#mentor_t",), 2),
    Block(
        "III.2/mentors_consented",
        changed("mentor_t_person_consent", valid_until="2021-05-19"),
        "mentors_consented.missing",
        ("#mentor_t",),
    ),
)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.guard} {','.join(block.missing)}")
def test_one_fact_taken_away_blocks_its_guard_alone(world: World, pack: Pack, block: Block) -> None:
    check(world, pack, block)


def test_working_group_needs_a_person_beside_the_curator(world: World, pack: Pack) -> None:
    world.end("member_duty")
    found = unmet(world, pack)
    assert {key: verdict.code for key, verdict in found.items()} == {
        "I.3/working_group_appointed": "working_group_appointed.too_few"
    }


def test_working_group_needs_a_curator(world: World, pack: Pack) -> None:
    world.end("curator_duty")
    found = unmet(world, pack)
    assert [verdict.code for verdict in found.values()] == ["working_group_appointed.no_curator"]


def test_mentees_without_consent_block_only_when_too_few_are_left(world: World, pack: Pack) -> None:
    world.end("mentee_d_person_consent")
    assert unmet(world, pack) == {}
    remark = ask(world, pack)["II.2/mentees_active"].warnings[0]
    assert (remark.code, remark.count, remark.of) == ("mentees_active.awaiting_consent", 1, 4)
    assert remark.missing == (world.id("mentee_d"),)
    verdict = GUARDS["mentees_active"](load_facts(world.conn, world.programme_id), {"minimum": 4})
    assert (verdict.code, verdict.missing) == ("mentees_active.no_consent", (world.id("mentee_d"),))
    assert verdict.message.ru == "Нет действующего согласия: 1 из 4 наставляемых"


def test_mentee_without_a_topic_is_not_active(world: World) -> None:
    world.change("mentee_a", topics=[])
    verdict = GUARDS["mentees_active"](load_facts(world.conn, world.programme_id), {"minimum": 4})
    assert (verdict.code, verdict.missing) == ("mentees_active.no_topic", (world.id("mentee_a"),))


def test_declined_mentors_leave_the_base(world: World) -> None:
    facts = load_facts(world.conn, world.programme_id)
    assert GUARDS["mentors_active"](facts, {"minimum": 2}).met
    world.change("decision_p", outcome="reserve", reason="много пар")
    verdict = GUARDS["mentors_active"](load_facts(world.conn, world.programme_id), {"minimum": 2})
    assert (verdict.code, verdict.count) == ("mentors_active.too_few", 1)


@pytest.mark.parametrize(
    ("values", "is_in_force"),
    [
        ({"given_on": "2021-05-20"}, True),
        ({"given_on": "2021-05-21"}, False),
        ({"valid_until": "2021-05-20"}, True),
        ({"valid_until": "2021-05-19"}, False),
        ({"withdrawn_on": "2021-05-21"}, True),
        ({"withdrawn_on": "2021-05-20"}, False),
        ({"kind": "publication"}, False),
    ],
)
def test_consent_is_in_force_by_the_local_date(world: World, values: dict[str, str], is_in_force: bool) -> None:
    world.change("mentee_a_person_consent", **values)
    facts = load_facts(world.conn, world.programme_id)
    assert facts.bases.awaiting.items == (() if is_in_force else (world.id("mentee_a"),))
    assert facts.bases.mentees == (4 if is_in_force else 3)


@pytest.mark.parametrize(
    ("instant", "today"),
    [("2021-05-20T20:59:59Z", "2021-05-20"), ("2021-05-20T21:00:00Z", "2021-05-21")],
)
def test_today_is_the_date_of_the_municipality(world: World, instant: str, today: str) -> None:
    world.conn.execute("SELECT set_config('app.now', %s, true)", (instant,))
    assert load_facts(world.conn, world.programme_id).today.isoformat() == today


def test_candidates_outside_the_order_are_a_warning(world: World, pack: Pack) -> None:
    world.change("mentor_r", origin="other")
    assert unmet(world, pack) == {}
    remark = ask(world, pack)["III.1/candidates_from_sources"].warnings[0]
    assert remark.message.ru == "Вне приказа: 1 из 3 кандидатов"
    assert remark.missing == (world.id("mentor_r"),)


@pytest.mark.parametrize(
    ("profile", "take", "activity", "waiver"),
    [
        ({"has_young_specialists": False}, ended("request_young_specialists"), "I.2", "no_young_specialists"),
        ({"has_grades_9_11": False}, ended("mentor_p"), "III.1", "no_grades_9_11"),
        (
            {"has_psychologist": False},
            changed("collection_psychologists", outcome="not_applicable", waiver="not_in_staff"),
            "II.1",
            "not_in_staff",
        ),
        (
            {"has_career_tests": False},
            changed("collection_career_tests", outcome="not_applicable", waiver="form_not_used"),
            "II.1",
            "form_not_used",
        ),
    ],
)
def test_profile_waives_what_the_school_does_not_have(
    world: World, pack: Pack, profile: dict[str, bool], take: object, activity: str, waiver: str
) -> None:
    assert callable(take)
    take(world)
    assert unmet(world, pack) != {}
    world.change("profile", **profile)
    assert unmet(world, pack) == {}
    statuses = {status.key: status for status in activity_status(pack, load_facts(world.conn, world.programme_id))}
    assert statuses[activity].status is GuardStatus.WAIVED
    assert [line.verdict.waived for line in statuses[activity].lines if line.verdict.waived] == [waiver]


def test_school_without_a_profile_waives_nothing(world: World, pack: Pack) -> None:
    world.end("request_young_specialists")
    world.change("profile", has_young_specialists=False, ended_at="2021-05-20")
    assert [verdict.code for verdict in unmet(world, pack).values()] == ["requests_collected.missing"]


@pytest.mark.parametrize("source", ["parents", "homeroom_teachers"])
def test_parents_and_teachers_are_never_waived(world: World, pack: Pack, source: str) -> None:
    world.change("profile", has_psychologist=False, has_career_tests=False, has_grades_9_11=False)
    world.change(f"collection_{source}", outcome="not_applicable", waiver="not_in_staff")
    assert [verdict.code for verdict in unmet(world, pack).values()] == ["collections_recorded.unfounded"]
