"""What is left, by date, with who answers for it and what blocks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.pack.deadlines import Calendar
from shared.programme.agenda import Agenda, AgendaStatus, make_agenda
from shared.programme.fact_values import Facts, Lack, PlanLine
from shared.programme.schedule import Extension, Schedule
from shared.programme.timeline import Fulfilment, Timeline
from tests.unit.programme.facts_made import SCHEDULE, empty_facts, order_pack, with_part

PACK = order_pack()
TODAY = date(2020, 12, 12)


def _agenda(facts: Facts, fulfilled: dict[str, date] | None = None) -> Agenda:
    days = {key: Fulfilment(on, on) for key, on in (fulfilled or {}).items()}
    return make_agenda(PACK, facts, Timeline(TODAY, "training", None, SCHEDULE, days))


def test_everything_is_left_of_an_empty_programme_in_date_order() -> None:
    agenda = _agenda(empty_facts())
    assert len(agenda.remaining) == 22 + 1 + 1
    days = [item.sort_on for item in agenda.remaining]
    assert days == sorted(days)
    assert agenda.remaining[0].key == "I.1"
    assert agenda.remaining[-1].key == "complete"


def test_lines_show_status_dates_responsible_person_and_blockers() -> None:
    facts = with_part(empty_facts(), "conditions", plan={"V.1": PlanLine(77, date(2020, 12, 8))})
    facts = with_part(facts, "placement", unplaced=Lack(3, 37, (1, 2, 3)))
    found = {item["key"]: item for item in _agenda(facts).as_json("ru")["items"]}
    assert (
        found["V.1"].items()
        >= {
            "status": "overdue",
            "status_name": "Просрочено",
            "days_late": 2,
            "printed": "до 10 декабря",
            "due_on": "2020-12-10",
            "responsible_id": 77,
            "planned_on": "2020-12-08",
            "title": "Пары или группы",
        }.items()
    )
    assert [blocker["detail"] for blocker in found["V.1"]["blockers"]] == ["Без пары или группы: 3 из 37 наставляемых"]
    assert (found["IV.1"]["status"], found["IV.1"]["needed_by"]) == ("open", "2020-12-10")
    assert found["C.4"]["status"] == "open"
    carried = found["IV.2:mentors_trained"]
    assert (carried["status"], carried["due_on"], carried["guard"]) == ("carried", "2020-12-31", "mentors_trained")
    assert carried["title"] == "Обучить отобранных наставников"


def test_activity_that_is_no_longer_true_is_regressed_and_not_late() -> None:
    agenda = _agenda(empty_facts(), {"I.1": date(2020, 11, 20)})
    item = next(item for item in agenda.remaining if item.key == "I.1")
    assert item.status is AgendaStatus.REGRESSED
    assert item.judged is not None
    assert not item.judged.is_overdue


def test_done_activities_leave_what_remains() -> None:
    day = date(2020, 11, 20)
    facts = with_part(empty_facts(), "conditions", documents={"regulation": day, "order": day, "event_plan": day})
    body = _agenda(facts, {"I.1": day}).as_json("en")
    assert [item["key"] for item in body["done"]] == ["I.1"]
    assert "I.1" not in {item["key"] for item in body["items"]}
    assert body["summary"].startswith("Stage IV, in time (31.12). Overdue: I.2")


def test_end_of_pairs_is_done_when_nothing_but_activities_blocks() -> None:
    finished = with_part(empty_facts(), "placement", unfinished=Lack(0, 3))
    statuses = {item.key: item for item in _agenda(finished).items}
    assert statuses["complete"].status is AgendaStatus.DONE
    live = with_part(empty_facts(), "placement", unfinished=Lack(2, 3, (8, 9)))
    item = {item.key: item for item in _agenda(live).items}["complete"]
    assert item.status is AgendaStatus.OPEN
    assert [line.guard for line in item.blocking] == ["pairs_finished"]


@pytest.mark.parametrize(
    ("until", "due_on", "status"),
    [
        ((date(2021, 4, 1), date(2021, 5, 20)), date(2021, 4, 1), AgendaStatus.OPEN),
        ((date(2020, 12, 11), None), date(2020, 12, 11), AgendaStatus.OVERDUE),
        ((date(2020, 12, 12), None), date(2020, 12, 12), AgendaStatus.OPEN),
        ((date(2021, 6, 10), None), date(2021, 5, 25), AgendaStatus.OPEN),
    ],
)
def test_end_of_pairs_is_due_when_the_first_live_pair_is(
    until: tuple[date | None, ...], due_on: date, status: AgendaStatus
) -> None:
    facts = with_part(empty_facts(), "placement", unfinished=Lack(2, 3, (8, 9)), live_until=until)
    item = {item.key: item for item in _agenda(facts).items}["complete"]
    assert (item.due_on, item.sort_on, item.status) == (due_on, due_on, status)
    (line,) = item.blocking
    late = ", срок прошёл: 1" if status is AgendaStatus.OVERDUE else ""
    assert line.verdict.message.ru == f"Не завершены: 2 из 3 пар и групп{late}"


def test_an_extension_of_the_closing_lets_pairs_run_longer() -> None:
    schedule = Schedule(2020, Calendar(), (Extension(date(2021, 6, 5), date(2021, 5, 1), stage_key="closing"),))
    facts = replace(empty_facts("2021-06-01"), schedule=schedule)
    facts = with_part(facts, "placement", unfinished=Lack(1, 1, (8,)), live_until=(date(2021, 6, 10),))
    agenda = make_agenda(PACK, facts, Timeline(date(2021, 6, 1), "closing", None, schedule, {}))
    item = {item.key: item for item in agenda.items}["complete"]
    assert (item.due_on, item.status) == (date(2021, 6, 5), AgendaStatus.OPEN)
    assert item.blocking[0].verdict.message.ru == "Не завершены: 1 из 1 пары или группы"


def test_agenda_after_its_last_date_is_overdue_to_the_end() -> None:
    facts = replace(empty_facts(), today=date(2021, 6, 1))
    agenda = make_agenda(PACK, facts, Timeline(date(2021, 6, 1), "work", None, SCHEDULE, {}))
    assert {item.status for item in agenda.remaining} == {AgendaStatus.OVERDUE}
