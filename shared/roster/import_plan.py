"""Decides what an import writes: pure, from the entries of a file, the people of the school and today.

It knows no SQL. A row never overwrites: it brings a person, fills what is empty, or changes nothing, so a
file imported twice changes nothing the second time. What needs a consent is written where one is in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.roster.cells import fold
from shared.roster.consents import is_minor
from shared.roster.directory import Candidate, Directory, Known
from shared.roster.entries import MENTEES, MENTORS, BaseKind, Entry, Reading
from shared.roster.import_report import Findings, ImportReport

Row = dict[str, Any]
KIND_OF_SIDE: Mapping[str, str] = {
    "pupil": "pupil",
    "teacher": "teacher",
    "student": "outside",
    "employer": "outside",
}
TEACHING = ("teacher", "psychologist", "staff")


@dataclass(slots=True)
class ImportPlan:
    """Rows to write; they name a new person by ``place`` in ``people``, a known one by ``person_id``."""

    people: list[Row] = field(default_factory=list)
    people_changes: list[Row] = field(default_factory=list)
    grades: list[Row] = field(default_factory=list)
    consents: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    member_changes: list[Row] = field(default_factory=list)
    updated: int = 0
    skipped: int = 0
    awaiting_consent: int = 0


def plan_import(
    reading: Reading, directory: Directory, kind: BaseKind, *, school_year: int, today: date
) -> tuple[ImportPlan, ImportReport]:
    """Decide on every entry; mistakes found here are added to ``reading.errors`` (ask it before writing)."""
    planner = _Planner(kind, directory, school_year, today, reading.errors, reading.warnings, ImportPlan())
    for entry in reading.entries:
        planner.take(entry)
    plan = planner.plan
    report = ImportReport(
        rows=reading.rows,
        people_created=len(plan.people),
        members_created=len(plan.members),
        consents_created=len(plan.consents),
        updated=plan.updated,
        skipped=plan.skipped,
        awaiting_consent=plan.awaiting_consent,
        warnings=tuple(reading.warnings.listed),
        warnings_total=reading.warnings.total,
    )
    return plan, report


@dataclass(frozen=True, slots=True)
class _Planner:
    kind: BaseKind
    directory: Directory
    school_year: int
    today: date
    errors: Findings
    warnings: Findings
    plan: ImportPlan

    def take(self, entry: Entry) -> None:
        """Decide on one entry."""
        found = self.directory.find(entry)
        if len(found) > 1:
            code = "row.duplicate" if all(c.known is None for c in found) else "person.ambiguous"
            self.errors.add(code, entry.row, "name")
        elif found and found[0].is_taken:
            self.errors.add("row.duplicate", entry.row, "name")
        elif found and found[0].known is not None:
            self._take_known(entry, found[0], found[0].known)
        else:
            self._take_new(entry)

    def _take_new(self, entry: Entry) -> None:
        kind = self._kind_of(entry)
        self.directory.add_new(entry, kind)
        who = {"place": len(self.plan.people)}
        is_allowed = self._consent(entry, who, kind, None)
        shown = entry if is_allowed else None
        self.plan.people.append(
            {
                **who,
                "kind": kind,
                "family_name": entry.name.family,
                "given_name": entry.name.given,
                "patronymic": entry.name.patronymic,
                "birth_on": shown and _iso(shown.birth_on),
                "contact": shown and shown.contact,
            }
        )
        self._grade(entry, who, {})
        self._member(entry, who, kind, is_allowed=is_allowed)

    def _take_known(self, entry: Entry, candidate: Candidate, known: Known) -> None:
        candidate.is_taken = True
        if known.blocked_since is not None and not self._renews(entry, known, known.blocked_since):
            self.warnings.add("person.blocked", entry.row, "name")
            self.plan.skipped += 1
            return
        if known.has_left and known.member_id is None:
            self.warnings.add("member.ended", entry.row, "name")
            self.plan.skipped += 1
            return
        who, before = {"person_id": known.id}, self._size()
        is_allowed = self._consent(entry, who, known.kind, known)
        self._grade(entry, who, known.grades if known.kind == "pupil" else {self.school_year: None})
        if is_allowed:
            self._fill_person(entry, known)
        if known.member_id is None:
            self._member(entry, who, known.kind, is_allowed=is_allowed, grades=known.grades)
            return
        if is_allowed:
            self._fill_member(entry, known.member_id, known.member or {})
        if self._size() == before:
            self.plan.skipped += 1
        else:
            self.plan.updated += 1

    def _renews(self, entry: Entry, known: Known, since: date) -> bool:
        """Say whether the row brings a new consent, given no earlier than the data were blocked."""
        given = entry.consent
        if given is None or (given.given_on, given.document) in known.consents:
            return False
        return given.given_on >= since and given.in_force(self.today)

    def _size(self) -> int:
        plan = self.plan
        return sum(map(len, (plan.people_changes, plan.grades, plan.consents, plan.member_changes)))

    def _kind_of(self, entry: Entry) -> str:
        if entry.school_class is not None:
            return "pupil"
        if entry.form is not None:
            side = entry.form.mentee_kind if self.kind is MENTEES else entry.form.mentor_kind
            return KIND_OF_SIDE.get(side, "outside")
        return "pupil" if self.kind is MENTEES else "teacher"

    def _consent(self, entry: Entry, who: Row, kind: str, known: Known | None) -> bool:
        """Plan the row's consent where it is a new one; say whether any is in force."""
        given = entry.consent
        is_consented = known is not None and known.is_consented
        if given is not None and (known is None or (given.given_on, given.document) not in known.consents):
            born = entry.birth_on if known is None or known.birth_on is None else known.birth_on
            if given.given_by == "self" and is_minor({"kind": kind, "birth_on": born}, given.given_on):
                self.errors.add("consent.minor", entry.row, "given_by")
            self.plan.consents.append(
                {
                    **who,
                    "given_by": given.given_by,
                    "representative": given.representative,
                    "given_on": given.given_on.isoformat(),
                    "valid_until": _iso(given.valid_until),
                    "document": given.document,
                }
            )
            is_consented = is_consented or given.in_force(self.today)
        if not is_consented:
            self.plan.awaiting_consent += 1
            for key in (
                *entry.details,
                *(["contact"] if entry.contact else []),
                *(["birth"] if entry.birth_on else []),
            ):
                self.warnings.add("consent.missing", entry.row, key)
        return is_consented

    def _grade(self, entry: Entry, who: Row, grades: Mapping[int, Any]) -> None:
        if entry.school_class is not None and self.school_year not in grades:
            chosen = entry.school_class
            self.plan.grades.append({**who, "grade": chosen.grade, "class_letter": chosen.letter})

    def _member(
        self, entry: Entry, who: Row, kind: str, *, is_allowed: bool, grades: Mapping[int, Any] | None = None
    ) -> None:
        row = {**who, **{key: _plain(value) for key, value in (entry.details if is_allowed else {}).items()}}
        if self.kind is MENTORS:
            row["origin"] = self._origin(entry, kind, grades or {})
        self.plan.members.append(row)

    def _origin(self, entry: Entry, kind: str, grades: Mapping[int, Any]) -> str:
        """Where the order expects mentors from; anybody else is entered with a warning, never refused."""
        if kind in TEACHING:
            return "teachers"
        if kind == "pupil":
            known_class = entry.school_class or grades.get(self.school_year)
            if known_class is None:
                self.warnings.add("mentor.class_unknown", entry.row, "class")
                return "pupils_9_11"
            if known_class.grade >= 9:
                return "pupils_9_11"
        self.warnings.add("mentor.outside_order", entry.row, "name")
        return "other"

    def _fill_person(self, entry: Entry, known: Known) -> None:
        brought = {"contact": (known.contact, entry.contact), "birth_on": (known.birth_on, entry.birth_on)}
        filled = {key: _plain(new) for key, (old, new) in brought.items() if new is not None and old is None}
        for key, (old, new) in brought.items():
            if new is not None and old is not None and old != new:
                self.warnings.add("value.kept", entry.row, "birth" if key == "birth_on" else key)
        if filled:
            self.plan.people_changes.append({"id": known.id, **filled})

    def _fill_member(self, entry: Entry, member_id: int, member: Mapping[str, Any]) -> None:
        filled = {key: _plain(new) for key, new in entry.details.items() if member.get(key) in (None, [])}
        for key, new in entry.details.items():
            if key not in filled and not _same(member.get(key), new):
                self.warnings.add("value.kept", entry.row, key)
        if filled:
            self.plan.member_changes.append({"id": member_id, **filled})


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, list):
        return {fold(topic) for topic in old} == {fold(topic) for topic in new}
    return bool(old == new)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
