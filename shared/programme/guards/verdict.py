"""What a guard answers; knows no facts and no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.pack.words import LocalText
from shared.programme.fact_values import Facts, Lack

WAIVERS: Mapping[str, LocalText] = {
    "not_in_staff": LocalText("Не применяется: нет в штате", "Not applicable: not on the staff"),
    "no_grades_9_11": LocalText("Не применяется: нет 9-11 классов", "Not applicable: no grades 9-11"),
    "no_young_specialists": LocalText(
        "Не применяется: нет молодых специалистов", "Not applicable: no young specialists"
    ),
    "form_not_used": LocalText("Не применяется: форма не применяется", "Not applicable: the form is not used"),
}
"""The closed list of reasons why a part of a guard does not apply; a whole activity is never waived."""

MET = LocalText("Выполнено", "Met")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth saying that blocks nothing."""

    code: str
    message: LocalText
    count: int
    of: int
    missing: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One guard's answer: met or one blocker.

    ``count`` of ``of`` are missing and ``missing`` names the first; ``in_words``: they are words (topics)
    which never enter the history. ``waived`` says which part does not apply. ``shown_on`` is the date that
    documents or dated deeds show, None where only the moment of entry is known.
    """

    met: bool
    code: str
    message: LocalText
    waived: str | None = None
    count: int | None = None
    of: int | None = None
    missing: tuple[int | str, ...] = ()
    in_words: bool = False
    shown_on: date | None = None
    warnings: tuple[Remark, ...] = ()


Guard = Callable[[Facts, Mapping[str, Any]], Verdict]
"""Pure: facts and the guard's parameters (with what the pack adds to them, see report.py) to a verdict."""


def met(shown_on: date | None = None, *, waived: str | None = None, warnings: tuple[Remark, ...] = ()) -> Verdict:
    """Return the answer of a guard that is satisfied."""
    message = MET if waived is None else WAIVERS[waived]
    return Verdict(True, "met", message, waived=waived, shown_on=shown_on, warnings=warnings)


def unmet(
    code: str,
    message: LocalText,
    lack: Lack | None = None,
    *,
    in_words: bool = False,
    warnings: tuple[Remark, ...] = (),
) -> Verdict:
    """Return the one blocker of a guard, with what is missing where that can be listed."""
    if lack is None:
        return Verdict(False, code, message, warnings=warnings)
    return Verdict(
        False,
        code,
        message,
        count=lack.count,
        of=lack.of,
        missing=lack.items,
        in_words=in_words,
        warnings=warnings,
    )


def latest(days: Iterable[date | None]) -> date | None:
    """Return the last of the days, None when there is none or one of them is unknown."""
    found = list(days)
    if not found or any(day is None for day in found):
        return None
    return max(day for day in found if day is not None)
