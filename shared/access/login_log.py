"""What happens at the door, in the audit log: there nobody has come in yet, so no actor stands in the row.

Ids and codes only: never a login, never a secret. The principal is named where the login was somebody's.
"""

from __future__ import annotations

from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.tenancy import PLATFORM, Tenant, enter

NOBODY = "nobody"
"""Role of whoever stands before the door."""


def record(conn: Conn, action: str, of: Actor | None, *, request_id: str) -> None:
    """Append a row about the principal ``of``, in whose municipality it lies; of nobody: on the platform.

    Enters that tenant. A row for nobody costs as much as one for somebody, so that time does not tell them apart.
    """
    tenant = Tenant(PLATFORM) if of is None else of.tenant
    enter(conn, tenant)
    conn.execute(
        "INSERT INTO audit (municipality_id, school_id, actor_id, actor_role, request_id, action, entity, entity_id)"
        " VALUES (%s, %s, NULL, %s, %s, %s, 'principal', %s)",
        (
            tenant.municipality_id,
            tenant.school_id,
            NOBODY,
            request_id[:100] or None,
            action,
            None if of is None else of.principal_id,
        ),
    )
