"""`nastavnik`: what operators do from a shell; parses words, calls the verbs, prints sentences."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from services.generated import stale_files, write_files
from shared.access import principals
from shared.db.invariants import rules
from shared.db.migrate import MigrationError, migrate
from shared.db.tenancy import Tenant, enter
from shared.errors import FieldsInvalid, NastavnikError
from shared.pack.check import memo, render_text
from shared.pack.library import shipped
from shared.pack.load import load_pack
from shared.pack.problems import PackInvalid
from shared.programme import diagram, store
from shared.programme.history import verify
from shared.programme.invariants import violations
from shared.settings import SettingInvalid, load_settings

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status: 0 done, 1 refused or found wanting, 2 misused."""
    options = _parser().parse_args(arguments)
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
    except (MigrationError, SettingInvalid, psycopg.OperationalError, OSError) as error:
        print(f"nastavnik: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nastavnik", description="School mentoring programmes.")
    parser.add_argument("--lang", choices=("ru", "en"), default="ru", help="language of the sentences")
    words = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(words, "migrate", "bring the database schema up to date", _migrate)
    check = _add(_group(words, "pack", "methodology packs"), "check", "check a pack, print its memo", _check_pack)
    check.add_argument("file", type=Path, nargs="?", help="YAML; the shipped pack of order 428 by default")
    draw = _add(words, "diagram", "print the stages of a pack as Mermaid or SVG", _diagram)
    draw.add_argument("file", type=Path, nargs="?")
    draw.add_argument("--svg", action="store_true")
    admin = _add(_group(words, "admin", "administrators"), "bootstrap", "make the first administrator", _bootstrap)
    admin.add_argument("--name", default="Администратор системы")
    _add_token_commands(_group(words, "token", "tokens of principals"))
    audit = _add(_group(words, "audit", "histories"), "verify", "check the hash chain of every programme", _verify)
    audit.add_argument("--municipality", type=int, action="append", help="only this one; may be repeated")
    invariants = _add(words, "invariants", "hold every municipality against what must always be true", _invariants)
    invariants.add_argument("--municipality", type=int, action="append", help="only this one; may be repeated")
    invariants.add_argument("--quiescent", action="store_true", help="nothing is asked for now: no job may be open")
    _add(words, "generate", "write all generated files anew", _generate)
    _add(words, "schema", "write shared/db/schema.sql anew from the migrations", _schema)
    _add(words, "verify", "fail when a generated file is stale", _verify_generated)
    return parser


def _group(
    words: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return words.add_parser(name, help=text).add_subparsers(required=True, metavar="COMMAND")


def _add(
    words: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, command: Command
) -> argparse.ArgumentParser:
    parser = words.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    return parser


def _add_token_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, text, command in (
        ("grant", "grant a token; its secret is printed this once", _grant),
        ("revoke", "revoke a token at once", _revoke),
        ("rotate", "revoke a token and grant its successor", _rotate),
    ):
        parser = _add(words, name, text, command)
        parser.add_argument("--municipality", type=int, required=True, help="0 for administrators")
        if name == "grant":
            parser.add_argument("--principal", type=int, required=True)
            parser.add_argument("--label", default="cli")
            parser.add_argument("--days", type=int, default=principals.DEFAULT_DAYS)
        else:
            parser.add_argument("--token", type=int, required=True, help="the number in nst_<number>_...")


def _migrate(_options: argparse.Namespace) -> int:
    applied = migrate(load_settings().need("owner_database_url"))
    print("\n".join(applied) if applied else "up to date")
    return 0


def _check_pack(options: argparse.Namespace) -> int:
    print(render_text(memo(load_pack(_pack_bytes(options.file))), options.lang))
    return 0


def _diagram(options: argparse.Namespace) -> int:
    pack = load_pack(_pack_bytes(options.file))
    print(diagram.svg(pack, current=None, lang=options.lang) if options.svg else diagram.mermaid(pack, options.lang))
    return 0


def _pack_bytes(path: Path | None) -> bytes:
    return path.read_bytes() if path else shipped("order_428", 1).text.encode()


def _bootstrap(options: argparse.Namespace) -> int:
    print(principals.bootstrap(load_settings().need("owner_database_url"), name=options.name))
    return 0


def _in_tenant(municipality_id: int, action: Callable[[psycopg.Connection[dict[str, object]]], str]) -> int:
    with psycopg.connect(load_settings().need("database_url"), row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(municipality_id))
        print(action(conn))
    return 0


def _grant(options: argparse.Namespace) -> int:
    return _in_tenant(
        options.municipality,
        lambda conn: principals.grant(
            conn, principals.get(conn, options.principal), label=options.label, days=options.days
        )[1],
    )


def _revoke(options: argparse.Namespace) -> int:
    return _in_tenant(options.municipality, lambda conn: f"revoked {principals.revoke(conn, options.token)['id']}")


def _rotate(options: argparse.Namespace) -> int:
    return _in_tenant(options.municipality, lambda conn: principals.rotate(conn, options.token)[1])


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
                    print(
                        json.dumps(
                            {
                                "municipality": municipality_id,
                                "programme": row["id"],
                                "seq": fault.seq,
                                "fault": fault.en,
                            }
                        )
                    )
    print(f"histories checked: {checked}, contradictory: {faults}")
    return 1 if faults else 0


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
    print("\n".join(map(str, write_files())) or "all fresh")
    return 0


def _verify_generated(_options: argparse.Namespace) -> int:
    stale = stale_files()
    for path in stale:
        print(f"stale: {path} (run: python -m services.cli generate)", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
