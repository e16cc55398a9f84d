"""Whether a consent is in force, and whether one was withdrawn, on the database's clock; knows no requests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.db.pool import Conn
from shared.errors import ConsentMissing

ADULT_AT = 18


def has_consent(conn: Conn, person_id: int, kind: str) -> bool:
    """Say whether the person's consent of this kind is in force today, local time.

    None is while the person is blocked: without the consent to processing the others have nothing to stand on.
    """
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM consent c JOIN municipality m ON m.id = c.municipality_id"
        " WHERE c.municipality_id = (SELECT app_municipality_id()) AND c.person_id = %s AND c.kind = %s"
        " AND c.ended_at IS NULL AND c.given_on <= (app_now() AT TIME ZONE m.timezone)::date"
        " AND coalesce(c.valid_until >= (app_now() AT TIME ZONE m.timezone)::date, true)"
        " AND coalesce(c.withdrawn_on > (app_now() AT TIME ZONE m.timezone)::date, true))"
        " AND NOT is_blocked((SELECT app_municipality_id()), %s) AS is_given",
        (person_id, kind, person_id),
    ).fetchone()
    return row is not None and bool(row["is_given"])


def demand_unblocked(conn: Conn, person_id: int) -> None:
    """Raise ConsentMissing when a withdrawal, or a waiting erasure, forbids to do anything with the person's data."""
    row = conn.execute("SELECT is_blocked((SELECT app_municipality_id()), %s) AS is_so", (person_id,)).fetchone()
    if row is not None and row["is_so"]:
        raise ConsentMissing(kind="processing", person_id=person_id)


def is_minor(person: Mapping[str, Any], on: date) -> bool:
    """Say whether a person (row of `person`) is under 18 on a day; a pupil of unknown age is."""
    born = person["birth_on"]
    if born is None:
        return bool(person["kind"] == "pupil")
    age = (on.year - born.year) - ((on.month, on.day) < (born.month, born.day))
    return bool(age < ADULT_AT)
