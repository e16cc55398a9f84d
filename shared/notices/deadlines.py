"""Which deadlines to remind of; pure. Dates and lateness are the agenda's: the rule is not told a second time here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.notices.model import Notice, Reader
from shared.pack.words import LocalText
from shared.programme.agenda import Agenda, AgendaItem, AgendaStatus
from shared.programme.guards.sentences import days_late
from shared.programme.model import Programme

THRESHOLDS = (14, 7, 2)
"""days before the effective due date"""
SOON, OVERDUE, SUMMARY = "deadline.soon", "deadline.overdue", "deadline.summary"


@dataclass(frozen=True, slots=True)
class Lag:
    """How a programme stands: how many of its lines are overdue."""

    programme_id: int
    school_year: int
    overdue: int


def reminders(programme: Programme, agenda: Agenda) -> list[Notice]:
    """Return what the curator is told of one programme today, in the agenda's order.

    Of the thresholds that a line has passed only the nearest is told, so that an outage, or a programme begun late,
    gives one reminder and not three. An extension moves the date and with it what was told already.
    """
    found = []
    for item in agenda.remaining:
        left = (item.due_on - agenda.today).days
        if is_overdue(item):
            found.append(_overdue(programme, item, -left))
        elif 0 <= left <= THRESHOLDS[0]:
            found.append(_soon(programme, item, left))
    return found


def is_overdue(item: AgendaItem) -> bool:
    """Say whether a line is late: judged by its own date where it has one, suspensions taken off."""
    return item.judged.is_overdue if item.judged is not None else item.status is AgendaStatus.OVERDUE


def lag(programme: Programme, agenda: Agenda) -> Lag:
    """Return how far behind a programme is."""
    return Lag(programme.id, programme.school_year, sum(is_overdue(item) for item in agenda.remaining))


def summary(lags: Iterable[Lag], today: date) -> list[Notice]:
    """Return what the methodist is told: at most once a week, and nothing while nobody is late."""
    late = [lag for lag in lags if lag.overdue]
    if not late:
        return []
    lines = sum(lag.overdue for lag in late)
    year, week, _ = today.isocalendar()
    text = LocalText(
        f"Есть просроченные пункты: программ — {len(late)}, пунктов — {lines}.",
        f"There are overdue activities: programmes {len(late)}, activities {lines}.",
    )
    school_year = max(lag.school_year for lag in late)
    return [Notice(SUMMARY, Reader.METHODIST, f"{SUMMARY}:{year}-{week:02d}", text, "/", school_year)]


def _soon(programme: Programme, item: AgendaItem, left: int) -> Notice:
    threshold = min(days for days in THRESHOLDS if left <= days)
    when = LocalText("сегодня", "today") if left == 0 else _in_days(left)
    text = LocalText(
        f"{_label(item)}«{item.title.ru}»: срок {item.due_on:%d.%m.%Y}, {when.ru}.",
        f"{_label(item)}“{item.title.en}”: due on {item.due_on:%d.%m.%Y}, {when.en}.",
    )
    return _of(programme, SOON, f"{_once(SOON, programme, item)}:{threshold}", text)


def _overdue(programme: Programme, item: AgendaItem, since: int) -> Notice:
    days = days_late(item.judged.lateness.days if item.judged is not None else since)
    text = LocalText(
        f"{_label(item)}«{item.title.ru}»: срок {item.due_on:%d.%m.%Y} прошёл, просрочено на {days.ru}",
        f"{_label(item)}“{item.title.en}”: due on {item.due_on:%d.%m.%Y}, overdue by {days.en}.",
    )
    return _of(programme, OVERDUE, _once(OVERDUE, programme, item), text)


def _of(programme: Programme, code: str, once: str, text: LocalText) -> Notice:
    link = f"/programmes/{programme.id}"
    return Notice(code, Reader.CURATOR, once, text, link, programme.school_year, programme.school_id, programme.id)


def _once(code: str, programme: Programme, item: AgendaItem) -> str:
    return f"{code}:{programme.id}:{item.key}:{item.due_on.isoformat()}"


def _label(item: AgendaItem) -> str:
    return "" if item.judged is None else f"{item.judged.activity} "


def _in_days(left: int) -> LocalText:
    days = days_late(left)
    return LocalText(f"осталось {days.ru.rstrip('.')}", f"{days.en} left")
