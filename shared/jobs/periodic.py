"""What runs by itself and when, with the reason for each; pure: knows zones and instants, no rows and no clock.

A tick is an instant at which a job is due. It is computed, never kept in a process: whoever looks at the same zone and
the same span finds the same ticks (ADR 0034).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.jobs.kinds import FIND_STALE_RESULTS, KEEP_RETENTION, REMIND_OF_DEADLINES, WATCH_OPEN_CASES

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Missed(StrEnum):
    """What becomes of ticks that came while nobody looked."""

    SKIP = "skip"
    """nothing: only a tick younger than ``grace`` is run"""
    LAST = "last"
    """the last one is run: it does the work of all"""
    ALL = "all"
    """each is run, the oldest first"""


@dataclass(frozen=True, slots=True)
class Periodic:
    """One line of the schedule: daily ``at`` a local time, or ``every`` so often counted from a fixed instant.

    ``reason`` says why it runs at all and why then.
    """

    name: str
    kind: str
    missed: Missed
    reason: str
    at: time | None = None
    every: timedelta | None = None
    grace: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        if (self.at is None) == (self.every is None):
            raise ValueError(f"{self.name}: at a time or every so often")
        if self.every is not None and self.every <= timedelta(0):
            raise ValueError(f"{self.name}: every must be longer than nothing")

    def ticks(self, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
        """Return the ticks in (after, until] as UTC instants, in order; both bounds are aware instants."""
        if self.at is not None:
            return next_ticks(zone, self.at, after=after, until=until)
        assert self.every is not None  # noqa: S101 - __post_init__ saw to it
        first = _EPOCH + ((after - _EPOCH) // self.every + 1) * self.every
        return [first + number * self.every for number in range(max(0, (until - first) // self.every + 1))]

    def last_tick(self, zone: ZoneInfo, until: datetime) -> datetime:
        """Return the last tick at or before ``until``."""
        span = 3 * _DAY if self.every is None else 2 * self.every
        return self.ticks(zone, until - span, until)[-1]


def next_ticks(zone: ZoneInfo, at: time, *, after: datetime, until: datetime) -> list[datetime]:
    """Return when the local clock shows ``at`` in (after, until]: once a local day, as UTC instants, in order.

    A time that the clock skips in spring is taken as so long after midnight as it would have been: 02:30 becomes 03:30.
    One that comes twice in autumn is taken the first time. A day that a zone leaves out whole gives no second tick.
    """
    day = after.astimezone(zone).date() - _DAY
    last = until.astimezone(zone).date() + _DAY
    found: set[datetime] = set()
    while day <= last:
        # fold=0 says both: the offset before the change for a skipped time, the first pass for a repeated one.
        instant = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        if after < instant <= until:
            found.add(instant)
        day += _DAY
    return sorted(found)


def wanted(entry: Periodic, ticks: list[datetime], now: datetime) -> list[datetime]:
    """Return which of the ticks that have come are run; the others are recorded without a job."""
    if entry.missed is Missed.ALL or not ticks:
        return ticks
    last = ticks[-1:]
    return last if entry.missed is Missed.LAST or now - ticks[-1] <= entry.grace else []


PERIODIC: Mapping[str, Periodic] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            Periodic(
                "remind_of_deadlines",
                REMIND_OF_DEADLINES,
                Missed.LAST,
                "A curator has to hear of a deadline while something can still be done: 14, 7 and 2 days before it, and"
                " when it has passed. In the morning, before lessons. After an outage one run tells what is due now;"
                " thresholds that were passed in between are covered by the nearest one.",
                at=time(7, 0),
            ),
            Periodic(
                "find_stale_results",
                FIND_STALE_RESULTS,
                Missed.LAST,
                "A list that was approved, or a result that a stage was passed with, may have been overtaken by new"
                " facts; nobody opens it again to see. After the reminders, so that one look shows both.",
                at=time(7, 10),
            ),
            Periodic(
                "watch_open_cases",
                WATCH_OPEN_CASES,
                Missed.LAST,
                "What waits for somebody is forgotten first: open safety cases, surveys past their day, mentees on the"
                " waiting list, pairs that do not meet, work that has died.",
                at=time(7, 20),
            ),
            Periodic(
                "keep_retention",
                KEEP_RETENTION,
                Missed.SKIP,
                "What has served is removed in small batches, so that tables stay small and answers with names do not"
                " lie about. A run that was missed is made good by the next one.",
                every=timedelta(hours=6),
            ),
        )
    }
)
