"""One programme as lines that a page prints: pure, from guards and dates to words; reads no rows, knows no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from types import MappingProxyType

from services.api.console.words import day_text, speaker
from shared.errors import Lang
from shared.pack.model import Pack
from shared.programme.agenda import STATUS_NAMES, Agenda, AgendaItem, AgendaStatus
from shared.programme.guards.registry import PLACES
from shared.programme.lateness import JudgedItem
from shared.programme.report import GuardLine, GuardReport, GuardStatus
from shared.roster.names import Base, Key

SHOWN_NAMES = 12
"""More names than that make a blocker unreadable; the rest is counted."""
MISSING: Mapping[str, Base] = MappingProxyType(
    {
        "mentees_active": Base.MENTEE,
        "mentees_placed": Base.MENTEE,
        "mentors_described": Base.MENTOR,
        "mentors_consented": Base.MENTOR,
        "candidates_decided": Base.MENTOR,
        "training_listed": Base.MENTOR,
        "mentors_trained": Base.MENTOR,
        "capacities_kept": Base.MENTOR,
        "pairs_have_format": Base.PAIR,
        "pairs_have_strengths": Base.PAIR,
        "pairs_have_goals": Base.PAIR,
        "pairs_have_plan": Base.PAIR,
        "pairs_have_support": Base.PAIR,
        "pairs_finished": Base.PAIR,
    }
)
"""Guard -> whose ids its verdict lists; ids of other guards stay ids and are not shown."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One unmet condition. ``link`` is None where the reader may not open the records."""

    detail: str
    activity: str | None
    anchor: str | None
    link: str | None
    names: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Note:
    """Something that blocks nothing; ``heading`` says of which kind it is."""

    heading: str
    detail: str
    activity: str | None


