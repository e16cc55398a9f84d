"""When the schedule ticks: once a local day, whatever the clocks do."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.jobs.kinds import KINDS, Scope
from shared.jobs.periodic import PERIODIC, Missed, Periodic, next_ticks, wanted

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "Europe/Moscow",
    "Europe/Kaliningrad",
    "Asia/Kamchatka",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Gaza",
    "America/Sao_Paulo",
]
HOUR = timedelta(hours=1)
zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.times(min_value=time(0), max_value=time(23, 59))
instants = st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
spans = st.timedeltas(timedelta(0), timedelta(days=40))


@given(zones, times, instants, spans)
def test_ticks_lie_in_their_span_in_order_and_about_a_day_apart(
    zone: ZoneInfo, at: time, after: datetime, span: timedelta
) -> None:
    found = next_ticks(zone, at, after=after, until=after + span)
    assert all(after < tick <= after + span for tick in found)
    assert all(22 * HOUR <= later - earlier <= 26 * HOUR for earlier, later in itertools.pairwise(found))


@given(zones, times, instants, spans, spans)
def test_a_span_cut_anywhere_gives_the_same_ticks(
    zone: ZoneInfo, at: time, after: datetime, first: timedelta, second: timedelta
) -> None:
    cut, end = after + first, after + first + second
    halves = next_ticks(zone, at, after=after, until=cut) + next_ticks(zone, at, after=cut, until=end)
    assert halves == next_ticks(zone, at, after=after, until=end)


@given(zones, times, instants)
def test_every_local_day_has_its_tick(zone: ZoneInfo, at: time, after: datetime) -> None:
    found = next_ticks(zone, at, after=after, until=after + timedelta(days=10))
    days = {tick.astimezone(zone).date() for tick in found}
    between = {(after.astimezone(zone) + timedelta(days=number)).date() for number in range(1, 9)}
    assert between <= days
    assert len(days) == len(found)


@given(zones, times, instants)
def test_the_clock_shows_the_time_unless_it_skips_it(zone: ZoneInfo, at: time, after: datetime) -> None:
    for tick in next_ticks(zone, at, after=after, until=after + timedelta(days=20)):
        shown = tick.astimezone(zone)
        asked = datetime.combine(shown.date(), at, tzinfo=zone)
        does_exist = asked.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == asked.replace(tzinfo=None)
        assert (shown.time() == at) is does_exist


def test_a_time_that_the_clock_skips_is_taken_an_hour_later() -> None:
    night = datetime(2026, 3, 28, 12, tzinfo=UTC)
    (tick,) = next_ticks(BERLIN, time(2, 30), after=night, until=night + timedelta(days=1))
    assert tick.astimezone(BERLIN).isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_time_that_comes_twice_is_taken_the_first_time_only() -> None:
    night = datetime(2026, 10, 24, 12, tzinfo=UTC)
    (tick,) = next_ticks(BERLIN, time(2, 30), after=night, until=night + timedelta(days=1))
    assert tick.isoformat() == "2026-10-25T00:30:00+00:00"


def test_a_day_that_a_zone_left_out_gives_no_second_tick() -> None:
    apia = ZoneInfo("Pacific/Apia")  # 30 December 2011 did not happen there
    found = next_ticks(apia, time(7), after=datetime(2011, 12, 28, tzinfo=UTC), until=datetime(2012, 1, 2, tzinfo=UTC))
    assert [tick.astimezone(apia).day for tick in found] == [28, 29, 31, 1, 2]


@given(instants, spans, st.integers(1, 100_000))
def test_ticks_of_so_often_are_counted_from_a_fixed_instant(after: datetime, span: timedelta, seconds: int) -> None:
    every = timedelta(seconds=max(seconds, 600))
    entry = Periodic("n", "k", Missed.ALL, "reason", every=every)
    found = entry.ticks(BERLIN, after, after + span)
    assert all(after < tick <= after + span for tick in found)
    assert all((tick - datetime(2000, 1, 1, tzinfo=UTC)) % every == timedelta(0) for tick in found)
    assert len(found) in (span // every, span // every + 1)


@given(zones, instants)
def test_the_last_tick_before_now_is_the_one_after_which_none_has_come(zone: ZoneInfo, now: datetime) -> None:
    for entry in PERIODIC.values():
        last = entry.last_tick(zone, now)
        assert last <= now
        assert entry.ticks(zone, last, now) == []


def test_missed_ticks_are_run_all_once_or_not_at_all() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    ticks = [now - timedelta(days=days, hours=2) for days in (2, 1, 0)]
    run = {missed: Periodic("n", "k", missed, "reason", at=time(7)) for missed in Missed}
    assert wanted(run[Missed.ALL], ticks, now) == ticks
    assert wanted(run[Missed.LAST], ticks, now) == ticks[-1:]
    assert wanted(run[Missed.SKIP], ticks, now) == []
    assert wanted(run[Missed.SKIP], [*ticks, now - timedelta(minutes=5)], now) == [now - timedelta(minutes=5)]


def test_every_line_of_the_schedule_has_a_kind_of_the_municipality_and_a_reason() -> None:
    for name, entry in PERIODIC.items():
        assert entry.name == name
        assert KINDS[entry.kind].scope is Scope.MUNICIPALITY
        assert len(entry.reason) > 40


@pytest.mark.parametrize("more", [{}, {"at": time(7), "every": HOUR}, {"every": timedelta(0)}])
def test_a_line_is_at_a_time_or_every_so_often(more: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Periodic("n", "k", Missed.SKIP, "reason", **more)  # type: ignore[arg-type]
