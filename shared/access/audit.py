"""One row a deed: who did what to which row, with ids and codes only; appended in the deed's transaction."""

from __future__ import annotations

from uuid import UUID

from shared.access.model import Actor
from shared.db.pool import Conn


def record(
    conn: Conn,
    actor: Actor,
    action: str,
    entity: str,
    entity_id: int | None,
    *,
    entity_uuid: UUID | None = None,
    programme_id: int | None = None,
) -> None:
    """Append to the audit log of the actor's municipality; ``entity_uuid`` names rows that have no number."""
    conn.execute(
        "INSERT INTO audit (municipality_id, school_id, actor_id, actor_role, request_id, action, entity, entity_id,"
        " entity_uuid, programme_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            actor.tenant.municipality_id,
            actor.tenant.school_id,
            actor.principal_id,
            actor.role.value,
            actor.request_id[:100] or None,
            action,
            entity,
            entity_id,
            entity_uuid,
            programme_id,
        ),
    )
