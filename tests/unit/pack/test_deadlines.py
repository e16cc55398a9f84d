"""When things are due and how late they are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pack.deadlines import (
    Calendar,
    Lateness,
    Standing,
    effective,
    format_school_year,
    is_template_year,
    lateness,
    needed_by,
    nominal,
    oldest,
    pair_due,
    parse_school_year,
    root_of,
    school_year_of,
    suspended_days_after,
)
from shared.pack.library import shipped
from shared.pack.model import Deadline, Provenance

PACK = shipped("order_428", 1)
WEEKENDS = Calendar()
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def dues(school_year: int, calendar: Calendar = WEEKENDS) -> list[str]:
    return [f"{effective(nominal(stage.deadline, school_year), calendar):%d.%m.%Y}" for stage in PACK.stages]


def test_the_order_gives_the_dates_of_its_own_school_year() -> None:
    assert dues(2020) == [
        "30.11.2020",
        "07.12.2020",
        "10.12.2020",
        "31.12.2020",
        "10.12.2020",
        "15.12.2020",
        "25.05.2021",
    ]


def test_the_same_pack_serves_another_school_year_and_says_so() -> None:
    assert dues(2026)[0] == "30.11.2026"
    assert dues(2026)[1] == "07.12.2026"  # the 6th is a Sunday in 2026 too
    assert dues(2026)[-1] == "25.05.2027"
    assert is_template_year(PACK, 2026)
    assert not is_template_year(PACK, 2020)


def test_a_day_that_does_not_exist_becomes_the_last_of_its_month() -> None:
    november = Deadline("до 31 ноября", 31, 11, 0, Provenance.ORDER)
    february = Deadline("до 30 февраля", 30, 2, 1, Provenance.ORDER)
    assert nominal(november, 2020) == date(2020, 11, 30)
    assert nominal(february, 2022) == date(2023, 2, 28)
    assert nominal(february, 2023) == date(2024, 2, 29)


def test_a_sunday_moves_to_monday_unless_the_setting_is_off() -> None:
    sunday = date(2020, 12, 6)
    assert effective(sunday, WEEKENDS) == date(2020, 12, 7)
    assert effective(sunday, Calendar(move_days_off=False)) == sunday


def test_a_run_of_days_off_is_left_behind_whole() -> None:
    holidays = frozenset({date(2021, 1, day) for day in range(1, 9)})
    assert effective(date(2021, 1, 1), Calendar(days_off=holidays)) == date(2021, 1, 11)


def test_a_worked_saturday_is_no_day_off() -> None:
    saturday = date(2021, 2, 20)
    assert effective(saturday, WEEKENDS) == date(2021, 2, 22)
    assert effective(saturday, Calendar(working_days=frozenset({saturday}))) == saturday


def test_a_day_that_is_both_off_and_worked_counts_as_off() -> None:
    day = date(2021, 2, 22)
    both = Calendar(days_off=frozenset({day}), working_days=frozenset({day}))
    assert effective(day, both) == date(2021, 2, 23)


def test_an_extension_is_taken_as_written_and_never_shortens() -> None:
    sunday = date(2020, 12, 20)
    assert effective(date(2020, 12, 10), WEEKENDS, sunday) == sunday
    assert effective(date(2020, 12, 10), WEEKENDS, date(2020, 12, 1)) == date(2020, 12, 10)


@given(DAYS, st.frozensets(DAYS, max_size=20), st.frozensets(DAYS, max_size=20))
def test_an_effective_date_is_a_working_day_with_only_days_off_before_it(
    day: date, off: frozenset[date], worked: frozenset[date]
) -> None:
    calendar = Calendar(off, worked)
    moved = effective(day, calendar)
    assert moved >= day
    assert not calendar.is_day_off(moved)
    assert all(calendar.is_day_off(day + timedelta(days=n)) for n in range((moved - day).days))


DUE = date(2020, 12, 10)


@pytest.mark.parametrize(
    ("fulfilled_on", "today", "suspended", "expected"),
    [
        (DUE, date(2021, 3, 1), 0, Lateness(DUE, Standing.IN_TIME, 0)),
        (date(2020, 12, 11), date(2021, 3, 1), 0, Lateness(DUE, Standing.LATE, 1)),
        (None, DUE, 0, Lateness(DUE, Standing.OPEN, 0)),
        (None, date(2020, 12, 12), 0, Lateness(DUE, Standing.OVERDUE, 2)),
        (None, date(2020, 12, 12), 1, Lateness(DUE, Standing.OVERDUE, 1)),
        (None, date(2020, 12, 12), 2, Lateness(DUE, Standing.OPEN, 0)),
        (date(2020, 12, 20), date(2021, 3, 1), 10, Lateness(DUE, Standing.IN_TIME, 0)),
    ],
)
def test_until_is_inclusive_and_suspension_stops_the_count(
    fulfilled_on: date | None, today: date, suspended: int, expected: Lateness
) -> None:
    assert lateness(DUE, fulfilled_on, today, suspended_days=suspended) == expected


def test_only_days_after_the_due_date_count_as_suspended_and_none_twice() -> None:
    spans = [
        (date(2020, 12, 1), date(2020, 12, 13)),  # 11 and 12 December count
        (date(2020, 12, 12), date(2020, 12, 14)),  # adds the 13th
        (date(2020, 12, 20), None),  # open: the 20th and the 21st
    ]
    assert suspended_days_after(DUE, date(2020, 12, 21), spans) == 5
    assert suspended_days_after(DUE, date(2020, 12, 9), spans) == 0


def test_what_a_later_stage_waits_for_is_needed_by_that_stages_date() -> None:
    nominals = [nominal(stage.deadline, 2020) for stage in PACK.stages]
    needed = dict(zip((stage.key for stage in PACK.stages), needed_by(nominals), strict=True))
    assert needed["training"] == date(2020, 12, 10)
    assert needed["work"] == date(2020, 12, 15)
    assert needed["closing"] == date(2021, 5, 25)


@given(st.lists(DAYS, max_size=30))
def test_derived_dates_never_fall_and_never_pass_the_own_date(days: list[date]) -> None:
    derived = needed_by(days)
    assert list(derived) == sorted(derived)
    assert all(own >= other for own, other in zip(days, derived, strict=True))


def test_the_root_is_the_earliest_open_activity_before_a_late_one() -> None:
    keys = [activity.key for activity in PACK.activities()]
    assert root_of("V.1", keys, {"II.2", "IV.2", "V.1", "VI.1"}) == "II.2"
    assert root_of("V.1", keys, {"V.1", "VI.1"}) == "V.1"


def test_the_oldest_counts_one_item_and_no_late_but_fulfilled_one() -> None:
    today = date(2020, 12, 20)
    judged = [
        lateness(DUE, None, today),
        lateness(date(2020, 12, 17), None, today),
        lateness(date(2020, 11, 30), date(2020, 12, 19), today),
    ]
    assert oldest(judged) == 10
    assert oldest([]) == 0


def test_a_pair_is_due_at_its_periods_end_but_not_beyond_the_closing() -> None:
    closing = date(2021, 5, 25)
    assert pair_due(date(2021, 4, 1), closing) == date(2021, 4, 1)
    assert pair_due(date(2021, 6, 10), closing) == closing
    assert pair_due(None, closing) == closing


def test_a_school_year_begins_on_the_first_of_september() -> None:
    assert school_year_of(date(2020, 8, 31)) == 2019
    assert school_year_of(date(2020, 9, 1)) == 2020
    assert school_year_of(date(2021, 5, 25)) == 2020


@given(st.integers(2000, 2100))
def test_a_school_year_reads_back_as_it_was_written(year: int) -> None:
    assert parse_school_year(format_school_year(year)) == year


@pytest.mark.parametrize(
    "text", ["2020", "2020/22", "2020-21", "20/21", "2020/2021", " 2020/21", "1999/00", "٢٠٢٠/٢١", ""]
)
def test_another_spelling_of_a_school_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="school year"):
        parse_school_year(text)
