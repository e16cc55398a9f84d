"""A base as a CSV file for a spreadsheet: ids, classes and counts; names only when asked for. Knows no HTTP.

A cell that a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from shared.access import audit
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.pack.model import Form
from shared.programme import store as programmes
from shared.programme.packs import find_pack
from shared.roster.formulas import disarmed
from shared.roster.store import queries

_ORIGINS = MappingProxyType({"teachers": "педагоги", "pupils_9_11": "9–11 классы", "other": "вне приказа"})
_OUTCOMES = MappingProxyType({"selected": "отобран", "reserve": "резерв", "declined": "отклонён"})

Row = Mapping[str, Any]


def _class(row: Row) -> str:
    return "" if row["grade"] is None else f"{row['grade']}{row['class_letter'] or ''}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One base as a table: the statement, and titles with what each shows of a row."""

    table: str
    columns: tuple[tuple[str, Callable[[Row], Any]], ...]


MENTEE_SHEET = Sheet(
    "mentee",
    (
        ("Номер", lambda row: row["id"]),
        ("Номер человека", lambda row: row["person_id"]),
        ("Класс", _class),
        ("Согласие в силе", lambda row: _yes(row["is_consented"])),
        ("Число тем запроса", lambda row: row["topics"]),
        ("В паре или группе", lambda row: _yes(row["is_paired"])),
        ("Дата вхождения в программу", lambda row: _day(row["joined_on"])),
    ),
)
MENTOR_SHEET = Sheet(
    "mentor",
    (
        ("Номер", lambda row: row["id"]),
        ("Номер человека", lambda row: row["person_id"]),
        ("Источник", lambda row: _ORIGINS[row["origin"]]),
        ("Класс", _class),
        ("Согласие в силе", lambda row: _yes(row["is_consented"])),
        ("Форма наставничества", lambda row: row["form_name"]),
        ("Сколько наставляемых", lambda row: row["capacity"]),
        ("Часов в месяц", lambda row: row["hours_per_month"]),
        ("Решение", lambda row: _OUTCOMES.get(row["outcome"], "")),
        ("Обучен", lambda row: _yes(row["is_trained"])),
        ("Пар и групп", lambda row: row["pairs"]),
        ("Дата вхождения в программу", lambda row: _day(row["joined_on"])),
    ),
)


def export_base(conn: Conn, actor: Actor, programme_id: int, sheet: Sheet, *, names: bool) -> bytes:
    """Return the file: UTF-8 with BOM, semicolons; the audit log notes that it was taken, and with names. NotFound."""
    programme = programmes.get(conn, programme_id)
    forms = find_pack(conn, programme.pack_code, programme.pack_version).forms
    found = getattr(queries(), f"export_{sheet.table}s")(conn, programme_id=programme.id, names=names)
    rows = [{**row, "form_name": _form(forms, row.get("form"))} for row in found]
    look = "export_names" if names else "export"
    audit.record(conn, actor, f"{sheet.table}.{look}", "programme", programme.id, programme_id=programme.id)
    columns = sheet.columns if not names else (*sheet.columns, ("ФИО", lambda row: row["name"]))
    return as_csv([title for title, _ in columns], [[show(row) for _, show in columns] for row in rows])


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a table as the bytes of a CSV file, formulas disarmed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    return disarmed(value) if isinstance(value, str) else "" if value is None else str(value)


def _form(forms: Sequence[Form], key: str | None) -> str:
    return next((form.name.ru for form in forms if form.key == key), key or "")


def _yes(is_so: bool) -> str:
    return "да" if is_so else "нет"


def _day(day: date | None) -> str:
    return "" if day is None else f"{day:%d.%m.%Y}"
