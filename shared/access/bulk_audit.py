"""The audit rows of one deed that touches many rows, in one statement; ids and codes only."""

from __future__ import annotations

from collections.abc import Sequence

from shared.access.model import Actor
from shared.db.pool import Conn


def record_each(
    conn: Conn,
    actor: Actor,
    action: str,
    entity: str,
    entity_ids: Sequence[int],
    *,
    programme_id: int | None = None,
) -> None:
    """Append one row for each id, as `audit.record` would."""
    if not entity_ids:
        return
    conn.execute(
        "INSERT INTO audit (municipality_id, school_id, actor_id, actor_role, request_id, action, entity,"
        " programme_id, entity_id) SELECT %s, %s, %s, %s, %s, %s, %s, %s, entity_id"
        " FROM unnest(%s::bigint[]) AS e (entity_id)",
        (
            actor.tenant.municipality_id,
            actor.tenant.school_id,
            actor.principal_id,
            actor.role.value,
            actor.request_id[:100] or None,
            action,
            entity,
            programme_id,
            list(entity_ids),
        ),
    )
