"""How late each activity of a programme is; pure: knows dates and statuses, no rows and no clock.

Lateness belongs to an activity and to the moment it was first fulfilled; never to a stage or to the day a
button was pressed. A carried guard is an item of its own, judged by its own date only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shared.pack.deadlines import (
    Lateness,
    Standing,
    lateness,
    needed_by,
    oldest,
    root_of,
    suspended_days_after,
)
from shared.pack.model import LocalText, Pack, Stage
from shared.programme.guards.sentences import days_late
from shared.programme.machine import RESERVED_STATES, STATE_NAMES
from shared.programme.report import ActivityStatus, carried_key
from shared.programme.schedule import Due, due_of
from shared.programme.timeline import Fulfilment, Timeline


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """An activity, or a carried guard of one (``guard`` is its name), against its due date.

    ``derived_on``: by when it is needed because a later open activity waits for it, None when that is no
    earlier. ``entered_on``: when the fulfilment was recorded, if that was later than the day it shows.
    ``is_regressed``: fulfilled once and false now, None where nobody asked.
    """

    key: str
    activity: str
    guard: str | None
    stage: str
    due: Due
    lateness: Lateness
    fulfilled_on: date | None
    entered_on: date | None
    derived_on: date | None
    is_regressed: bool | None

    @property
    def is_left(self) -> bool:
        """Whether there is something left to do: never fulfilled, or no longer true."""
        return self.fulfilled_on is None or self.is_regressed is True

    @property
    def is_overdue(self) -> bool:
        return self.lateness.standing is Standing.OVERDUE


@dataclass(frozen=True, slots=True)
class Punctuality:
    """A whole programme. ``root``: the earliest open activity that the oldest overdue one waits for."""

    items: tuple[JudgedItem, ...]
    overdue: tuple[JudgedItem, ...]
    oldest_days: int
    root: str | None

    def item(self, key: str) -> JudgedItem:
        """Return the item of an activity or of ``carried_key``; KeyError for a foreign key."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)


def judge(pack: Pack, timeline: Timeline, statuses: Iterable[ActivityStatus] | None = None) -> Punctuality:
    """Judge every activity and carried guard of the pack by what was first fulfilled when.

    ``statuses`` (of activities and carried guards as they are now) add what a board does not ask: what has
    regressed, and what is met though nobody has dated it yet.
    """
    now = {status.key: status for status in statuses or ()}
    items = [
        _judge(pack, timeline, key=key, activity=activity, guard=guard, status=now.get(key))
        for key, activity, guard in _keys(pack)
    ]
    items = _with_derived(items)
    overdue = tuple(item for item in items if item.is_overdue)
    return Punctuality(
        items=tuple(items),
        overdue=overdue,
        oldest_days=oldest(item.lateness for item in items),
        root=_root(items, overdue),
    )


def stage_line(pack: Pack, punctuality: Punctuality, stage_key: str) -> LocalText:
    """Return «Этап IV, в срок (31.12). Просрочено: V.1, 2 дн.»: the stage's own activities, then all overdue."""
    is_stage = stage_key not in RESERVED_STATES
    head = _stage_head(pack.stage(stage_key), punctuality) if is_stage else STATE_NAMES[stage_key]
    if not punctuality.overdue:
        return LocalText(f"{head.ru.rstrip('.')}.", f"{head.en}.")
    late = [(item, days_late(item.lateness.days)) for item in punctuality.overdue]
    ru = "; ".join(f"{item.activity}, {days.ru}" for item, days in late)
    en = "; ".join(f"{item.activity}, {days.en}" for item, days in late)
    return LocalText(f"{head.ru.rstrip('.')}. Просрочено: {ru}", f"{head.en}. Overdue: {en}")


def as_json(item: JudgedItem) -> dict[str, Any]:
    """Return an item as clients read it; dates are ISO texts."""
    due = item.due
    return {
        "key": item.key,
        "activity": item.activity,
        "guard": item.guard,
        "stage": item.stage,
        "printed": due.printed,
        "nominal_on": due.nominal_on.isoformat(),
        "moved_on": due.moved_on.isoformat(),
        "extended_on": _iso(due.extended_on),
        "due_on": item.lateness.due.isoformat(),
        "needed_by": _iso(item.derived_on),
        "fulfilled_on": _iso(item.fulfilled_on),
        "entered_on": _iso(item.entered_on),
        "standing": item.lateness.standing.value,
        "days_late": item.lateness.days,
    }


