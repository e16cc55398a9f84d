"""Which guards a move asks; carried and waived ones; what enters the history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from shared.programme.fact_values import Facts, Lack, Profile
from shared.programme.machine import ADVANCE, CANCEL, COMPLETE, REOPEN, RESUME, SUSPEND
from shared.programme.report import GuardStatus, activity_status, carried_key, carried_statuses, evaluate
from shared.programme.schedule import Extension
from tests.unit.programme.facts_made import SCHEDULE, empty_facts, order_pack, with_part

PACK = order_pack()
EMPTY = empty_facts()
UNTRAINED = Lack(3, 12, (1, 2, 3))


def _statuses(facts: Facts, leaving: str, trigger: str = ADVANCE) -> dict[str, GuardStatus]:
    return {line.guard: line.status for line in evaluate(PACK, facts, leaving=leaving, trigger=trigger).lines}


def test_advance_asks_the_guards_of_the_stage_left_in_order() -> None:
    report = evaluate(PACK, EMPTY, leaving="conditions", trigger=ADVANCE)
    assert [(line.activity, line.guard) for line in report.lines] == [
        (activity.key, ref.name) for activity in PACK.stage("conditions").activities for ref in activity.guards
    ]
    assert len(report.unmet) == len(report.lines)


def test_carried_guard_does_not_hold_its_own_stage_back() -> None:
    facts = with_part(EMPTY, "selection", untrained=UNTRAINED)
    assert _statuses(facts, "training")["mentors_trained"] is GuardStatus.CARRIED


@pytest.mark.parametrize(
    ("today", "status"),
    [("2020-12-30", GuardStatus.CARRIED), ("2020-12-31", GuardStatus.UNMET), ("2021-02-01", GuardStatus.UNMET)],
)
def test_carried_guard_is_asked_on_leaving_work_once_its_time_has_come(today: str, status: GuardStatus) -> None:
    facts = replace(with_part(EMPTY, "selection", untrained=UNTRAINED), today=date.fromisoformat(today))
    assert _statuses(facts, "work")["mentors_trained"] is status
    assert "mentors_trained" not in _statuses(facts, "pairing")


def test_extension_puts_the_carried_guard_off() -> None:
    schedule = replace(SCHEDULE, extensions=(Extension(date(2021, 3, 1), date(2020, 12, 20), activity_key="IV.2"),))
    facts = with_part(empty_facts("2021-02-01"), "selection", untrained=UNTRAINED)
    report = evaluate(PACK, replace(facts, schedule=schedule), leaving="work", trigger=ADVANCE)
    line = next(line for line in report.lines if line.guard == "mentors_trained")
    assert (line.status, line.due_on) == (GuardStatus.CARRIED, date(2021, 3, 1))
    assert "срок 1 марта" in line.verdict.message.ru


def test_complete_asks_closing_its_own_list_and_every_carried_guard() -> None:
    report = evaluate(PACK, EMPTY, leaving="closing", trigger=COMPLETE)
    closing = [ref.name for activity in PACK.stage("closing").activities for ref in activity.guards]
    assert [line.guard for line in report.lines] == ["mentors_trained", *closing, *(ref.name for ref in PACK.complete)]
    assert {line.status for line in report.lines} == {GuardStatus.UNMET}
    by_guard = {line.guard: line.activity for line in report.lines}
    assert (by_guard["pairs_finished"], by_guard["pairs_have_plan"]) == (None, "VI.3")


@pytest.mark.parametrize("trigger", [REOPEN, SUSPEND, RESUME, CANCEL])
def test_other_moves_ask_nothing(trigger: str) -> None:
    assert evaluate(PACK, EMPTY, leaving="work", trigger=trigger).lines == ()


def test_blocker_carries_code_sentence_count_and_link() -> None:
    facts = with_part(EMPTY, "placement", unplaced=Lack(120, 130, tuple(range(100))))
    blocker = evaluate(PACK, facts, leaving="pairing", trigger=ADVANCE).blockers("ru")[0]
    assert blocker["missing"] == list(range(100))
    assert (
        blocker.items()
        >= {
            "code": "mentees_placed.missing",
            "guard": "mentees_placed",
            "activity": "V.1",
            "detail": "Без пары или группы: 120 из 130 наставляемых",
            "count": 120,
            "of": 130,
            "missing_total": 120,
            "link": "/api/v1/programmes/5/pairs",
        }.items()
    )
    english = evaluate(PACK, facts, leaving="pairing", trigger=ADVANCE).blockers("en")[0]
    assert english["detail"] == "Without a pair or group: 120 of 130 mentees"


def test_waived_guard_is_reported_as_such_and_blocks_nothing() -> None:
    day = date(2020, 11, 5)
    facts = replace(
        with_part(
            EMPTY, "conditions", requests={"students": day, "teachers": day}, informed={"staff": day, "students": day}
        ),
        profile=Profile(
            has_grades_9_11=True, has_young_specialists=False, has_psychologist=True, has_career_tests=True
        ),
    )
    report = evaluate(PACK, facts, leaving="conditions", trigger=ADVANCE)
    assert "requests_collected" not in {line.guard for line in report.unmet}
    remark = next(remark for remark in report.remarks("ru") if remark["guard"] == "requests_collected")
    assert (remark["status"], remark["waived"]) == ("waived", "no_young_specialists")
    assert remark["detail"] == "Не применяется: нет молодых специалистов"
    status = next(status for status in activity_status(PACK, facts) if status.key == "I.2")
    assert (status.status, status.shown_on) == (GuardStatus.WAIVED, day)


def test_history_holds_ids_and_codes_and_no_words() -> None:
    facts = with_part(EMPTY, "bases", mentees=3, unexpected=Lack(1, 2, ("дисграфия",)), awaiting=Lack(1, 4, (9,)))
    text = json.dumps(evaluate(PACK, facts, leaving="mentees", trigger=ADVANCE).as_json(), ensure_ascii=False)
    assert not any("а" <= letter.lower() <= "я" for letter in text)
    assert "results_expected.missing" in text
    assert "mentees_active.awaiting_consent" in text


def test_activity_is_dated_by_the_last_document_that_shows_it() -> None:
    documents = {"regulation": date(2020, 11, 2), "order": date(2020, 11, 9), "event_plan": date(2020, 11, 3)}
    facts = with_part(EMPTY, "conditions", documents=documents)
    status = activity_status(PACK, facts)[0]
    assert (status.key, status.is_met, status.shown_on) == ("I.1", True, date(2020, 11, 9))


def test_activity_without_dated_proof_is_dated_by_its_entry() -> None:
    facts = with_part(EMPTY, "conditions", goals={"task": 1, "form": 1, "expected_result": 1})
    status = next(status for status in activity_status(PACK, facts) if status.key == "I.4")
    assert (status.is_met, status.shown_on) == (True, None)


def test_every_activity_has_a_status_and_carried_guards_stand_apart() -> None:
    assert [status.key for status in activity_status(PACK, EMPTY)] == [a.key for a in PACK.activities()]
    assert [status.key for status in carried_statuses(PACK, EMPTY)] == [carried_key("IV.2", "mentors_trained")]
    trained = with_part(EMPTY, "selection", undecided=Lack(0, 3), unlisted=Lack(0, 2), untrained=UNTRAINED)
    met = {status.key: status.is_met for status in (*activity_status(PACK, trained), *carried_statuses(PACK, trained))}
    assert (met["IV.2"], met["IV.2:mentors_trained"]) == (True, False)
