"""Finds, by computation, what misleads in an order's text: dates, labels, cells; rejects nothing."""

from __future__ import annotations

import calendar as month_lengths
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from shared.pack.deadlines import Calendar, nominal
from shared.pack.model import Deadline, LocalText, Pack, Stage
from shared.pack.rules import MONTHS

LONG_GAP_DAYS = 60
_WEEKENDS = Calendar()
_WEEKDAYS_RU = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ROMAN = {"I": 1, "V": 5, "X": 10}
_PRINTED_DATE = re.compile(rf"\d{{1,2}}(\s+({'|'.join(MONTHS)})(\s+\d{{4}})?|\.\d{{1,2}}(\.\d{{4}})?)(\s+года|\s+г\.)?")
_YEAR = re.compile(r"\b\d{4}\b")
_ORGANISE = "организовать"


@dataclass(frozen=True, slots=True)
class Trap:
    """One thing in the text that misleads, the stages or activities it stands at, and how we handle it."""

    code: str
    places: tuple[str, ...]
    found: LocalText
    handled: LocalText

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "places": list(self.places),
            "found": self.found.text(lang),
            "handled": self.handled.text(lang),
        }


def find_traps(pack: Pack) -> tuple[Trap, ...]:
    """Return the traps that the pack's text holds, in a fixed order."""
    finders = (
        _missing_days,
        _not_monotone,
        _days_and_years,
        _merged_cells,
        _labels,
        _gaps,
        _organise,
        _conditions_on_dates,
        _appendix_only,
    )
    return tuple(trap for finder in finders for trap in finder(pack))


def _due(pack: Pack, stage: Stage) -> date:
    return nominal(stage.deadline, pack.school_year)


def _all_deadlines(pack: Pack) -> Iterator[tuple[str, str, Deadline]]:
    """Yield key, shown label and deadline of every stage and of every activity with its own."""
    for stage in pack.stages:
        yield stage.key, _bare(stage), stage.deadline
        for activity in stage.activities:
            if activity.deadline is not None:
                yield activity.key, activity.key, activity.deadline


def _missing_days(pack: Pack) -> Iterator[Trap]:
    for key, _, deadline in _all_deadlines(pack):
        due = nominal(deadline, pack.school_year)
        if deadline.day > month_lengths.monthrange(due.year, due.month)[1]:
            yield Trap(
                "day_missing",
                (key,),
                LocalText(f"«{deadline.printed}»: такого дня нет.", f"“{deadline.printed}”: there is no such day."),
                LocalText(
                    f"Срок: последний день месяца, {_shown(due)}.",
                    f"Due on the month's last day, {_shown(due)}.",
                ),
            )


def _not_monotone(pack: Pack) -> Iterator[Trap]:
    inverted = [
        (earlier, later)
        for place, later in enumerate(pack.stages)
        for earlier in pack.stages[:place]
        if _due(pack, earlier) > _due(pack, later)
    ]
    if inverted:
        ru = "; ".join(_pair(pack, earlier, later, "раньше") for earlier, later in inverted)
        en = "; ".join(_pair(pack, earlier, later, "before") for earlier, later in inverted)
        yield Trap(
            "not_monotone",
            tuple(dict.fromkeys(later.key for _, later in inverted)),
            LocalText(f"Сроки идут не по порядку этапов: {ru}.", f"Dates do not follow the stages: {en}."),
            LocalText(
                "Порядок этапов это порядок списка, не дат; обучение можно отложить до своего срока.",
                "Stage order is list order, never date order; a carried guard keeps its own date.",
            ),
        )


def _pair(pack: Pack, earlier: Stage, later: Stage, word: str) -> str:
    before, after = (f"{_bare(stage)} ({_shown(_due(pack, stage))})" for stage in (earlier, later))
    return f"{after} {word} {before}"


def _days_and_years(pack: Pack) -> Iterator[Trap]:
    deadlines = list(_all_deadlines(pack))
    dues = [(key, label, nominal(deadline, pack.school_year)) for key, label, deadline in deadlines]
    off = [(key, label, due) for key, label, due in dues if _WEEKENDS.is_day_off(due)]
    unprinted = [key for key, _, deadline in deadlines if _YEAR.search(deadline.printed) is None]
    ru = [f"{_shown(due)} ({label}) это {_WEEKDAYS_RU[due.weekday()]}" for _, label, due in off]
    en = [f"{_shown(due)} ({label}) is a {_WEEKDAYS_EN[due.weekday()]}" for _, label, due in off]
    if unprinted:
        ru.append(f"без года напечатано сроков: {len(unprinted)} из {len(deadlines)}")
        en.append(f"{len(unprinted)} of {len(deadlines)} deadlines are printed without a year")
    if ru:
        yield Trap(
            "days_and_years",
            tuple(dict.fromkeys([*(key for key, _, _ in off), *unprinted])),
            LocalText(f"{_capital('; '.join(ru))}.", f"{_capital('; '.join(en))}."),
            LocalText(
                "Выходной переносится на следующий рабочий день; год берётся из учебного года.",
                "A day off moves to the next working day; the year comes from the school year.",
            ),
        )


