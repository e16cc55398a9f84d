"""The page behind an invitation or a reset link: it sets the password, once. Opening it uses nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from services.api.attempts import LINK_ADDRESS
from services.api.client_address import client_address
from services.api.console.own_forms import demand_own_site
from services.api.language import language
from services.api.request_scope import state
from shared.access import account_links, accounts, audit, passwords, second_factor, sessions
from shared.access.account_links import AccountLinkNotValid, OpenLink, Purpose
from shared.access.accounts import Account
from shared.access.password_hash import hash_password
from shared.access.passwords import Weakness, weaknesses
from shared.db.pool import Conn

DIFFERENT = Weakness("password.different", "Пароли в двух полях разные.", "The two passwords differ.")


def add_password_links(blueprint: Blueprint) -> None:
    """Add /password/<link>."""
    blueprint.add_url_rule("/password/<link>", "set_password", show, methods=["GET"])
    blueprint.add_url_rule("/password/<link>", "take_password", take, methods=["POST"])


def show(link: str) -> Response:
    """The form. A mail program may open the address before its reader does: nothing is used up."""
    state().attempts.count(LINK_ADDRESS, client_address())
    with state().database.transaction() as conn:
        opened, account = _read(conn, link)
    return _form(opened, account, ())


def take(link: str) -> Response:
    """Set the password and end every session; whoever comes second with the same link is told so."""
    demand_own_site()
    state().attempts.count(LINK_ADDRESS, client_address())
    password = request.form.get("password", "")
    with state().database.transaction() as conn:
        opened, account = _read(conn, link)
    wrong = new_password_problems(password, request.form.get("again", ""), account)
    if wrong:
        return _form(opened, account, wrong)
    digest = hash_password(password)
    with state().database.transaction() as conn:
        opened, _ = _read(conn, link, locked=True)
        is_by_hand = account_links.use(conn, opened)
        if is_by_hand:  # letters are asked for without end: whoever reads the mailbox could try as many codes
            second_factor.unlock(conn, opened.actor.principal_id)
        accounts.set_password(conn, opened.actor.principal_id, digest)
        sessions.end_all(conn, opened.actor.principal_id)
        action = "password.set" if opened.purpose is Purpose.INVITATION else "password.reset"
        actor = replace(opened.actor, request_id=g.request_id)
        audit.record(conn, actor, action, "account_link", opened.id)
    return make_response(redirect(url_for("console.enter", said="password_set"), 303))


def new_password_problems(password: str, again: str, account: Account) -> list[Weakness]:
    """Return all that is wrong with a new password typed twice."""
    found = weaknesses(password, own=(account.name, account.login))
    return found if password == again else [*found, DIFFERENT]


def _read(conn: Conn, link: str, *, locked: bool = False) -> tuple[OpenLink, Account]:
    opened = account_links.read(conn, link)
    account = accounts.get(conn, opened.actor.principal_id, locked=locked)
    if account is None:
        raise AccountLinkNotValid
    return opened, account


def _form(opened: OpenLink, account: Account, wrong: Sequence[Weakness]) -> Response:
    page = render_template(
        "set_password.html",
        is_first=opened.purpose is Purpose.INVITATION,
        account=account,
        shortest=passwords.SHORTEST,
        longest=passwords.LONGEST,
        wrong=[one.text(language()) for one in wrong],
    )
    return make_response(page, 422 if wrong else 200)
