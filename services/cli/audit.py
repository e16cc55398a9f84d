"""`nastavnik audit`: whether the histories hold."""

from __future__ import annotations

import argparse
import json

import psycopg
from psycopg.rows import dict_row

from services.cli.words import Words, add, group
from shared.db.tenancy import Tenant, enter
from shared.programme import store
from shared.programme.history import verify
from shared.settings import load_settings


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    audit = add(group(words, "audit", "histories"), "verify", "check the hash chain of every programme", _verify)
    audit.add_argument("--municipality", type=int, action="append", help="only this one; may be repeated")


def _verify(options: argparse.Namespace) -> int:
    """Check every history; prints one JSON line a programme that does not hold, and a summary."""
    checked, faults = 0, 0
    with psycopg.connect(load_settings().need("auditor_database_url"), row_factory=dict_row) as conn:
        ids = options.municipality or [row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id")]
        for municipality_id in ids:
            enter(conn, Tenant(municipality_id))
            for row in conn.execute("SELECT id FROM programme ORDER BY id").fetchall():
                fault = verify(item.event for item in store.all_events(conn, row["id"]))
                checked += 1
                if fault is not None:
                    faults += 1
                    place = {"municipality": municipality_id, "programme": row["id"], "seq": fault.seq}
                    print(json.dumps({**place, "fault": fault.en}))
    print(f"histories checked: {checked}, contradictory: {faults}")
    return 1 if faults else 0