def _keys(pack: Pack) -> Iterable[tuple[str, str, str | None]]:
    for activity in pack.activities():
        yield activity.key, activity.key, None
        for ref in activity.guards:
            if ref.carried:
                yield carried_key(activity.key, ref.name), activity.key, ref.name


def _judge(
    pack: Pack,
    timeline: Timeline,
    *,
    key: str,
    activity: str,
    guard: str | None,
    status: ActivityStatus | None,
) -> JudgedItem:
    recorded = timeline.fulfilments.get(key) or _undated(timeline, status)
    fulfilled_on = None if recorded is None else recorded.fulfilled_on
    stage = pack.stage_of(activity).key
    due = due_of(pack, activity, timeline.schedule, fulfilled_on=fulfilled_on)
    is_regressed = None if status is None else recorded is not None and not status.is_met
    anew = _anew(pack, timeline, stage) if is_regressed else None
    return JudgedItem(
        key=key,
        activity=activity,
        guard=guard,
        stage=stage,
        due=due,
        lateness=_late(timeline, due.effective_on, fulfilled_on) if anew is None else _late(timeline, anew, None),
        fulfilled_on=fulfilled_on,
        entered_on=_entered_on(recorded),
        derived_on=None,
        is_regressed=is_regressed,
    )


def _entered_on(recorded: Fulfilment | None) -> date | None:
    if recorded is None or recorded.recorded_on <= recorded.fulfilled_on:
        return None
    return recorded.recorded_on


def _undated(timeline: Timeline, status: ActivityStatus | None) -> Fulfilment | None:
    """Return the fulfilment of what is met now though no write has dated it."""
    if status is None or not status.is_met:
        return None
    return Fulfilment(status.shown_on or timeline.today, timeline.today)


def _late(timeline: Timeline, due_on: date, fulfilled_on: date | None) -> Lateness:
    until = timeline.counted_to if fulfilled_on is None else fulfilled_on
    suspended = suspended_days_after(due_on, until, timeline.suspensions)
    return lateness(due_on, fulfilled_on, timeline.counted_to, suspended_days=suspended)


def _anew(pack: Pack, timeline: Timeline, stage: str) -> date | None:
    """Return the date set by the last reopening over this stage; None when it set none: nothing is late."""
    place = pack.index(stage)
    for reopening in reversed(timeline.reopenings):
        if pack.index(reopening.dst) <= place:
            return reopening.due_on
    return None


def _with_derived(items: list[JudgedItem]) -> list[JudgedItem]:
    waiting = [item for item in items if item.is_left and item.guard is None]
    derived = dict(zip((item.key for item in waiting), needed_by([item.lateness.due for item in waiting]), strict=True))
    return [
        replace(item, derived_on=derived[item.key])
        if item.key in derived and derived[item.key] < item.lateness.due
        else item
        for item in items
    ]


def _root(items: list[JudgedItem], overdue: tuple[JudgedItem, ...]) -> str | None:
    if not overdue:
        return None
    worst = max(overdue, key=lambda item: item.lateness.days)
    if worst.guard is not None:
        return worst.activity
    keys = [item.key for item in items if item.guard is None]
    return root_of(worst.key, keys, {item.key for item in items if item.is_left and item.guard is None})


def _stage_head(stage: Stage, punctuality: Punctuality) -> LocalText:
    own = [item for item in punctuality.items if item.stage == stage.key and item.guard is None]
    label = stage.label.rstrip(".")
    name = LocalText(f"Этап {label}", f"Stage {label}")
    if label.isdecimal():  # «6.» stands after «VI.»: the label alone would name the wrong stage
        name = stage.name
    due = max(item.lateness.due for item in own)
    worst = max(item.lateness.days for item in own)
    if not worst:
        return LocalText(f"{name.ru}, в срок ({due:%d.%m})", f"{name.en}, in time ({due:%d.%m})")
    days = days_late(worst)
    if any(item.is_overdue for item in own):
        ru, en = f"срок {due:%d.%m} прошёл, {days.ru}", f"due {due:%d.%m} has passed, {days.en}"
    else:
        ru, en = f"выполнен с опозданием, {days.ru}", f"fulfilled late, {days.en}"
    return LocalText(f"{name.ru}, {ru}", f"{name.en}, {en}")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
