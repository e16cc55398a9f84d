"""`nastavnik migrate`, `invariants`, and the files made from code: `generate`, `schema`, `verify`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from services.cli.words import Words, add
from shared.db.invariants import rules
from shared.db.migrate import migrate
from shared.programme.invariants import violations
from shared.settings import load_settings


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    add(words, "migrate", "bring the database schema up to date", _migrate)
    invariants = add(words, "invariants", "hold every municipality against what must always be true", _invariants)
    invariants.add_argument("--municipality", type=int, action="append", help="only this one; may be repeated")
    invariants.add_argument("--quiescent", action="store_true", help="nothing is asked for now: no job may be open")
    add(words, "generate", "write all generated files anew", _generate)
    add(words, "schema", "write shared/db/schema.sql anew from the migrations", _schema)
    add(words, "verify", "fail when a generated file is stale", _verify)


def _migrate(_options: argparse.Namespace) -> int:
    applied = migrate(load_settings().need("owner_database_url"))
    print("\n".join(applied) if applied else "up to date")
    return 0


def _invariants(options: argparse.Namespace) -> int:
    """Print one JSON line a broken rule and row, and a summary."""
    found = 0
    for violation in violations(
        load_settings().need("auditor_database_url"),
        municipalities=options.municipality or (),
        is_quiescent=options.quiescent,
    ):
        found += 1
        print(json.dumps({"invariant": violation.invariant, **asdict(violation)}, default=str))
    print(f"rules: {len(rules())}, violations: {found}")
    return 1 if found else 0


def _schema(_options: argparse.Namespace) -> int:
    # The servers are for development only: a release has neither them nor a use for this command.
    from services.schema_file import write

    print("shared/db/schema.sql" if write() else "fresh")
    return 0


def _generate(_options: argparse.Namespace) -> int:
    from services.generated import write_files  # makes the whole application; the other commands need none of it

    print("\n".join(map(str, write_files())) or "all fresh")
    return 0


def _verify(_options: argparse.Namespace) -> int:
    from services.generated import stale_files

    stale = stale_files()
    for path in stale:
        print(f"stale: {path} (run: python -m services.cli generate)", file=sys.stderr)
    return 1 if stale else 0
