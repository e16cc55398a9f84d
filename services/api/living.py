"""Rules on what a record hangs on or names: it is of the same programme or school, and it has not ended.

Only what is newly named is asked: a record that ended later takes nothing away from those that named it before.
"""

from __future__ import annotations

from psycopg import sql

from services.api.nouns import Change, Rule
from shared.db.pool import Conn
from shared.errors import FieldError, RecordEnded, ReferenceMissing

OF_SCHOOL = frozenset({"person"})
"""Tables whose rows belong to a school; those of the others belong to a programme."""


def names_living(column: str, table: str) -> Rule:
    """Return a rule: a record that ``column`` newly names is a living one of ``table``, here."""

    def rule(conn: Conn, change: Change) -> None:
        named = change.values.get(column)
        if named is not None and (change.current is None or change.current[column] != named):
            _demand_living(conn, change, column, named, table)

    return rule


def under_living_parent(_conn: Conn, change: Change) -> None:
    """Nothing new is entered under a record that has ended; what is there may still be corrected."""
    ended_at = change.parent.get("ended_at")
    if change.current is None and ended_at is not None:
        raise RecordEnded(on=f"{ended_at:%d.%m.%Y}")


def of_no_erased(_conn: Conn, change: Change) -> None:
    """Nothing is written any more about a person whose data were destroyed."""
    erased_at = change.parent.get("erased_at")
    if erased_at is not None:
        raise RecordEnded(on=f"{erased_at:%d.%m.%Y}")


def goal_of_this_pair(conn: Conn, change: Change) -> None:
    """A task stands under a living goal of its own pair."""
    named = change.values.get("goal_id")
    if named is None or (change.current is not None and change.current["goal_id"] == named):
        return
    row = conn.execute(
        "SELECT pair_id FROM pair_goal WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND ended_at IS NULL",
        (named,),
    ).fetchone()
    if row is None or row["pair_id"] != change.parent["id"]:
        ru = "Такой действующей цели у этой пары нет."
        raise ReferenceMissing([FieldError("goal_id", "reference", ru, "The pair has no such living goal.")])


def _demand_living(conn: Conn, change: Change, column: str, named: int, table: str) -> None:
    if table in OF_SCHOOL:
        scope, owner = "school_id", change.parent["school_id"]
    else:
        scope, owner = "programme_id", change.parent.get("programme_id") or change.parent["id"]
    query = sql.SQL(
        "SELECT ended_at FROM {} WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s AND {} = %s"
    ).format(sql.Identifier(table), sql.Identifier(scope))
    row = conn.execute(query, (named, owner)).fetchone()
    if row is None:
        ru = "Такой записи в этой программе или школе нет."
        raise ReferenceMissing(
            [FieldError(column, "reference", ru, "There is no such record in this programme or school.")]
        )
    if row["ended_at"] is not None:
        ru = f"Запись завершена {row['ended_at']:%d.%m.%Y}: укажите действующую."
        en = f"The record was ended on {row['ended_at']:%d.%m.%Y}: name a living one."
        raise ReferenceMissing([FieldError(column, "ended", ru, en)])
