"""When things are due and how late they are; knows dates only, no database, no clock, no facts.

A deadline is *printed* (words), *nominal* (a date of one school year) and *effective* (after the calendar and
an extension). «До» is inclusive: an activity fulfilled on its due date is in time.
"""

from __future__ import annotations

import calendar as month_lengths
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.pack.model import Deadline, Pack

_SCHOOL_YEAR = re.compile(r"(\d{4})/(\d{2})", re.ASCII)
_FIRST_MONTH = 9
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off beside weekends, weekends that are worked, and whether a due date on a day off moves."""

    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    move_days_off: bool = True

    def is_day_off(self, day: date) -> bool:
        if day in self.days_off:
            return True
        return day.weekday() >= _SATURDAY and day not in self.working_days


class Standing(StrEnum):
    """How an activity stands against its due date."""

    IN_TIME = "in_time"
    """fulfilled, not late"""
    LATE = "late"
    """fulfilled after the due date"""
    OPEN = "open"
    """not fulfilled, still in time"""
    OVERDUE = "overdue"
    """not fulfilled and late"""


@dataclass(frozen=True, slots=True)
class Lateness:
    """``days`` counts the days after ``due`` without the suspended ones; 0 when not late."""

    due: date
    standing: Standing
    days: int

    @property
    def is_late(self) -> bool:
        return self.days > 0


def nominal(deadline: Deadline, school_year: int) -> date:
    """Return the date in the school year beginning in ``school_year``; a missing day is the month's last."""
    year = school_year + deadline.year_offset
    last = month_lengths.monthrange(year, deadline.month)[1]
    return date(year, deadline.month, min(deadline.day, last))


def effective(due: date, calendar: Calendar, extension: date | None = None) -> date:
    """Return the date that counts: ``due`` moved to the next working day, or the extension when it is later.

    An extension is a date granted by a document and is taken as written.
    """
    moved = due
    while calendar.move_days_off and calendar.is_day_off(moved):
        moved += timedelta(days=1)
    return moved if extension is None else max(moved, extension)


def lateness(due: date, fulfilled_on: date | None, today: date, *, suspended_days: int = 0) -> Lateness:
    """Judge one activity; ``suspended_days`` are those between ``due`` and the day it is judged on."""
    judged_on = fulfilled_on if fulfilled_on is not None else today
    days = max(0, (judged_on - due).days - suspended_days)
    if fulfilled_on is not None:
        return Lateness(due, Standing.LATE if days else Standing.IN_TIME, days)
    return Lateness(due, Standing.OVERDUE if days else Standing.OPEN, days)


def suspended_days_after(due: date, until: date, spans: Iterable[tuple[date, date | None]]) -> int:
    """Count the distinct days after ``due`` up to ``until`` inside suspension spans.

    A span runs from its first day to the day before its end (the day of the resume counts again); an end of
    None is still open.
    """
    days: set[date] = set()
    for first, end in spans:
        start = max(first, due + timedelta(days=1))
        stop = until if end is None else min(until, end - timedelta(days=1))
        days.update(start + timedelta(days=n) for n in range((stop - start).days + 1))
    return len(days)


def needed_by(dues: Sequence[date]) -> tuple[date, ...]:
    """Return for each due date, in list order, the earliest of it and all later ones: the derived dates.

    Stage IV is due on 31 December, yet V, due on the 10th, waits for it: its derived date is the 10th.
    """
    derived: list[date] = []
    for due in reversed(dues):
        derived.append(min(due, derived[-1]) if derived else due)
    return tuple(reversed(derived))


def root_of(late_key: str, keys: Sequence[str], open_keys: Collection[str]) -> str:
    """Return the earliest open activity that a late one waits for, itself when nothing before it is open."""
    before = keys[: keys.index(late_key)]
    return next((key for key in before if key in open_keys), late_key)


def oldest(judged: Iterable[Lateness]) -> int:
    """Return the days of the longest overdue item, 0 when there is none; days are never summed."""
    return max((item.days for item in judged if item.standing is Standing.OVERDUE), default=0)


def pair_due(period_end: date | None, closing_on: date) -> date:
    """Return when a pair must have ended: its period's end, not beyond the closing's effective date."""
    return closing_on if period_end is None else min(period_end, closing_on)


def is_template_year(pack: Pack, school_year: int) -> bool:
    """Say whether the dates are «сроки по шаблону»: the school year is not the order's own."""
    return school_year != pack.school_year


def school_year_of(day: date) -> int:
    """Return the first calendar year of the school year, which begins on 1 September."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def format_school_year(school_year: int) -> str:
    """Return '2020/21' for 2020."""
    return f"{school_year:04d}/{(school_year + 1) % 100:02d}"


def parse_school_year(text: str) -> int:
    """Return 2020 for '2020/21'; ValueError for anything else."""
    match = _SCHOOL_YEAR.fullmatch(text)
    if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError("a school year is written as 2020/21")
    if not 2000 <= int(match[1]) <= 2100:
        raise ValueError("a school year lies between 2000/01 and 2100/01")
    return int(match[1])