@dataclass(frozen=True, slots=True)
class Terms:
    """A due date: the document's own words, and what they came to."""

    printed: str
    dates: str


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One thing to do. ``text`` is the document's own, None where the line is ours."""

    anchor: str
    key: str
    title: str
    text: str | None
    badge: str
    tone: str
    terms: Terms | None
    responsible: str | None
    planned_on: str | None
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What is wanted by one day. ``terms`` is said once where all lines share it."""

    heading: str
    distance: str
    tone: str
    terms: Terms | None
    lines: tuple[AgendaLine, ...]


@dataclass(frozen=True, slots=True)
class DoneLine:
    """A fulfilled activity."""

    key: str
    title: str
    text: str | None
    fulfilled_on: str
    notes: tuple[str, ...]


class Writer:
    """Turns guards and dates of one programme into lines in one language.

    ``names`` are those the reader may see; ``openable`` says whether the reader may open an API path.
    """

    def __init__(
        self,
        *,
        programme_id: int,
        pack: Pack,
        lang: Lang,
        names: Mapping[Key, str],
        openable: Callable[[str], bool],
    ) -> None:
        self._programme_id, self._pack, self._lang = programme_id, pack, lang
        self._names, self._openable, self._say = names, openable, speaker(lang)

    def blocker(self, line: GuardLine) -> Blocker:
        """Return an unmet guard with the names of what is missing."""
        verdict, link = line.verdict, PLACES[line.guard].link(self._programme_id)
        names = self._missing(line)
        return Blocker(
            detail=verdict.message.text(self._lang),
            activity=line.activity,
            anchor=None if line.activity is None else anchor(line.activity),
            link=link if self._openable(link) else None,
            names=names[:SHOWN_NAMES],
            more=max(0, (verdict.count or 0) - SHOWN_NAMES) if names else 0,
        )

    def notes(self, report: GuardReport) -> tuple[Note, ...]:
        """Return what is carried or waived, and every warning."""
        found = []
        for line in report.lines:
            detail = line.verdict.message.text(self._lang)
            if line.status is GuardStatus.CARRIED and line.due_on is not None:
                heading = self._say("carried_to", day=day_text(line.due_on, self._lang))
                found.append(Note(heading, detail, line.activity))
            elif line.status is GuardStatus.WAIVED:
                found.append(Note(self._say("waived"), detail.partition(": ")[2] or detail, line.activity))
            found += [
                Note(self._say("warning"), remark.message.text(self._lang), line.activity)
                for remark in line.verdict.warnings
            ]
        return tuple(found)

    def groups(self, agenda: Agenda) -> tuple[Group, ...]:
        """Return what is left, in date order, a group a day."""
        by_day = groupby(agenda.remaining, key=lambda item: item.sort_on)
        return tuple(self._group(day, tuple(items), agenda.today) for day, items in by_day)

    def done(self, agenda: Agenda) -> tuple[DoneLine, ...]:
        """Return what is fulfilled, in the order of the document."""
        done = (item for item in agenda.items if item.status is AgendaStatus.DONE)
        return tuple(self._done(item, item.judged) for item in done if item.judged is not None)

    def _group(self, day: date, items: tuple[AgendaItem, ...], today: date) -> Group:
        lines = [self._line(item) for item in items]
        terms = {line.terms for line in lines if line.terms}
        shared = terms.pop() if len(terms) == 1 else None
        left = (day - today).days
        is_late = any(item.status is AgendaStatus.OVERDUE for item in items)
        distance = self._say("due_today")
        if left:
            distance = self._say("days_left" if left > 0 else "days_passed", count=abs(left))
        return Group(
            heading=self._say("by_day", day=day_text(day, self._lang)),
            distance=distance,
            tone="late" if is_late else "",
            terms=shared,
            lines=tuple(_without_terms(line) if shared else line for line in lines),
        )

    def _line(self, item: AgendaItem) -> AgendaLine:
        judged, key = item.judged, _activity_key(item)
        responsible = None
        if item.responsible_id is not None:
            number = self._say("number", id=item.responsible_id)
            responsible = self._names.get((Base.PERSON, item.responsible_id), number)
        return AgendaLine(
            anchor=anchor(item.key),
            key=key or "",
            title=item.title.text(self._lang),
            text=None if judged is None or judged.guard is not None else self._pack.activity(judged.activity).text,
            badge=self._badge(item),
            tone="late" if item.status in (AgendaStatus.OVERDUE, AgendaStatus.REGRESSED) else "",
            terms=None if judged is None else self._terms(judged),
            responsible=responsible,
            planned_on=self._planned(item),
            blockers=tuple(self.blocker(line) for line in item.blocking),
        )

    def _planned(self, item: AgendaItem) -> str | None:
        """Say the roadmap's own date where it is not the due date anyway."""
        if item.planned_on is None or item.planned_on in (item.due_on, item.sort_on):
            return None
        return self._say("planned_on", day=day_text(item.planned_on, self._lang))

    def _badge(self, item: AgendaItem) -> str:
        if item.status is AgendaStatus.OPEN:
            return ""
        if item.status is AgendaStatus.OVERDUE and item.judged is not None:
            return self._say("overdue_by", count=item.judged.lateness.days)
        return STATUS_NAMES[item.status].text(self._lang)

    def _terms(self, judged: JudgedItem) -> Terms:
        """Say every shape of the date that differs from the one before."""
        due, lang = judged.due, self._lang
        dates = day_text(due.nominal_on, lang)
        if due.moved_on != due.nominal_on:
            dates += ", " + self._say("moved", day=day_text(due.moved_on, lang))
        if due.extended_on is not None:
            dates += ", " + self._say("extended", day=day_text(due.extended_on, lang))
        if judged.derived_on is not None:
            dates += "; " + self._say("needed_earlier")
        return Terms(" ".join(due.printed.split()), f"{dates}.")

    def _done(self, item: AgendaItem, judged: JudgedItem) -> DoneLine:
        notes = []
        if judged.entered_on is not None:
            notes.append(self._say("entered_on", day=day_text(judged.entered_on, self._lang)))
        if judged.lateness.days:
            notes.append(self._say("late_by", count=judged.lateness.days))
        return DoneLine(
            key=_activity_key(item) or "",
            title=item.title.text(self._lang),
            text=None if judged.guard is not None else self._pack.activity(judged.activity).text,
            fulfilled_on="" if judged.fulfilled_on is None else day_text(judged.fulfilled_on, self._lang),
            notes=tuple(notes),
        )

    def _missing(self, line: GuardLine) -> tuple[str, ...]:
        missing = line.verdict.missing
        if line.verdict.in_words:
            return tuple(f"«{word}»" for word in missing)
        base = MISSING.get(line.guard)
        if base is None:
            return ()
        found = (self._names.get((base, row_id)) for row_id in missing if isinstance(row_id, int))
        return tuple(name for name in found if name is not None)


def names_wanted(agenda: Agenda, reports: Iterable[GuardReport]) -> set[Key]:
    """Return everything that a reader with the right to see people is shown by name."""
    lines = [line for item in agenda.items for line in item.blocking]
    lines += [line for report in reports for line in report.unmet]
    keys = {(Base.PERSON, item.responsible_id) for item in agenda.items if item.responsible_id is not None}
    for line in lines:
        base = MISSING.get(line.guard)
        if base is not None:
            shown = line.verdict.missing[:SHOWN_NAMES]
            keys |= {(base, row_id) for row_id in shown if isinstance(row_id, int)}
    return keys


def anchor(key: str) -> str:
    """Return the id on the page of an activity or of a carried guard."""
    return "a-" + key.replace(":", "-")


def _activity_key(item: AgendaItem) -> str | None:
    return None if item.judged is None else item.judged.activity


def _without_terms(line: AgendaLine) -> AgendaLine:
    return replace(line, terms=None)