def _merged_cells(pack: Pack) -> Iterator[Trap]:
    for stage in pack.stages:
        row, last = stage.deadline.stands_in, stage.activities[-1].key
        if row is not None and len(stage.activities) > 1:
            first = stage.activities[0].key
            yield Trap(
                "merged_cell",
                (stage.key, row),
                LocalText(
                    f"«{stage.deadline.printed}» стоит только в строке {row}.",
                    f"“{stage.deadline.printed}” stands in the row of {row} only.",
                ),
                LocalText(
                    f"Читаем как объединённую ячейку: срок всех мероприятий {first}-{last}.",
                    f"Read as a merged cell: the date of all activities {first}-{last}.",
                ),
            )


def _labels(pack: Pack) -> Iterator[Trap]:
    for place, (before, stage) in enumerate(pairwise(pack.stages), start=2):
        if _number(stage.label) != place:
            yield Trap(
                "label_order",
                (stage.key,),
                LocalText(
                    f"«{stage.label}» напечатано после «{before.label}», а это этап {place} по счёту.",
                    f"“{stage.label}” is printed after “{before.label}”, yet it is stage {place}.",
                ),
                LocalText(
                    "Ключ этапа и напечатанный номер хранятся отдельно.",
                    "The stage's key and its printed label are kept apart.",
                ),
            )


def _gaps(pack: Pack) -> Iterator[Trap]:
    for before, after in pairwise(pack.stages):
        days = (_due(pack, after) - _due(pack, before)).days
        if days > LONG_GAP_DAYS:
            label, first, second = _bare(before), _shown(_due(pack, before)), _shown(_due(pack, after))
            yield Trap(
                "gap",
                (before.key, after.key),
                LocalText(
                    f"После {label} ({first}) до {second} следующие этапы не датированы: {days} дн.",
                    f"After {label} ({first}) no later stage is dated until {second}: {days} days.",
                ),
                LocalText(
                    "Сроки внутри этого времени задают планы пар и групп.",
                    "Dates inside that time come from the plans of pairs and groups.",
                ),
            )


def _organise(pack: Pack) -> Iterator[Trap]:
    """Only before a long gap does it matter: the date judges the arranging, the stage goes on for months."""
    for before, after in pairwise(pack.stages):
        places = [item.key for item in before.activities if _ORGANISE in item.text.lower()]
        if places and (_due(pack, after) - _due(pack, before)).days > LONG_GAP_DAYS:
            due = _shown(_due(pack, before))
            shown = ", ".join(places)
            yield Trap(
                "organise",
                (before.key, *places),
                LocalText(
                    f"{_bare(before)} говорит «организовать» ({shown}), а работа идёт дальше срока.",
                    f"{_bare(before)} says “organise” ({shown}), while the work goes on after the date.",
                ),
                LocalText(
                    f"На {due} судим, организовано ли; этап длится, пока работают пары.",
                    f"Judged on {due} by whether it is arranged; the stage lasts until the pairs end.",
                ),
            )


def _conditions_on_dates(pack: Pack) -> Iterator[Trap]:
    for key, _, deadline in _all_deadlines(pack):
        printed = deadline.printed.lower()
        date_words = _PRINTED_DATE.search(printed)
        rest = " ".join(printed[date_words.end() if date_words else 0 :].split()).strip(" ().,;")
        if rest:
            due = _shown(nominal(deadline, pack.school_year))
            yield Trap(
                "per_pair",
                (key,),
                LocalText(
                    f"Срок зависит от слов «{rest}»: завершение у каждой пары своё.",
                    f"The date depends on the words “{rest}”: each pair ends on its own.",
                ),
                LocalText(
                    f"Срок пары: конец её периода, но не позже {due}.",
                    f"A pair is due at its period's end, not after {due}.",
                ),
            )


def _appendix_only(pack: Pack) -> Iterator[Trap]:
    if not pack.order.body_held:
        yield Trap(
            "appendix_only",
            (),
            LocalText(
                f"Есть только приложение {pack.order.appendix} к приказу № {pack.order.number}.",
                f"Only appendix {pack.order.appendix} of order {pack.order.number} is held.",
            ),
            LocalText("В самом приказе может быть сказано больше.", "The order's body may say more."),
        )


def _number(label: str) -> int | None:
    """Read 'IV.' or '6.'; None for another label."""
    text = label.rstrip(". )")
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(char not in _ROMAN for char in text):
        return None
    values = [_ROMAN[char] for char in text]
    signed = [-value if value < following else value for value, following in pairwise([*values, 0])]
    return sum(signed)


def _bare(stage: Stage) -> str:
    return stage.label.rstrip(".")


def _shown(day: date) -> str:
    return day.strftime("%d.%m.%Y")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
