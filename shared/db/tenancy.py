"""Who a transaction acts for; the policies of the tables read what is set here.

Only ``set_config(.., true)`` inside a transaction is used: a session setting would leak to the next borrower.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.pq import TransactionStatus

from shared.db.pool import Conn

PLATFORM = 0
"""Municipality of administrators: they act in it, or inside one they name."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """``school_id`` None: all schools of the municipality; ``subject_id``: the one row a personal link is about.

    ``link_id``: the personal link itself, None for accounts.
    """

    municipality_id: int
    school_id: int | None = None
    subject_id: int | None = None
    link_id: int | None = None


def enter(conn: Conn, tenant: Tenant, *, now: str = "") -> None:
    """Set the tenant (and the fixed instant, '' for the real clock) for the rest of the open transaction."""
    if conn.info.transaction_status is not TransactionStatus.INTRANS:
        raise RuntimeError("a tenant is entered inside a transaction only")
    conn.execute(
        "SELECT set_config('app.municipality_id', %s, true), set_config('app.school_id', %s, true),"
        " set_config('app.subject_id', %s, true), set_config('app.link_id', %s, true), set_config('app.now', %s, true)",
        (
            str(tenant.municipality_id),
            "all" if tenant.school_id is None else str(tenant.school_id),
            "" if tenant.subject_id is None else str(tenant.subject_id),
            "" if tenant.link_id is None else str(tenant.link_id),
            now,
        ),
    )
