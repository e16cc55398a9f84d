"""The scene of the tenancy proof: a victim's school with a row in every table, and everybody who is foreign to it.

Knows tables, no route. The victim's rows have ids of their own range and texts that are nobody else's, so that a
glimpse of them is seen in any answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from shared.access.rights import RIGHTS
from tests.http import Account

Superuser = psycopg.Connection[Any]
Row = dict[str, Any]
FIRST_ID = 4_280_000_000
"""Ids of the scene begin here, each table's in a range of its own: such a number in an answer is an id."""
SCHOOL, MUNICIPALITY, OUTSIDE = "school", "municipality", "outside"
"""How far a walker is from the victim: another school of its municipality, another municipality, no account at all."""
SECRET = "тайна"
"""How those texts of the victim begin that stand nowhere else."""
SECRETS: Mapping[str, tuple[str, ...]] = {
    "person": ("family_name", "contact", "representative"),
    "evidence": ("title",),
    "goal": ("text",),
    "support_note": ("text",),
    "safety_case": ("text",),
    "school": ("name",),
    "municipality": ("name",),
    "principal": ("name",),
    "webhook": ("description",),
    "token": ("label",),
}
"""Columns of the victim's rows that get a text which stands nowhere else."""
SHARED_WITH_ITS_SCHOOLS = frozenset({"municipality", "principal", "webhook", "token"})
"""Tables whose rows belong to the municipality: another school of it may be shown them."""


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody foreign. ``role`` None: no principal. ``headers`` are sent with every request of theirs."""

    name: str
    side: str
    role: str | None
    headers: Mapping[str, str]
    token: str = ""

    def may(self, right: str) -> bool:
        """Whether the role has the right in its own place: whoever lacks it is stopped before any row is read."""
        return self.role is not None and self.role in {str(role) for role in RIGHTS.get(right, ())}


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything by table name; ``own``: rows of a side's own place."""

    municipality_id: int
    school_id: int
    rows: Mapping[str, tuple[Row, ...]]
    own: Mapping[str, Mapping[str, tuple[Row, ...]]]
    walkers: tuple[Walker, ...]
    links: Mapping[str, tuple[str, ...]]
    """Personal links by side; those of ``victim`` are the victim's."""
    insiders: Mapping[str, Account]
    """Accounts of the victim's own people, by role: they are no walkers."""


def tables(conn: Superuser) -> list[tuple[str, bool]]:
    """Return every table with a tenant, and whether its rows name a school."""
    found = conn.execute(
        "SELECT c.relname, EXISTS (SELECT FROM pg_attribute s WHERE s.attrelid = c.oid AND s.attname = 'school_id')"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'municipality_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND c.relname NOT LIKE '%record_template' ORDER BY 1"
    ).fetchall()
    return [(str(name), bool(by_school)) for name, by_school in found]


def victims_rows(scene: Scene, side: str, conn: Superuser) -> Iterator[tuple[str, str, int]]:
    """Yield table, column and value that say which rows are the victim's, as seen from a side."""
    for table, by_school in tables(conn):
        if side != SCHOOL:
            yield table, "municipality_id", scene.municipality_id
        elif by_school:
            yield table, "school_id", scene.school_id
    yield ("school", "id", scene.school_id) if side == SCHOOL else ("municipality", "id", scene.municipality_id)


def fingerprint(scene: Scene, side: str, conn: Superuser) -> list[Any]:
    """Return count and hash of the victim's rows of every table: equal only when no row of theirs has changed."""
    parts = [
        sql.SQL("SELECT {}, count(*), sum(hashtextextended(t::text, 0)) FROM {} t WHERE {} = {}").format(
            sql.Literal(table), sql.Identifier(table), sql.Identifier(column), sql.Literal(value)
        )
        for table, column, value in victims_rows(scene, side, conn)
    ]
    return conn.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()


def remove_victim(scene: Scene, side: str, conn: Superuser) -> None:
    """Make the world in which the victim has never been, as seen from a side."""
    conn.execute("SET session_replication_role = replica")
    for table, column, value in victims_rows(scene, side, conn):
        statement = sql.SQL("DELETE FROM {} WHERE {} = %s")
        conn.execute(statement.format(sql.Identifier(table), sql.Identifier(column)), (value,))
    conn.execute("SET session_replication_role = DEFAULT")


def secrets_of(scene: Scene, side: str) -> frozenset[str]:
    """Return the victim's ids and texts of which a walker of this side must see none."""
    found = set()
    for table, rows in scene.rows.items():
        if side == SCHOOL and table in SHARED_WITH_ITS_SCHOOLS:
            continue
        place = "id" if table == "school" else "school_id"
        mine = [row for row in rows if side != SCHOOL or row.get(place) == scene.school_id]
        found |= {str(row["id"]) for row in mine if len(str(row.get("id", ""))) >= len(str(FIRST_ID))}
        found |= {row[column] for row in mine for column in SECRETS.get(table, ()) if row.get(column)}
    return frozenset(found)
