"""Deeds in the audit log of one municipality, and what the check of its chain says; knows no way of tampering."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from psycopg.rows import dict_row

from shared.access import audit, heads
from shared.access.chain_check import AuditReport, check
from shared.access.model import Actor, Role
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant, enter

MUNICIPALITY = 7
KEY = heads.load_private(heads.new_key())
PUBLIC = KEY.public_key()
Tamper = Callable[..., None]


def api(dsns: dict[str, str], municipality: int) -> Conn:
    """Open a transaction of the API's role; committed when its block ends."""
    conn = psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row)
    conn.execute("SELECT 1")
    enter(conn, Tenant(municipality))
    return conn


def record(conn: Conn, action: str, entity_id: int, *, municipality: int = MUNICIPALITY) -> None:
    """Do one deed."""
    actor = Actor(1, Role.METHODIST, Tenant(municipality), "request")
    audit.record(conn, actor, action, "school", entity_id)


def report(
    dsns: dict[str, str], *, kept: list[heads.Head] | None = None, municipality: int = MUNICIPALITY
) -> AuditReport:
    """Check the chain, by the heads that were kept elsewhere when there are any."""
    with psycopg.connect(dsns["nastavnik_auditor"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(municipality))
        return check(conn, municipality, heads=kept or (), keys=[PUBLIC])


def signed(dsns: dict[str, str], engine: Database) -> list[heads.Head]:
    """Write the head that is due and return the copy that lies elsewhere."""
    with engine.transaction() as conn:
        enter(conn, Tenant(MUNICIPALITY))
        head = heads.write_head(conn, MUNICIPALITY, KEY)
    assert head is not None
    return heads.read_lines([head.line()])


def said(found: AuditReport) -> list[str]:
    """Return the sentences about what does not fit."""
    return [fault.en for fault in found.faults]
