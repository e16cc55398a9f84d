"""`nastavnik admin`, `nastavnik token`: the first administrator and the tokens of principals."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator

import psycopg
from psycopg.rows import dict_row

from services.cli.words import Words, add, group
from shared.access import account_tokens, principals
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.settings import load_settings

_PAGE = 500


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    admin = add(group(words, "admin", "administrators"), "bootstrap", "make the first administrator", _bootstrap)
    admin.add_argument("--name", default="Администратор системы")
    tokens = group(words, "token", "tokens of principals")
    listed = add(tokens, "list", "what tokens there are, a JSON line each, without their secrets", _list)
    listed.add_argument("--municipality", type=int, required=True, help="0 for administrators")
    listed.add_argument("--principal", type=int)
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
            parser.add_argument("--days", type=int, default=account_tokens.DEFAULT_DAYS)
            parser.add_argument("--scope", action="append", help="such as programmes.* or *.read; may be repeated")
        else:
            parser.add_argument("--token", type=int, required=True, help="the number in nst_<number>_...")


def _bootstrap(options: argparse.Namespace) -> int:
    print(principals.bootstrap(load_settings().need("owner_database_url"), name=options.name))
    return 0


def _in_tenant(municipality_id: int, action: Callable[[Conn], str]) -> int:
    with psycopg.connect(load_settings().need("database_url"), row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(municipality_id))
        print(action(conn))
    return 0


def _list(options: argparse.Namespace) -> int:
    return _in_tenant(options.municipality, lambda conn: "\n".join(_lines(conn, options.principal)))


def _lines(conn: Conn, principal_id: int | None) -> Iterator[str]:
    after = 0
    while rows := account_tokens.tokens(conn, principal_id, after=after, limit=_PAGE):
        after = rows[-1]["id"]
        yield from (json.dumps(row, default=str, ensure_ascii=False) for row in rows)


def _grant(options: argparse.Namespace) -> int:
    return _in_tenant(
        options.municipality,
        lambda conn: account_tokens.grant(
            conn,
            principals.get(conn, options.principal),
            label=options.label,
            days=options.days,
            scopes=options.scope,
        )[1],
    )


def _revoke(options: argparse.Namespace) -> int:
    return _in_tenant(options.municipality, lambda conn: f"revoked {account_tokens.revoke(conn, options.token)['id']}")


def _rotate(options: argparse.Namespace) -> int:
    return _in_tenant(options.municipality, lambda conn: account_tokens.rotate(conn, options.token)[1])
