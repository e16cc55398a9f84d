"""A token of an administrator for the length of one run; knows accounts, nothing of what is done with the token."""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from shared.access import account_tokens, principals
from shared.access.model import Role
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.errors import NotFound, RuleBroken
from shared.settings import Settings

LABEL = "seed"


def first_administrator(settings: Settings) -> str | None:
    """Make the first administrator and return the token; None when there is an administrator already."""
    try:
        return principals.bootstrap(settings.need("owner_database_url"), name="Администратор системы", label=LABEL)
    except RuleBroken:
        return None


def token_for_a_day(settings: Settings) -> str:
    """Grant the administrator that exists a token of one day, as `nastavnik token grant` does. NotFound: nobody."""
    with psycopg.connect(settings.need("database_url"), row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(PLATFORM))
        for row in principals.page(conn, after=0, limit=500):
            if row["role"] == Role.ADMIN and row["ended_at"] is None:
                return account_tokens.grant(conn, row, label=LABEL, days=1)[1]
    raise NotFound
