"""Whom the school has and whom a row means: by name, then class, then year of birth; decides nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.roster.cells import Name, SchoolClass, fold
from shared.roster.entries import Entry


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the school. ``grades`` by school year; ``consents`` to processing by day and document.

    ``member_id``: the record in the base to fill, with its ``member`` columns; ``has_left``: one has ended.
    ``blocked_since``: the day from which nothing is done with the data any more (a withdrawal, a waiting erasure).
    """

    id: int
    kind: str
    name: Name
    grades: Mapping[int, SchoolClass]
    birth_on: date | None
    contact: str | None
    is_consented: bool
    consents: frozenset[tuple[date, str]]
    member_id: int | None = None
    member: Mapping[str, Any] | None = None
    has_left: bool = False
    blocked_since: date | None = None


@dataclass(slots=True)
class Candidate:
    """Somebody a row may mean: a person of the base, or one that an earlier row of the file brings."""

    known: Known | None
    kind: str
    name: Name
    grades: Mapping[int, SchoolClass]
    birth_year: int | None
    is_taken: bool = False


class Directory:
    """All candidates by family and given name."""

    def __init__(self, people: Iterable[Known], *, school_year: int) -> None:
        self._year = school_year
        self._by_name: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for person in people:
            year = None if person.birth_on is None else person.birth_on.year
            self._add(Candidate(person, person.kind, person.name, person.grades, year))

    def find(self, entry: Entry) -> list[Candidate]:
        """Return whom the row fits best; more than one means that it does not say enough."""
        named = self._by_name.get((fold(entry.name.family), fold(entry.name.given)), [])
        fitting = [candidate for candidate in named if self._fits(candidate, entry)]
        exact = [candidate for candidate in fitting if self._is_exact(candidate, entry)]
        return exact or fitting

    def add_new(self, entry: Entry, kind: str) -> None:
        """Remember whom a row brings, so that a later row cannot bring the same person."""
        grades = {} if entry.school_class is None else {self._year: entry.school_class}
        self._add(Candidate(None, kind, entry.name, grades, entry.birth_year, is_taken=True))

    def _add(self, candidate: Candidate) -> None:
        self._by_name[fold(candidate.name.family), fold(candidate.name.given)].append(candidate)

    def _fits(self, candidate: Candidate, entry: Entry) -> bool:
        patronymics = {fold(p) for p in (candidate.name.patronymic, entry.name.patronymic) if p}
        years = {year for year in (candidate.birth_year, entry.birth_year) if year is not None}
        return len(patronymics) < 2 and len(years) < 2 and self._same_class(candidate, entry)

    def _same_class(self, candidate: Candidate, entry: Entry) -> bool:
        """This year's class must agree; without one, last years' grade moved on by the years since."""
        wanted = entry.school_class
        if wanted is None:
            return True
        if candidate.kind != "pupil":
            return False
        now = candidate.grades.get(self._year)
        if now is not None:
            return now.grade == wanted.grade and len({now.letter, wanted.letter} - {None}) < 2
        earlier = [year for year in candidate.grades if year < self._year]
        return not earlier or candidate.grades[max(earlier)].grade + self._year - max(earlier) == wanted.grade

    def _is_exact(self, candidate: Candidate, entry: Entry) -> bool:
        same_patronymic = fold(candidate.name.patronymic or "") == fold(entry.name.patronymic or "")
        return same_patronymic and entry.school_class in (None, candidate.grades.get(self._year))
