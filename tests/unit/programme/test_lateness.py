"""Lateness as PRODUCT rules it: by activity, by first fulfilment, by the effective date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pack.deadlines import Calendar, Standing
from shared.programme.lateness import Punctuality, judge, stage_line
from shared.programme.report import activity_status, carried_statuses
from shared.programme.schedule import Extension
from shared.programme.timeline import Fulfilment, Reopening, Timeline
from tests.unit.programme.facts_made import SCHEDULE, empty_facts, order_pack

PACK = order_pack()
KEYS = [activity.key for activity in PACK.activities()]
EARLY = KEYS[: KEYS.index("IV.1")]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _timeline(today: str, fulfilled: dict[str, str], **values: Any) -> Timeline:
    """A programme in IV; ``fulfilled`` on the day given, entered the same day."""
    base = Timeline(
        today=_day(today),
        stage="training",
        resume_stage=None,
        schedule=SCHEDULE,
        fulfilments={key: Fulfilment(_day(on), _day(on)) for key, on in fulfilled.items()},
    )
    return replace(base, **values)


DONE = dict.fromkeys(EARLY, "2020-11-25")


def _due(punctuality: Punctuality, key: str) -> str:
    return punctuality.item(key).lateness.due.isoformat()


def test_on_12_december_a_programme_in_iv_without_pairs_is_in_time_and_v1_is_overdue() -> None:
    punctuality = judge(PACK, _timeline("2020-12-12", DONE))
    assert stage_line(PACK, punctuality, "training").ru == "Этап IV, в срок (31.12). Просрочено: V.1, 2 дн."
    assert stage_line(PACK, punctuality, "training").en == "Stage IV, in time (31.12). Overdue: V.1, 2 days"
    assert [item.key for item in punctuality.overdue] == ["V.1"]
    assert (punctuality.oldest_days, punctuality.root) == (2, "IV.1")


def test_pairs_entered_by_10_december_are_in_time_though_the_state_is_iv() -> None:
    punctuality = judge(PACK, _timeline("2020-12-12", DONE | {"V.1": "2020-12-10"}))
    assert stage_line(PACK, punctuality, "training").ru == "Этап IV, в срок (31.12)."
    assert (punctuality.overdue, punctuality.oldest_days, punctuality.root) == ((), 0, None)


def test_effective_dates_of_the_orders_own_year() -> None:
    punctuality = judge(PACK, _timeline("2020-12-01", {}))
    dues = {key: _due(punctuality, key) for key in ("I.5", "II.1", "III.2", "IV.2", "V.1", "VI.6", "C.4")}
    assert dues == {
        "I.5": "2020-11-30",
        "II.1": "2020-12-07",
        "III.2": "2020-12-10",
        "IV.2": "2020-12-31",
        "V.1": "2020-12-10",
        "VI.6": "2020-12-15",
        "C.4": "2021-05-25",
    }
    due = punctuality.item("I.1").due
    assert (due.printed, due.nominal_on, due.moved_on) == ("до 31 ноября", _day("2020-11-30"), _day("2020-11-30"))


@pytest.mark.parametrize(
    ("on", "standing", "days"), [("2020-12-10", Standing.IN_TIME, 0), ("2020-12-11", Standing.LATE, 1)]
)
def test_until_is_inclusive(on: str, standing: Standing, days: int) -> None:
    lateness = judge(PACK, _timeline("2020-12-20", DONE | {"V.1": on})).item("V.1").lateness
    assert (lateness.standing, lateness.days) == (standing, days)


def test_document_entered_later_keeps_its_date_and_says_when_it_was_entered() -> None:
    timeline = _timeline("2020-12-12", {})
    timeline = replace(timeline, fulfilments={"I.1": Fulfilment(_day("2020-11-28"), _day("2020-12-12"))})
    item = judge(PACK, timeline).item("I.1")
    assert (item.lateness.standing, item.fulfilled_on) == (Standing.IN_TIME, _day("2020-11-28"))
    assert item.entered_on == _day("2020-12-12")
    assert judge(PACK, _timeline("2020-12-12", DONE)).item("I.1").entered_on is None


def test_selection_is_needed_by_the_day_that_pairs_are_due() -> None:
    punctuality = judge(PACK, _timeline("2020-12-01", DONE))
    assert punctuality.item("IV.2").derived_on == _day("2020-12-10")
    assert punctuality.item("V.1").derived_on is None
    later = judge(PACK, _timeline("2020-12-01", DONE | {"V.1": "2020-11-30"}))
    assert later.item("IV.2").derived_on == _day("2020-12-15")


def test_carried_guard_is_judged_by_its_own_date_only() -> None:
    punctuality = judge(PACK, _timeline("2021-01-03", DONE | {"IV.1": "2020-12-05", "IV.2": "2020-12-05"}))
    carried = punctuality.item("IV.2:mentors_trained")
    assert (carried.lateness.standing, carried.lateness.days, carried.derived_on) == (Standing.OVERDUE, 3, None)
    assert not punctuality.item("IV.2").lateness.is_late


def test_stage_line_tells_overdue_from_fulfilled_late() -> None:
    overdue = judge(PACK, _timeline("2020-12-10", {}))
    assert stage_line(PACK, overdue, "conditions").ru.startswith(
        "Этап I, срок 30.11 прошёл, 10 дн. Просрочено: I.1, 10 дн.; I.2"
    )
    late = judge(PACK, _timeline("2020-12-07", dict.fromkeys(KEYS, "2020-12-03")))
    assert stage_line(PACK, late, "conditions").ru == "Этап I, выполнен с опозданием, 3 дн."
    assert stage_line(PACK, late, "closing").ru == "Завершение наставничества, в срок (25.05)."
    assert stage_line(PACK, late, "suspended").ru == "Приостановлена."


def test_narrowest_extension_counts_and_both_dates_stay_visible() -> None:
    granted = _day("2020-12-01")
    everything = Extension(_day("2021-02-01"), granted)
    stage = Extension(_day("2021-01-20"), granted, stage_key="pairing")
    activity = Extension(_day("2020-12-25"), granted, activity_key="V.1")
    for extensions, due in (
        ((everything,), "2021-02-01"),
        ((everything, stage), "2021-01-20"),
        ((stage, activity), "2020-12-25"),
    ):
        schedule = replace(SCHEDULE, extensions=extensions)
        item = judge(PACK, _timeline("2020-12-12", DONE, schedule=schedule)).item("V.1")
        assert item.lateness.due == _day(due)
        assert (item.due.moved_on, item.due.extended_on) == (_day("2020-12-10"), _day(due))


def test_extension_of_all_that_is_left_leaves_alone_what_was_done_before() -> None:
    schedule = replace(SCHEDULE, extensions=(Extension(_day("2021-02-01"), _day("2020-12-20")),))
    punctuality = judge(PACK, _timeline("2020-12-22", {"I.1": "2020-12-10"}, schedule=schedule))
    assert punctuality.item("I.1").lateness.days == 10
    assert _due(punctuality, "I.2") == "2021-02-01"


def test_suspension_stops_the_count_and_not_the_date() -> None:
    spans = ((_day("2020-12-11"), _day("2020-12-21")),)
    item = judge(PACK, _timeline("2020-12-24", DONE, suspensions=spans)).item("V.1")
    assert (item.lateness.due, item.lateness.days) == (_day("2020-12-10"), 4)
    open_span = judge(PACK, _timeline("2020-12-24", DONE, suspensions=((_day("2020-12-12"), None),)))
    assert open_span.item("V.1").lateness.days == 1


def test_programme_that_is_over_grows_no_later() -> None:
    timeline = _timeline("2021-03-01", DONE, stage="cancelled", ended_on=_day("2020-12-14"))
    assert judge(PACK, timeline).item("V.1").lateness.days == 4


def test_transferred_days_move_the_date() -> None:
    schedule = replace(SCHEDULE, calendar=Calendar(days_off=frozenset({_day("2020-12-10"), _day("2020-12-11")})))
    assert _due(judge(PACK, _timeline("2020-12-01", {}, schedule=schedule)), "V.1") == "2020-12-14"
    fixed = replace(SCHEDULE, calendar=Calendar(move_days_off=False))
    assert _due(judge(PACK, _timeline("2020-12-01", {}, schedule=fixed)), "II.1") == "2020-12-06"


def _statuses_of_nothing() -> list[Any]:
    facts = empty_facts("2021-02-10")
    return [*activity_status(PACK, facts), *carried_statuses(PACK, facts)]


def test_reopening_keeps_the_first_fulfilment_and_nothing_is_late_without_a_new_date() -> None:
    reopened = Reopening(_day("2021-02-01"), "work", "pairing", None)
    timeline = _timeline("2021-02-10", DONE | {"V.1": "2020-12-09"}, reopenings=(reopened,))
    item = judge(PACK, timeline, _statuses_of_nothing()).item("V.1")
    assert (item.is_regressed, item.fulfilled_on, item.lateness.days) == (True, _day("2020-12-09"), 0)


def test_reopening_with_a_date_counts_from_that_date() -> None:
    reopened = Reopening(_day("2021-02-01"), "work", "pairing", _day("2021-02-08"))
    timeline = _timeline("2021-02-10", DONE | {"V.1": "2020-12-09"}, reopenings=(reopened,))
    punctuality = judge(PACK, timeline, _statuses_of_nothing())
    assert (punctuality.item("V.1").lateness.standing, punctuality.item("V.1").lateness.days) == (Standing.OVERDUE, 2)
    assert punctuality.item("IV.2").lateness.due == _day("2020-12-31")
    assert not punctuality.item("II.1").is_overdue


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 200)), st.integers(0, 250))
def test_oldest_is_the_maximum_and_every_overdue_item_is_left(done: dict[str, int], age: int) -> None:
    start = _day("2020-11-01")
    fulfilled = {key: (start + timedelta(days=days)).isoformat() for key, days in done.items()}
    punctuality = judge(PACK, _timeline((start + timedelta(days=age)).isoformat(), fulfilled))
    assert punctuality.oldest_days == max((item.lateness.days for item in punctuality.overdue), default=0)
    assert all(item.is_left and item.fulfilled_on is None for item in punctuality.overdue)
    assert (punctuality.root is None) == (not punctuality.overdue)
    assert all(item.derived_on < item.lateness.due for item in punctuality.items if item.derived_on is not None)
