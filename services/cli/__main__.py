"""`python -m services.cli`, `nastavnik`: parses words, calls the verbs, prints sentences."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import psycopg

from services.cli import accounts, audit, database, erasures, jobs, packs, passwords
from services.cli.words import Command
from shared.access.heads import HeadUnreadable, KeyUnreadable
from shared.db.migrate import MigrationError
from shared.errors import FieldsInvalid, NastavnikError
from shared.pack.problems import PackInvalid
from shared.settings import SettingInvalid

GROUPS = (database, packs, accounts, passwords, audit, jobs, erasures)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status: 0 done, 1 refused or found wanting, 2 misused."""
    options = build_parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except PackInvalid as error:
        for problem in error.problems:
            print(f"{problem.line}: {problem.path}: {problem.message(options.lang)}")
        return 1
    except FieldsInvalid as error:
        print("; ".join(item.ru if options.lang == "ru" else item.en for item in error.errors), file=sys.stderr)
    except NastavnikError as error:
        print(f"nastavnik: {error.text(options.lang)}", file=sys.stderr)
    except (MigrationError, SettingInvalid, KeyUnreadable, HeadUnreadable, psycopg.OperationalError, OSError) as error:
        print(f"nastavnik: {error}", file=sys.stderr)
    return 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="nastavnik", description="School mentoring programmes.")
    parser.add_argument("--lang", choices=("ru", "en"), default="ru", help="language of the sentences")
    words = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_commands(words)
    return parser


if __name__ == "__main__":
    sys.exit(main())
