"""Gathers everything that is kept about one person, for the answer to an access request; decides and writes nothing.

Source of the duty: 152-ФЗ, art. 14, part 7. Knows the tenant of the transaction only: another school's person is not
found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.privacy.pack_words import Names, names_in
from shared.privacy.words import COLUMNS, SECTIONS
from shared.programme.packs import find_pack

Value = Any
"""What a column holds: a text, a number, a truth value, a list of these, or None."""


@dataclass(frozen=True, slots=True)
class Section:
    """The kept rows of one table. ``rows``: column -> value, columns that say something about the person only."""

    key: str
    rows: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who wrote or looked at one of these rows and when: an account's number and role, no name.

    ``times``: looks at lists and files, which may hold many people, are counted; ``at`` is the last one.
    ``request_id``: of the one request that did it, as its answer and the process's log name it.
    """

    at: datetime
    actor_id: int | None
    actor_role: str
    action: str
    entity: str
    entity_id: int
    times: int
    request_id: str | None


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """Everything kept about the person: sections in the order of a programme's life, and the log of deeds."""

    person_id: int
    school: str
    timezone: str
    prepared_at: datetime
    sections: tuple[Section, ...]
    deeds: tuple[Deed, ...]
    names: Names

    @property
    def name(self) -> str:
        """Family name, given name, patronymic."""
        person = self.sections[0].rows[0]
        return " ".join(filter(None, (person["family_name"], person["given_name"], person["patronymic"])))

    @property
    def is_ended(self) -> bool:
        """Whether the person has left the school's list of people."""
        return self.sections[0].rows[0]["ended_at"] is not None


def personal_record(conn: Conn, person_id: int) -> PersonalRecord:
    """Return the record; NotFound when the tenant of the transaction does not see the person."""
    rows = list(_queries().personal_record(conn, person_id=person_id))
    head = conn.execute(
        "SELECT s.name, m.timezone, app_now() AS at FROM person p"
        " JOIN school s ON s.municipality_id = p.municipality_id AND s.id = p.school_id"
        " JOIN municipality m ON m.id = p.municipality_id WHERE p.id = %s",
        (person_id,),
    ).fetchone()
    if head is None:
        raise NotFound
    return PersonalRecord(
        person_id,
        head["name"],
        head["timezone"],
        head["at"],
        _sections(rows),
        _deeds(conn, person_id, rows),
        _names(conn, rows),
    )


def _sections(rows: Sequence[Mapping[str, Any]]) -> tuple[Section, ...]:
    found: dict[str, list[Mapping[str, Value]]] = {key: [] for key in SECTIONS}
    for row in rows:
        # Keys, versions and tenants say nothing about the person: what has words is shown.
        found[row["section"]].append({key: value for key, value in row["columns"].items() if key in COLUMNS})
    return tuple(Section(key, tuple(lines)) for key, lines in found.items() if lines)


def _deeds(conn: Conn, person_id: int, rows: Sequence[Mapping[str, Any]]) -> tuple[Deed, ...]:
    known = [row for row in rows if row["section"] not in ("answer", "result")]
    # An act is no section: it is read at its own address, and that it was is told beside the erasure.
    keys = [(row["section"], row["id"]) for row in known]
    keys += [("erasure_act", number) for section, number in keys if section == "erasure"]
    entities, ids = [entity for entity, _ in keys], [number for _, number in keys]
    found = _queries().deeds_about(conn, person_id=person_id, entities=entities, ids=ids)
    return tuple(Deed(**row) for row in found)


def _names(conn: Conn, rows: Sequence[Mapping[str, Any]]) -> Names:
    ids = {row["columns"]["programme_id"] for row in rows if "programme_id" in row["columns"]}
    used = conn.execute(
        "SELECT DISTINCT pack_code, pack_version FROM programme WHERE id = ANY(%s) ORDER BY 1, 2", (list(ids),)
    )
    return names_in([find_pack(conn, row["pack_code"], row["pack_version"]) for row in used.fetchall()])


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("record.sql"), "psycopg")
