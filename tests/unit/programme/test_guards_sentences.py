"""Blockers in the words of the domain: numbers, cases, dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pack import guard_names
from shared.programme.fact_values import Facts, Lack, PairFacts, ResultFacts, SurveyFacts
from shared.programme.guards.registry import GUARDS, PLACES
from shared.programme.guards.sentences import MENTEES, PAIRS, of_total
from shared.programme.guards.verdict import WAIVERS
from tests.unit.programme.facts_made import empty_facts, with_part

EMPTY = empty_facts()
PARAMS: Mapping[str, Mapping[str, Any]] = {
    "documents_on_file": {"kinds": ("regulation", "order", "event_plan")},
    "audiences_informed": {"audiences": ("staff", "students")},
    "requests_collected": {"audiences": ("students", "teachers", "young_specialists")},
    "working_group_appointed": {"curators": 1, "members": 1},
    "goals_set": {"tasks": 1, "forms": 1, "expected_results": 1},
    "roadmap_complete": {"activities": ("I.1", "I.2")},
    "collections_recorded": {"sources": ("parents", "psychologists")},
    "mentees_active": {"minimum": 1},
    "candidates_from_sources": {"sources": ("teachers", "pupils_9_11")},
    "mentors_active": {"minimum": 1},
    "criteria_cover_requests": {"minimum": 1},
    "mentors_trained": {"due_on": date(2020, 12, 31)},
    "conclusion_signed": {"subject": "feedback"},
    "criteria_rated": {"count": 9, "criteria": ("goals",)},
}


def _ru(guard: str, facts: Facts) -> str:
    return GUARDS[guard](facts, PARAMS.get(guard, {})).message.ru


def test_guards_are_those_that_a_pack_may_name() -> None:
    assert set(GUARDS) == set(guard_names.GUARDS) == set(PLACES)


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_nothing_done_shows_nothing(guard: str) -> None:
    verdict = GUARDS[guard](EMPTY, PARAMS.get(guard, {}))
    if guard == "capacities_kept":
        assert verdict.met
        return
    assert not verdict.met
    assert verdict.code.startswith(f"{guard}.")
    assert verdict.message.ru[0].isupper()
    assert verdict.message.en[0].isupper()
    assert verdict.message.ru != verdict.message.en


@pytest.mark.parametrize(
    ("guard", "part", "values", "sentence"),
    [
        (
            "documents_on_file",
            "conditions",
            {"documents": {"order": date(2020, 11, 1), "event_plan": date(2020, 11, 1)}},
            "Нет документа: положение о наставничестве (укажите реквизиты или утвердивший приказ)",
        ),
        (
            "documents_on_file",
            "conditions",
            {"documents": {"order": date(2020, 11, 1)}},
            "Нет документов: положение о наставничестве, план мероприятий (укажите реквизиты или утвердивший приказ)",
        ),
        (
            "requests_collected",
            "conditions",
            {"requests": {"students": date(2020, 11, 1), "teachers": date(2020, 11, 1)}},
            "Нет запросов: молодые специалисты (внесите или отметьте «в школе нет»)",
        ),
        (
            "mentees_active",
            "bases",
            {"awaiting": Lack(4, 37, (1, 2, 3, 4))},
            "Нет действующего согласия: 4 из 37 наставляемых",
        ),
        ("candidates_decided", "selection", {"undecided": Lack(5, 18)}, "Нет решения по кандидатам: 5 из 18"),
        (
            "mentors_trained",
            "selection",
            {"untrained": Lack(3, 12)},
            "Не обучены: 3 из 12 наставников, срок 31 декабря",
        ),
        ("mentees_placed", "placement", {"unplaced": Lack(3, 37)}, "Без пары или группы: 3 из 37 наставляемых"),
        (
            "mentees_placed",
            "placement",
            {"unplaced": Lack(3, 21), "unagreed": 1},
            "Без пары или группы: 3 из 21 наставляемого, из них ждут согласия сторон: 1",
        ),
        (
            "pairs_have_plan",
            "placement",
            {"pairs": PairFacts(plan=Lack(6, 30))},
            "Нет плана или периода взаимодействия: 6 из 30 пар и групп",
        ),
        ("before_wave_sent", "feedback", {"unasked": Lack(8, 60)}, "Анкета не направлена: 8 из 60 участников"),
        ("pairs_finished", "placement", {"unfinished": Lack(4, 30)}, "Не завершены: 4 из 30 пар и групп"),
    ],
)
def test_blocker_says_what_is_wrong_and_with_how_many(
    guard: str, part: str, values: dict[str, Any], sentence: str
) -> None:
    assert _ru(guard, with_part(EMPTY, part, **values)) == sentence


def test_stale_score_says_when_it_was_computed() -> None:
    closed = date(2021, 5, 10)
    at = SurveyFacts(closed, 1, _noon(closed), closed)
    facts = with_part(EMPTY, "feedback", surveys={"mentor.after": at, "mentee.after": at})
    stale = ResultFacts(1, _noon(date(2021, 5, 12)), date(2021, 5, 18), is_stale=True, based_on=None)
    facts = with_part(facts, "closing", results={"effectiveness": stale})
    assert _ru("score_current", facts) == "Данные изменились после расчёта 18 мая: пересчитайте оценку"


def test_no_result_at_all_has_a_code_of_its_own() -> None:
    codes = {GUARDS[name](EMPTY, {}).code for name in ("feedback_summarised", "score_current", "reward_list_approved")}
    assert codes == {"feedback_summarised.none", "score_current.none", "reward_list_approved.none"}


@pytest.mark.parametrize(
    ("of", "ru", "en"),
    [
        (1, "0 из 1 наставляемого", "0 of 1 mentee"),
        (2, "0 из 2 наставляемых", "0 of 2 mentees"),
        (11, "0 из 11 наставляемых", "0 of 11 mentees"),
        (21, "0 из 21 наставляемого", "0 of 21 mentees"),
        (111, "0 из 111 наставляемых", "0 of 111 mentees"),
        (101, "0 из 101 наставляемого", "0 of 101 mentees"),
    ],
)
def test_genitive_follows_the_number(of: int, ru: str, en: str) -> None:
    assert (of_total(0, of, MENTEES).ru, of_total(0, of, MENTEES).en) == (ru, en)


@given(st.integers(0, 10**6))
def test_genitive_depends_on_the_last_two_digits_only(of: int) -> None:
    same = of_total(0, of % 100 + 100, PAIRS).ru.removeprefix(f"0 из {of % 100 + 100} ")
    assert of_total(0, of, PAIRS).ru == f"0 из {of} {same}"


def test_waivers_are_a_closed_list() -> None:
    assert set(WAIVERS) == {"not_in_staff", "no_grades_9_11", "no_young_specialists", "form_not_used"}


def test_topics_are_words_and_stay_out_of_the_history() -> None:
    facts = with_part(EMPTY, "bases", unexpected=Lack(1, 2, ("дисграфия",)))
    assert GUARDS["results_expected"](facts, {}).in_words


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
