"""All that remains of a programme to its end, in date order; pure: joins guards and dates, reads no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from shared.pack.deadlines import pair_due
from shared.pack.model import LocalText, Pack
from shared.programme import lateness
from shared.programme.fact_values import Facts
from shared.programme.lateness import JudgedItem, Punctuality, judge
from shared.programme.machine import COMPLETE, COMPLETED
from shared.programme.report import (
    ActivityStatus,
    GuardLine,
    activity_status,
    carried_statuses,
    evaluate,
)
from shared.programme.timeline import Timeline


class AgendaStatus(StrEnum):
    """How a line of the agenda stands; the words on the screen are in ``STATUS_NAMES``."""

    OPEN = "open"
    OVERDUE = "overdue"
    REGRESSED = "regressed"
    """fulfilled once, no longer true"""
    CARRIED = "carried"
    """put off to its own date"""
    DONE = "done"


STATUS_NAMES: Mapping[AgendaStatus, LocalText] = {
    AgendaStatus.OPEN: LocalText("Осталось", "Left to do"),
    AgendaStatus.OVERDUE: LocalText("Просрочено", "Overdue"),
    AgendaStatus.REGRESSED: LocalText("Нарушено", "No longer true"),
    AgendaStatus.CARRIED: LocalText("Отложено", "Carried"),
    AgendaStatus.DONE: LocalText("Выполнено", "Done"),
}

_GUARD_TITLES: Mapping[str, LocalText] = {
    "mentors_trained": LocalText("Обучить отобранных наставников", "Train the selected mentors"),
}
_END = LocalText("Завершить все пары и группы", "End all pairs and groups")


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing to do; ``due_on`` is effective. ``judged`` is None for the end of pairs."""

    key: str
    stage: str
    title: LocalText
    status: AgendaStatus
    due_on: date
    judged: JudgedItem | None
    responsible_id: int | None
    planned_on: date | None
    blocking: tuple[GuardLine, ...]

    @property
    def sort_on(self) -> date:
        """When it is wanted: its due date, or the earlier one that a later activity asks for."""
        derived = None if self.judged is None else self.judged.derived_on
        return self.due_on if derived is None else derived


@dataclass(frozen=True, slots=True)
class Agenda:
    """Every activity and carried guard; ``remaining`` in date order is what users read first."""

    programme_id: int
    today: date
    line: LocalText
    punctuality: Punctuality
    items: tuple[AgendaItem, ...]

    @property
    def remaining(self) -> tuple[AgendaItem, ...]:
        left = [item for item in self.items if item.status is not AgendaStatus.DONE]
        return tuple(sorted(left, key=lambda item: item.sort_on))

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return the agenda for a client; persons as ids only."""
        return {
            "today": self.today.isoformat(),
            "summary": self.line.text(lang),
            "overdue": len(self.punctuality.overdue),
            "oldest_days": self.punctuality.oldest_days,
            "root": self.punctuality.root,
            "items": [self._item(item, lang) for item in self.remaining],
            "done": [self._item(item, lang) for item in self.items if item.status is AgendaStatus.DONE],
        }

    def _item(self, item: AgendaItem, lang: str) -> dict[str, Any]:
        dates = {} if item.judged is None else lateness.as_json(item.judged)
        return {
            "activity": None,
            "guard": None,
            "due_on": item.due_on.isoformat(),
            **dates,
            "key": item.key,
            "stage": item.stage,
            "title": item.title.text(lang),
            "status": item.status.value,
            "status_name": STATUS_NAMES[item.status].text(lang),
            "responsible_id": item.responsible_id,
            "planned_on": None if item.planned_on is None else item.planned_on.isoformat(),
            "blockers": [line.as_blocker(self.programme_id, lang) for line in item.blocking],
        }


def make_agenda(pack: Pack, facts: Facts, timeline: Timeline) -> Agenda:
    """Join guards and dates of one programme, read in one transaction."""
    statuses = {status.key: status for status in (*activity_status(pack, facts), *carried_statuses(pack, facts))}
    punctuality = judge(pack, timeline, statuses.values())
    items = [_item(pack, facts, judged, statuses[judged.key]) for judged in punctuality.items]
    return Agenda(
        programme_id=facts.programme_id,
        today=timeline.today,
        line=lateness.stage_line(pack, punctuality, timeline.stage),
        punctuality=punctuality,
        items=(*items, _end(pack, facts, timeline, punctuality, statuses.values())),
    )


def _item(pack: Pack, facts: Facts, judged: JudgedItem, status: ActivityStatus) -> AgendaItem:
    plan = facts.conditions.plan.get(judged.activity)
    title = pack.activity(judged.activity).short
    if judged.guard is not None:
        title = _GUARD_TITLES.get(judged.guard, title)
    return AgendaItem(
        key=judged.key,
        stage=judged.stage,
        title=title,
        status=_status(judged, status),
        due_on=judged.lateness.due,
        judged=judged,
        responsible_id=None if plan is None else plan.responsible_id,
        planned_on=None if plan is None or judged.guard is not None else plan.planned_on,
        blocking=status.blocking,
    )


def _status(judged: JudgedItem, status: ActivityStatus) -> AgendaStatus:
    if status.is_met:
        return AgendaStatus.DONE
    if judged.fulfilled_on is not None:
        return AgendaStatus.REGRESSED
    if judged.is_overdue:
        return AgendaStatus.OVERDUE
    return AgendaStatus.OPEN if judged.guard is None else AgendaStatus.CARRIED


def _end(
    pack: Pack,
    facts: Facts,
    timeline: Timeline,
    punctuality: Punctuality,
    statuses: Iterable[ActivityStatus],
) -> AgendaItem:
    """Return what `complete` asks beyond the activities: that pairs have ended, and what ended pairs lack.

    It is due when the first of the live pairs is; without a live pair, with the closing.
    """
    shown = {(line.activity, line.guard) for status in statuses for line in status.blocking}
    report = evaluate(pack, facts, leaving=None, trigger=COMPLETE)
    blocking = tuple(line for line in report.unmet if (line.activity, line.guard) not in shown)
    closing = pack.stages[-1]
    closing_on = max(item.lateness.due for item in punctuality.items if item.stage == closing.key)
    due_on = min((pair_due(end, closing_on) for end in facts.placement.live_until), default=closing_on)
    status = AgendaStatus.OPEN if due_on >= timeline.counted_to else AgendaStatus.OVERDUE
    is_done = not blocking or timeline.stage == COMPLETED
    return AgendaItem(
        key=COMPLETE,
        stage=closing.key,
        title=_END,
        status=AgendaStatus.DONE if is_done else status,
        due_on=due_on,
        judged=None,
        responsible_id=None,
        planned_on=None,
        blocking=blocking,
    )
