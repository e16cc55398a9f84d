"""Municipalities, schools and calendars: the tenants themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from psycopg import sql

from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import PLATFORM
from shared.errors import FieldError, FieldsInvalid, NotFound, VersionMismatch


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that differs from the week."""

    day_on: date
    is_working: bool
    note: str | None = None


def municipalities(conn: Conn, *, after: int, limit: int) -> list[Row]:
    """Return the municipalities the tenant may see, in id order."""
    return conn.execute("SELECT * FROM municipality WHERE id > %s ORDER BY id LIMIT %s", (after, limit)).fetchall()


def municipality(conn: Conn, municipality_id: int) -> Row:
    """Return one municipality; NotFound also for another tenant's."""
    return _one(conn.execute("SELECT * FROM municipality WHERE id = %s", (municipality_id,)).fetchone())


def create_municipality(conn: Conn, values: Mapping[str, Any]) -> Row:
    """Write a new municipality; FieldsInvalid when the transaction acts inside another one."""
    if _one(conn.execute("SELECT app_municipality_id() AS id").fetchone())["id"] != PLATFORM:
        ru = "Муниципалитет создаётся без заголовка X-Municipality."
        raise FieldsInvalid([FieldError("X-Municipality", "scope", ru, "Leave X-Municipality out here.")])
    return _one(
        conn.execute(
            "INSERT INTO municipality (name, timezone, move_days_off)"
            " VALUES (%(name)s, %(timezone)s, %(move_days_off)s) RETURNING *",
            dict(values),
        ).fetchone()
    )


def schools(conn: Conn, *, after: int, limit: int) -> list[Row]:
    """Return the schools the tenant may see, in id order."""
    return conn.execute(
        "SELECT * FROM school WHERE municipality_id = (SELECT app_municipality_id()) AND id > %s ORDER BY id LIMIT %s",
        (after, limit),
    ).fetchall()


def school(conn: Conn, school_id: int) -> Row:
    """Return one school; NotFound also for another tenant's."""
    query = "SELECT * FROM school WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
    return _one(conn.execute(query, (school_id,)).fetchone())


def create_school(conn: Conn, municipality_id: int, values: Mapping[str, Any]) -> Row:
    """Write a new school; FieldsInvalid when no municipality was named."""
    if municipality_id == PLATFORM:
        ru = "Укажите муниципалитет в заголовке X-Municipality."
        raise FieldsInvalid([FieldError("X-Municipality", "required", ru, "Name the municipality in X-Municipality.")])
    return _one(
        conn.execute(
            "INSERT INTO school (municipality_id, name, standing, standing_reason)"
            " VALUES (%(municipality_id)s, %(name)s, %(standing)s, %(standing_reason)s) RETURNING *",
            {"municipality_id": municipality_id, **values},
        ).fetchone()
    )


def change(conn: Conn, table: str, row_id: int, expected: int, changes: Mapping[str, Any]) -> Row:
    """Change a municipality or school where its version is still ``expected``; VersionMismatch, NotFound."""
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes]
    statement = sql.SQL("UPDATE {} SET {} WHERE id = %(id_)s AND version = %(expected_)s RETURNING *").format(
        sql.Identifier(table),
        sql.SQL(", ").join([*assignments, sql.SQL("version = version + 1, updated_at = now()")]),
    )
    row = conn.execute(statement, {**changes, "id_": row_id, "expected_": expected}).fetchone()
    if row is None:
        current = conn.execute(
            sql.SQL("SELECT version FROM {} WHERE id = %s").format(sql.Identifier(table)), (row_id,)
        ).fetchone()
        raise VersionMismatch(current=_one(current)["version"], expected=expected)
    return row


def calendar(conn: Conn) -> list[Row]:
    """Return the days that differ from the week, in order."""
    return conn.execute(
        "SELECT day_on, is_working, note FROM calendar_day WHERE municipality_id = (SELECT app_municipality_id())"
        " ORDER BY day_on"
    ).fetchall()


def replace_calendar(conn: Conn, municipality_id: int, days: Sequence[CalendarDay]) -> None:
    """Make ``days`` the whole calendar."""
    conn.execute("DELETE FROM calendar_day WHERE municipality_id = (SELECT app_municipality_id())")
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO calendar_day (municipality_id, day_on, is_working, note)"
            " VALUES (%(municipality_id)s, %(day_on)s, %(is_working)s, %(note)s)",
            [{"municipality_id": municipality_id, **asdict(day)} for day in days],
        )


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row
