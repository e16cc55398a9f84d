"""`nastavnik admin`, `nastavnik token`: the first administrator and the tokens of principals."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator

from services.cli.shell import acting
from services.cli.words import Words, add, group
from shared.access import account_tokens, audit, principals
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.records import Row
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


def _in_tenant(municipality_id: int, action: Callable[[Conn, Actor], str]) -> int:
    with acting(municipality_id) as (conn, actor):
        said = action(conn, actor)
    print(said)
    return 0


def _list(options: argparse.Namespace) -> int:
    return _in_tenant(options.municipality, lambda conn, _: "\n".join(_lines(conn, options.principal)))


def _lines(conn: Conn, principal_id: int | None) -> Iterator[str]:
    after = 0
    while rows := account_tokens.tokens(conn, principal_id, after=after, limit=_PAGE):
        after = rows[-1]["id"]
        yield from (json.dumps(row, default=str, ensure_ascii=False) for row in rows)


def _grant(options: argparse.Namespace) -> int:
    def grant(conn: Conn, actor: Actor) -> str:
        principal = principals.get(conn, options.principal)
        how = {"label": options.label, "days": options.days, "scopes": options.scope}
        return _shown(conn, actor, "token.grant", account_tokens.grant(conn, principal, **how))

    return _in_tenant(options.municipality, grant)


def _revoke(options: argparse.Namespace) -> int:
    def revoke(conn: Conn, actor: Actor) -> str:
        row = account_tokens.revoke(conn, options.token)
        audit.record(conn, actor, "token.revoke", "token", row["id"])
        return f"revoked {row['id']}"

    return _in_tenant(options.municipality, revoke)


def _rotate(options: argparse.Namespace) -> int:
    def rotate(conn: Conn, actor: Actor) -> str:
        return _shown(conn, actor, "token.rotate", account_tokens.rotate(conn, options.token))

    return _in_tenant(options.municipality, rotate)


def _shown(conn: Conn, actor: Actor, action: str, granted: tuple[Row, str]) -> str:
    """Note the deed in the audit log; return the secret, to be printed this once."""
    row, plain = granted
    audit.record(conn, actor, action, "token", row["id"])
    return plain
