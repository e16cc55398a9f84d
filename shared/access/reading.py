"""What readers of a municipality see beside ids and instants: names of principals, local times; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.db.pool import Conn


def principal_names(conn: Conn, ids: Iterable[int]) -> Mapping[int, str]:
    """Return the names of the tenant's principals by id; those of other tenants are left out."""
    rows = conn.execute(
        "SELECT id, name FROM principal WHERE municipality_id = (SELECT app_municipality_id()) AND id = ANY(%s)",
        (sorted(set(ids)),),
    ).fetchall()
    return {row["id"]: row["name"] for row in rows}


def local_times(conn: Conn, instants: Iterable[datetime]) -> Mapping[datetime, datetime]:
    """Return each instant on the municipality's clock, without a zone: the database alone needs to know zones."""
    rows = conn.execute(
        "SELECT t.at, t.at AT TIME ZONE m.timezone AS local_at FROM unnest(%s::timestamptz[]) AS t (at)"
        " CROSS JOIN municipality m WHERE m.id = (SELECT app_municipality_id())",
        (sorted(set(instants)),),
    ).fetchall()
    return {row["at"]: row["local_at"] for row in rows}
