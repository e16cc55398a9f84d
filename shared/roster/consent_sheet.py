"""Consents of a whole class by one sheet: one date, one document, many people; all of them or none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.access.bulk_audit import record_each
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import FieldError, FieldsInvalid, ReferenceMissing
from shared.programme.writing import writing_school
from shared.roster.consents import is_minor
from shared.roster.days import local_today, not_yet_come
from shared.roster.store import queries


@dataclass(frozen=True, slots=True)
class ConsentSheet:
    """What all consents of the sheet have in common."""

    kind: str
    given_by: str
    given_on: date
    valid_until: date | None
    document: str


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """``representative`` None: the one written at the person is taken."""

    person_id: int
    representative: str | None = None


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A consent that was written."""

    id: int
    person_id: int
    version: int


def give_consents(
    conn: Conn, actor: Actor, school_id: int, *, sheet: ConsentSheet, entries: Sequence[SheetEntry]
) -> list[GivenConsent]:
    """Write the sheet and return the new consents; who has this very consent already is left out.

    Raises FieldsInvalid with every mistake and its place, ReferenceMissing when people are not of the school.
    """
    with writing_school(conn, school_id, feeds=True):
        people = _people(conn, school_id, sheet, entries)
        _demand_fields(sheet, local_today(conn))
        rows = _rows(sheet, entries, people)
        written = queries().insert_sheet(
            conn,
            rows=json.dumps(rows, ensure_ascii=False),
            municipality_id=actor.tenant.municipality_id,
            school_id=school_id,
            actor_id=actor.principal_id,
            kind=sheet.kind,
            given_by=sheet.given_by,
            given_on=sheet.given_on,
            valid_until=sheet.valid_until,
            document=sheet.document,
        )
        given = sorted((GivenConsent(**row) for row in written), key=lambda consent: consent.id)
        record_each(conn, actor, "consent.create", "consent", [consent.id for consent in given])
    return given


def _people(
    conn: Conn, school_id: int, sheet: ConsentSheet, entries: Sequence[SheetEntry]
) -> Mapping[int, Mapping[str, Any]]:
    rows = queries().sheet_people(
        conn,
        school_id=school_id,
        ids=[entry.person_id for entry in entries],
        kind=sheet.kind,
        given_on=sheet.given_on,
        document=sheet.document,
    )
    people = {row["id"]: row for row in rows if row["ended_at"] is None}
    ru, en = "Такого человека в школе нет.", "There is no such person in the school."
    missing = [
        FieldError(f"entries.{place}.person_id", "reference", ru, en)
        for place, entry in enumerate(entries)
        if entry.person_id not in people
    ]
    if missing:
        raise ReferenceMissing(missing)
    return people


def _demand_fields(sheet: ConsentSheet, today: date) -> None:
    errors = not_yet_come({"given_on": sheet.given_on}, today)
    if sheet.valid_until is not None and sheet.valid_until < sheet.given_on:
        ru, en = "Срок согласия раньше его даты.", "The term ends before the consent was given."
        errors.append(FieldError("valid_until", "rule.consent_term", ru, en))
    if errors:
        raise FieldsInvalid(errors)


def _rows(
    sheet: ConsentSheet, entries: Sequence[SheetEntry], people: Mapping[int, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    errors: list[FieldError] = []
    rows: list[dict[str, Any]] = []
    seen: set[int] = set()
    for place, entry in enumerate(entries):
        person = people[entry.person_id]
        representative = entry.representative or person["representative"]
        if entry.person_id in seen:
            ru, en = "Этот человек уже есть выше в списке.", "This person stands above in the list."
            errors.append(FieldError(f"entries.{place}.person_id", "duplicate", ru, en))
        elif sheet.given_by == "self" and is_minor(person, sheet.given_on):
            ru = "За несовершеннолетнего согласие даёт представитель."
            en = "A minor's consent is given by the representative."
            errors.append(FieldError(f"entries.{place}.person_id", "minor", ru, en))
        elif sheet.given_by == "representative" and not is_minor(person, sheet.given_on):
            ru, en = "С 18 лет согласие даёт сам человек.", "From 18 on the person consents."
            errors.append(FieldError(f"entries.{place}.person_id", "adult", ru, en))
        elif sheet.given_by == "representative" and not representative:
            ru, en = "Укажите представителя.", "Name the representative."
            errors.append(FieldError(f"entries.{place}.representative", "required", ru, en))
        seen.add(entry.person_id)
        if not person["is_held"]:
            named = representative if sheet.given_by == "representative" else None
            rows.append({"place": place, "person_id": entry.person_id, "representative": named})
    if errors:
        raise FieldsInvalid(errors)
    return rows
