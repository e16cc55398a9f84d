"""A table of cells to entries of a base: every row read, every mistake found; knows nobody of the school."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from shared.pack.model import Form
from shared.roster import cells
from shared.roster.cells import CellError, Name, SchoolClass, fold
from shared.roster.columns import CONSENT_KEYS, MENTEE_COLUMNS, MENTOR_COLUMNS, Column, Header, match_header
from shared.roster.csv_table import Table
from shared.roster.import_report import Findings, refuse

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A consent to processing as a row states it."""

    given_by: str
    representative: str | None
    given_on: date
    valid_until: date | None
    document: str

    def in_force(self, today: date) -> bool:
        """Say whether it is in force on a day."""
        return self.given_on <= today and (self.valid_until is None or self.valid_until >= today)


@dataclass(frozen=True, slots=True)
class Entry:
    """One readable row. ``details``: columns of the base that need a consent, empty cells left out."""

    row: int
    name: Name
    school_class: SchoolClass | None
    birth_year: int | None
    birth_on: date | None
    contact: str | None
    form: Form | None
    consent: ConsentEntry | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BaseKind:
    """One of the two bases: its table, its columns, and how the cells of its details are read."""

    table: str
    columns: tuple[Column, ...]
    details: Mapping[str, Callable[[str], Any]]


MENTEES = BaseKind(
    "mentee",
    MENTEE_COLUMNS,
    MappingProxyType({"topics": cells.parse_topics, "joined_on": cells.parse_day}),
)
MENTORS = BaseKind(
    "mentor",
    MENTOR_COLUMNS,
    MappingProxyType(
        {
            "competencies": partial(cells.parse_text, longest=1000),
            "achievements": partial(cells.parse_text, longest=1000),
            "interests": partial(cells.parse_text, longest=1000),
            "wished_grades": partial(cells.parse_text, longest=100),
            "capacity": cells.parse_capacity,
            "hours_per_month": cells.parse_hours,
            "joined_on": cells.parse_day,
        }
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: entries in file order; a row with mistakes is in ``errors``, not among them."""

    entries: tuple[Entry, ...]
    rows: int
    errors: Findings
    warnings: Findings


def read_entries(table: Table, kind: BaseKind, *, forms: Sequence[Form], today: date) -> Reading:
    """Read every row; ImportRefused when the header cannot be used."""
    errors, warnings = Findings(), Findings()
    header = _usable_header(table, kind, warnings)
    reader = _RowReader(kind, header, len(table.header), _form_names(forms), today, errors, warnings)
    entries = [entry for number, row in table.rows if (entry := reader.read(number, row)) is not None]
    if any(entry.birth_year is not None and entry.birth_on is None for entry in entries):
        warnings.add("birth.year_only", None, "birth")
    return Reading(tuple(entries), len(table.rows), errors, warnings)


def _usable_header(table: Table, kind: BaseKind, warnings: Findings) -> Header:
    header = match_header(table.header, kind.columns)
    if header.repeated:
        raise refuse("column.repeated", None, header.repeated[0])
    if "name" not in header.positions:
        raise refuse("column.missing", None, "name")
    for position in header.unknown:
        if table.header[position] or any(position < len(row) and row[position] for _, row in table.rows):
            warnings.add("column.unknown", None, str(position + 1))
    for key in header.elsewhere:
        warnings.add("column.elsewhere", None, key)
    return header


def form_key(text: str) -> str:
    """Return a form's name as it is compared: «Учитель – ученик» is «учитель-ученик»."""
    return fold(text).replace(" ", "")


def _form_names(forms: Sequence[Form]) -> dict[str, Form]:
    return {form_key(name): form for form in forms for name in (form.key, form.name.ru, form.name.en)}


@dataclass(frozen=True, slots=True)
class _RowReader:
    kind: BaseKind
    header: Header
    width: int
    forms: Mapping[str, Form]
    today: date
    errors: Findings
    warnings: Findings

    def read(self, number: int, row: list[str]) -> Entry | None:
        """Return the row's entry, or None after its mistakes were noted."""
        before = self.errors.total
        if any(row[self.width :]):
            self.errors.add("row.width", number)
        take = partial(self._take, number, row)
        name = take("name", cells.parse_name)
        school_class = take("class", cells.parse_class)
        birth_year, birth_on = take("birth", cells.parse_birth) or (None, None)
        self._not_future(number, "birth", birth_on)
        contact = take("contact", partial(cells.parse_text, longest=300))
        details = {key: value for key, parse in self.kind.details.items() if (value := take(key, parse))}
        form = self._form(number, self._cell(row, "form"), details)
        consent = self._consent(number, row)
        if self.errors.total > before or name is None:
            return None
        return Entry(
            number,
            name,
            school_class,
            birth_year,
            birth_on,
            contact,
            form,
            consent,
            MappingProxyType(details),
        )

    def _cell(self, row: list[str], key: str) -> str:
        position = self.header.positions.get(key)
        return row[position] if position is not None and position < len(row) else ""

    def _take(self, number: int, row: list[str], key: str, parse: Callable[[str], Value]) -> Value | None:
        try:
            return parse(self._cell(row, key))
        except CellError as error:
            collect = self.warnings if error.code == "hours.unreadable" else self.errors
            collect.add(error.code, number, key)
            return None

    def _form(self, number: int, text: str, details: dict[str, Any]) -> Form | None:
        """The form of a mentor is kept; of a mentee it only tells who the mentee is."""
        form = self.forms.get(form_key(text)) if text else None
        if text and self.kind is MENTORS:
            if form is None or not form.enabled:
                self.errors.add("form.unknown", number, "form")
                return None
            details["form"] = form.key
        return form

    def _not_future(self, number: int, key: str, day: date | None) -> None:
        if day is not None and day > self.today:
            self.errors.add("date.future", number, key)

    def _consent(self, number: int, row: list[str]) -> ConsentEntry | None:
        if not any(self._cell(row, key) for key in CONSENT_KEYS):
            return None
        before = self.errors.total
        take = partial(self._take, number, row)
        given_by = take("given_by", cells.parse_giver)
        representative = take("representative", partial(cells.parse_text, longest=300))
        given_on, valid_until = take("given_on", cells.parse_day), take("valid_until", cells.parse_day)
        document = take("document", partial(cells.parse_text, longest=300))
        if self.errors.total > before:
            return None
        given_by = given_by or ("representative" if representative else None)
        asked = {"given_by": given_by, "given_on": given_on, "document": document}
        if given_by == "representative":
            asked["representative"] = representative
        for key, value in asked.items():
            if value is None:
                self.errors.add("required", number, key)
        self._not_future(number, "given_on", given_on)
        if given_by is None or given_on is None or document is None or self.errors.total > before:
            return None
        if valid_until is not None and valid_until < given_on:
            self.errors.add("consent.term", number, "valid_until")
        return ConsentEntry(given_by, representative, given_on, valid_until, document)
