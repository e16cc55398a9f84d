"""What readers of a municipality see beside ids and instants: names of principals, local times; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.pool import Conn


@dataclass(frozen=True, slots=True)
class Deed:
    """A row of the audit log about something that has a uuid; ``actor_id`` is a principal's, None for the engine."""

    action: str
    at: datetime
    actor_id: int | None
    actor_role: str
    request_id: str | None


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


def deeds(conn: Conn, entity: str, entity_uuid: UUID) -> list[Deed]:
    """Return what was done to the row, in its order; whether the reader may see the row is the caller's to know."""
    rows = conn.execute(
        "SELECT action, at, actor_id, actor_role, request_id FROM audit"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND entity = %s AND entity_uuid = %s ORDER BY id",
        (entity, entity_uuid),
    ).fetchall()
    return [Deed(**row) for row in rows]
