"""An operator's shell as an actor inside one municipality; knows no command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import dict_row

from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.settings import load_settings

SHELL = 0
"""Nobody's account: in the audit log and in the cause of a job it stands for an operator's shell."""


@contextmanager
def acting(municipality_id: int) -> Iterator[tuple[Conn, Actor]]:
    """Open a transaction of the API's role in the municipality, kept at the end."""
    tenant = Tenant(municipality_id)
    with psycopg.connect(load_settings().need("database_url"), row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, tenant)
        yield conn, Actor(SHELL, Role.ADMIN, tenant, "cli")
