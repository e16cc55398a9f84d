"""`nastavnik account`: what an operator does for somebody who cannot come in by password; knows no password."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from services.cli.shell import SHELL, acting
from services.cli.words import Words, add, group
from shared.access import account_links, audit, principals, second_factor, sessions
from shared.access.reset_letter import PATH
from shared.db.pool import Conn
from shared.db.records import Row
from shared.settings import load_settings

Deed = Callable[[Conn, Row], str]
"""What is done to a principal; returns what is printed."""


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    accounts = group(words, "account", "accounts that enter by password")
    for name, text, action, deed in (
        ("invite", "open an account; print the link that sets its first password", "account.invite", _invite),
        ("reset-link", "print a link that sets a new password", "account.reset_link", _reset),
        ("unlock", "take codes of the second factor again after too many wrong ones", "factor.unlock", _unlock),
        ("factor-off", "turn the second factor off: phone and recovery codes are lost", "factor.off", _factor_off),
        ("end-sessions", "end all sessions at once", "session.end_all", _end_sessions),
    ):
        parser = add(accounts, name, text, _command(action, deed))
        parser.add_argument("--municipality", type=int, required=True, help="0 for administrators")
        parser.add_argument("--principal", type=int, required=True)


def _command(action: str, deed: Deed) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        with acting(options.municipality) as (conn, actor):
            said = deed(conn, principals.get(conn, options.principal))
            audit.record(conn, actor, action, "principal", options.principal)
        print(said)
        return 0

    return run


def _invite(conn: Conn, principal: Row) -> str:
    return _address(account_links.invite(conn, principal, created_by=SHELL)[1])


def _reset(conn: Conn, principal: Row) -> str:
    return _address(account_links.offer_reset(conn, principal, created_by=SHELL)[1])


def _unlock(conn: Conn, principal: Row) -> str:
    second_factor.unlock(conn, principal["id"])
    return "unlocked"


def _factor_off(conn: Conn, principal: Row) -> str:
    second_factor.turn_off(conn, principal["id"])
    return "off"


def _end_sessions(conn: Conn, principal: Row) -> str:
    return f"ended {sessions.end_all(conn, principal['id'])}"


def _address(secret: str) -> str:
    """Without the public address the path alone: it goes behind whatever address people use."""
    return f"{load_settings().public_url.rstrip('/')}{PATH}{secret}"
