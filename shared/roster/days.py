"""Which day it is for the tenant of a transaction, and refusals of facts dated later; knows no record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from shared.db.pool import Conn
from shared.errors import FieldError


def local_today(conn: Conn) -> date:
    """Return today in the time zone of the tenant's municipality."""
    row = conn.execute(
        "SELECT (app_now() AT TIME ZONE timezone)::date AS today FROM municipality"
        " WHERE id = (SELECT app_municipality_id())"
    ).fetchone()
    today: date = row["today"] if row else date.min
    return today


def not_yet_come(days: Mapping[str, date | None], today: date) -> list[FieldError]:
    """Return an error for each day (by field) that has not come: a fact is not recorded before it happens."""
    return [
        FieldError(name, "future", "Эта дата ещё не наступила.", "This day has not come yet.")
        for name, day in days.items()
        if day is not None and day > today
    ]
