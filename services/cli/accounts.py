"""`nastavnik admin`, `nastavnik token`: the first administrator and the tokens of principals."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import psycopg
from psycopg.rows import dict_row

from services.cli.words import Words, add, group
from shared.access import principals
from shared.db.tenancy import Tenant, enter
from shared.settings import load_settings


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    admin = add(group(words, "admin", "administrators"), "bootstrap", "make the first administrator", _bootstrap)
    admin.add_argument("--name", default="Администратор системы")
    tokens = group(words, "token", "tokens of principals")
    for name, text, command in (
        ("grant", "grant a token; its secret is printed this once", _grant),
        ("revoke", "revoke a token at once", _revoke),
        ("rotate", "revoke a token and grant its successor", _rotate),
    ):
        parser = add(tokens, name, text, command)
        parser.add_argument("--municipality", type=int, required=True, help="0 for administrators")
        if name == "grant":
            parser.add_argument("--principal", type=int, required=True)
            parser.add_argument("--label", default="cli")
            parser.add_argument("--days", type=int, default=principals.DEFAULT_DAYS)
        else:
            parser.add_argument("--token", type=int, required=True, help="the number in nst_<number>_...")


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
