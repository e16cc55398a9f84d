"""`nastavnik erasures export`: the erasure log as the database knows it, to be kept apart from its backups."""

from __future__ import annotations

import argparse

import psycopg
from psycopg.rows import dict_row

from services.cli.words import Words, add, group
from shared.db.tenancy import Tenant, enter
from shared.privacy import destruction
from shared.settings import load_settings


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    add(group(words, "erasures", "erasures of people"), "export", "print the erasure log: ids, day, reason", _export)


def _export(_options: argparse.Namespace) -> int:
    """Print one JSON line an erasure that was done, as the auditor, who can change nothing."""
    url = load_settings().need("auditor_database_url")
    with psycopg.connect(url, row_factory=dict_row, autocommit=True) as conn:
        for place in [row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id")]:
            with conn.transaction():
                enter(conn, Tenant(place))
                for line in destruction.done(conn):
                    print(line.text())
    return 0
