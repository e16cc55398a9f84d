"""Versioned rows that are ended, never deleted: insert, read, list, update, end; knows no table's meaning.

Column names come from our own declarations and marshmallow schemas, never from a request; values are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from shared.db.pool import Conn
from shared.errors import NotFound, RecordEnded, VersionMismatch

Row = dict[str, Any]
MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a record hangs: the parent's table, the column that names it, and what is copied from its row."""

    table: str
    column: str
    carried: tuple[str, ...] = ("school_id",)


SCHOOL = Parent("school", "school_id", ())
PROGRAMME = Parent("programme", "programme_id")


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A table of records. ``feeds``: a computed result rests on it, so a change makes results stale."""

    table: str
    parent: Parent = PROGRAMME
    feeds: bool = False

    @property
    def of_programme(self) -> bool:
        return self.parent is PROGRAMME or "programme_id" in self.parent.carried


def insert(conn: Conn, kind: RecordKind, parent_row: Row, values: Mapping[str, Any], actor_id: int) -> Row:
    """Write one row under ``parent_row`` (as `read_parent` gives it) and return it."""
    row = {
        "municipality_id": parent_row["municipality_id"],
        "created_by": actor_id,
        kind.parent.column: parent_row["id"],
        **{column: parent_row[column] for column in kind.parent.carried},
        **values,
    }
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
        sql.Identifier(kind.table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Placeholder, row)),
    )
    return _one(conn.execute(statement, _adapted(row)).fetchone())


def read_parent(conn: Conn, parent: Parent, parent_id: int) -> Row:
    """Return the parent's row; NotFound also when it belongs to somebody else."""
    statement = sql.SQL("SELECT * FROM {} WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s")
    return _one(conn.execute(statement.format(sql.Identifier(parent.table)), (parent_id,)).fetchone())


def read(conn: Conn, kind: RecordKind, record_id: int, parent_id: int | None = None) -> Row:
    """Return one row, alive or ended; NotFound when it is not there, not ours or under another parent."""
    query = sql.SQL(
        "SELECT * FROM {} WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND (%s::bigint IS NULL OR {} = %s)"
    ).format(sql.Identifier(kind.table), sql.Identifier(kind.parent.column))
    return _one(conn.execute(query, (record_id, parent_id, parent_id)).fetchone())


def page(
    conn: Conn,
    kind: RecordKind,
    parent_id: int | None,
    *,
    after: int = 0,
    limit: int = 100,
    ended: bool = False,
    filters: Mapping[str, Any] | None = None,
) -> list[Row]:
    """Return up to ``limit`` rows with ids above ``after``, in id order; ``filters`` are column equals value."""
    conditions: list[sql.Composable] = [sql.SQL("municipality_id = (SELECT app_municipality_id()) AND id > %(after)s")]
    values: dict[str, Any] = {"after": after, "limit": min(limit, MAX_PAGE)}
    if parent_id is not None:
        conditions.append(sql.SQL("{} = %(parent)s").format(sql.Identifier(kind.parent.column)))
        values["parent"] = parent_id
    if not ended:
        conditions.append(sql.SQL("ended_at IS NULL"))
    for place, (column, value) in enumerate((filters or {}).items()):
        conditions.append(sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(f"f{place}")))
        values[f"f{place}"] = value
    query = sql.SQL("SELECT * FROM {} WHERE {} ORDER BY id LIMIT %(limit)s").format(
        sql.Identifier(kind.table), sql.SQL(" AND ").join(conditions)
    )
    return conn.execute(query, values).fetchall()


def update(conn: Conn, kind: RecordKind, current: Row, expected: int, changes: Mapping[str, Any]) -> Row:
    """Change ``current`` (as `read` gives it) where its version is still ``expected``.

    Raises VersionMismatch, or RecordEnded for an ended row.
    """
    assignments: list[sql.Composable] = [sql.SQL("version = version + 1, updated_at = now()")]
    assignments += [sql.SQL("{} = {}").format(sql.Identifier(c), sql.Placeholder(c)) for c in changes]
    statement = sql.SQL(
        "UPDATE {} SET {} WHERE municipality_id = (SELECT app_municipality_id()) AND id = %(id_)s"
        " AND version = %(expected_)s AND ended_at IS NULL RETURNING *"
    ).format(sql.Identifier(kind.table), sql.SQL(", ").join(assignments))
    row = conn.execute(statement, {**_adapted(changes), "id_": current["id"], "expected_": expected}).fetchone()
    if row is None:
        raise refusal(read(conn, kind, current["id"]), expected)
    return row


def end(conn: Conn, kind: RecordKind, current: Row, expected: int, reason: str | None) -> Row:
    """End ``current``: it stays readable and no longer counts. Errors as for `update`."""
    now = _one(conn.execute("SELECT app_now() AS now").fetchone())["now"]
    return update(conn, kind, current, expected, {"ended_at": now, "end_reason": reason})


def refusal(row: Row, expected: int) -> VersionMismatch | RecordEnded:
    """Say why a conditional update of ``row`` hit nothing."""
    if row["ended_at"] is not None and row["version"] == expected:
        return RecordEnded(on=f"{row['ended_at']:%d.%m.%Y}")
    return VersionMismatch(current=row["version"], expected=expected)


def _adapted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Jsonb(value) if isinstance(value, dict) else value for key, value in values.items()}


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row
