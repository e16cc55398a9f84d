"""What moves due dates: days off and the extensions granted; knows no facts and judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.pack.deadlines import Calendar, effective, nominal
from shared.pack.model import Pack


@dataclass(frozen=True, slots=True)
class Extension:
    """A later date by a document: of an activity, a stage, or (neither named) all that was left then."""

    due_on: date
    granted_on: date
    activity_key: str | None = None
    stage_key: str | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the dates of one programme are computed from, beside its pack."""

    school_year: int
    calendar: Calendar
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """One due date in all its shapes; ``effective_on`` is the one that counts, to 24:00 local time inclusive.

    ``moved_on`` is the nominal date after days off, ``extended_on`` an extension's, if one applies.
    """

    printed: str
    nominal_on: date
    moved_on: date
    extended_on: date | None
    effective_on: date


def due_of(pack: Pack, activity_key: str, schedule: Schedule, *, fulfilled_on: date | None = None) -> Due:
    """Return the due date of an activity; KeyError for a foreign key.

    The narrowest extension counts (activity, stage, all). One for all that was left leaves alone what had
    been fulfilled before it was granted.
    """
    deadline = pack.deadline_of(activity_key)
    nominal_on = nominal(deadline, schedule.school_year)
    extended_on = _extended(schedule.extensions, activity_key, pack.stage_of(activity_key).key, fulfilled_on)
    return Due(
        printed=deadline.printed,
        nominal_on=nominal_on,
        moved_on=effective(nominal_on, schedule.calendar),
        extended_on=extended_on,
        effective_on=effective(nominal_on, schedule.calendar, extended_on),
    )


def _extended(
    extensions: Iterable[Extension], activity_key: str, stage_key: str, fulfilled_on: date | None
) -> date | None:
    by_scope: dict[str, date] = {}
    for extension in extensions:
        if extension.activity_key == activity_key:
            by_scope["activity"] = extension.due_on
        elif extension.activity_key is None and extension.stage_key == stage_key:
            by_scope["stage"] = extension.due_on
        elif (extension.activity_key, extension.stage_key) == (None, None) and (
            fulfilled_on is None or fulfilled_on >= extension.granted_on
        ):
            by_scope["all"] = extension.due_on
    return by_scope.get("activity") or by_scope.get("stage") or by_scope.get("all")


def schedule_from(school_year: int, row: Mapping[str, Any]) -> Schedule:
    """Return the schedule from the JSON that facts.sql and timeline.sql both make."""
    days = [(date.fromisoformat(day), is_working) for day, is_working in row["days"] or ()]
    return Schedule(
        school_year=school_year,
        calendar=Calendar(
            days_off=frozenset(day for day, is_working in days if not is_working),
            working_days=frozenset(day for day, is_working in days if is_working),
            move_days_off=row["move_days_off"],
        ),
        extensions=tuple(
            Extension(date.fromisoformat(due_on), date.fromisoformat(granted_on), *scope_and_document)
            for due_on, granted_on, *scope_and_document in row["extensions"] or ()
        ),
    )
