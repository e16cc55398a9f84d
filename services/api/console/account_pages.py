"""The page of one's own account: who one is, where one has entered, and the forms that end sessions or change the
password. What is asked for there, the password proves; the second factor has pages of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from services.api.attempts import CHECK
from services.api.console.account_words import ALL_ROLES
from services.api.console.head import page
from services.api.console.own_forms import own_form
from services.api.console.password_links import new_password_problems
from services.api.console.words import moment_text, speaker
from services.api.language import language
from services.api.request_scope import scope, scoped, state
from shared.access import account_links, accounts, audit, passwords, principals, second_factor, sessions
from shared.access.accounts import Account
from shared.access.password_hash import hash_password, verify
from shared.access.reading import local_times
from shared.db.records import Row
from shared.errors import NotFound

SAID = frozenset({"said_password", "said_session", "said_sessions", "said_factor_off"})


@dataclass(frozen=True, slots=True)
class Who:
    """The principal, in words."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session that opens pages now."""

    id: int
    browser: str
    since: str
    seen: str
    is_this: bool
    is_single_sign_on: bool


def add_account_pages(blueprint: Blueprint) -> None:
    """Add the page and its forms."""
    blueprint.add_url_rule("/account", "account", account, methods=["GET"])
    blueprint.add_url_rule("/account/password", "change_password", change_password, methods=["POST"])
    blueprint.add_url_rule("/account/sessions/end", "end_other_sessions", end_others, methods=["POST"])
    blueprint.add_url_rule("/account/sessions/<id:session_id>/end", "end_session", end_session, methods=["POST"])


@scoped("account.own")
def account() -> Response:
    """Who I am and where I have entered."""
    said = request.args.get("said", "")
    return account_page(said=said if said in SAID else None)


@own_form
@scoped("account.own")
def end_session(session_id: int) -> Response:
    """The button «end» of another session; pressed twice it changes nothing."""
    actor = scope().actor
    sessions.end(scope().conn, actor.principal_id, session_id)
    audit.record(scope().conn, actor, "session.end", "account_session", session_id)
    return back("said_session")


@own_form
@scoped("account.own")
def end_others() -> Response:
    """The button «end all others»; of somebody with a token, all."""
    actor = scope().actor
    sessions.end_all(scope().conn, actor.principal_id, but=actor.session_id)
    audit.record(scope().conn, actor, "session.end_all", "principal", actor.principal_id)
    return back("said_sessions")


@own_form
@scoped("account.own")
def change_password() -> Response:
    """Change the password, which takes the old one; end all other sessions and stop the links to set one."""
    conn, actor = scope().conn, scope().actor
    held = password_holder()
    password = request.form.get("password", "")
    if not is_own_password(held, request.form.get("old", "")):
        return account_page(wrong=[speaker(language())("old_password_wrong")])
    wrong = new_password_problems(password, request.form.get("again", ""), held)
    if wrong:
        return account_page(wrong=[one.text(language()) for one in wrong])
    accounts.set_password(conn, actor.principal_id, hash_password(password))
    account_links.revoke_all(conn, actor.principal_id)
    sessions.end_all(conn, actor.principal_id, but=actor.session_id)
    audit.record(conn, actor, "password.change", "principal", actor.principal_id)
    return back("said_password")


def password_holder() -> Account:
    """Return the reader's account, locked; NotFound for somebody who does not enter by password."""
    found = accounts.get(scope().conn, scope().actor.principal_id, locked=True)
    if found is None or not found.has_password:
        raise NotFound
    return found


def is_own_password(held: Account, password: str) -> bool:
    """Return whether the password is the reader's; a wrong one is noted. TooManyAttempts, LoginClosed."""
    actor = scope().actor
    state().attempts.count(CHECK, str(actor.principal_id))
    if verify(held.password_hash, password):
        return True
    audit.record(scope().conn, actor, "password.check_failed", "principal", actor.principal_id)
    return False


def back(said: str) -> Response:
    """Return to the account's page, which says what was done."""
    return redirect(url_for("console.account", said=said), 303)  # type: ignore[return-value]


def account_page(*, wrong: Sequence[str] = (), said: str | None = None) -> Response:
    """Return the page; with ``wrong`` it is a refused form's, 422."""
    conn, actor, say = scope().conn, scope().actor, speaker(language())
    rows = sessions.living(conn, actor.principal_id)
    response = page(
        "account.html",
        who=_who(),
        account=accounts.get(conn, actor.principal_id),
        sessions=_lines(rows),
        codes_left=second_factor.codes_left(conn, actor.principal_id),
        has_key=bool(state().keys.by_name),
        has_others=any(row["id"] != actor.session_id for row in rows),
        wrong=list(wrong),
        said=say(said) if said else None,
        shortest=passwords.SHORTEST,
        longest=passwords.LONGEST,
    )
    response.status_code = 422 if wrong else 200
    return response


def _who() -> Who:
    actor = scope().actor
    return Who(principals.get(scope().conn, actor.principal_id)["name"], ALL_ROLES[actor.role].text(language()))


def _lines(rows: Sequence[Row]) -> list[SessionLine]:
    conn, actor, lang = scope().conn, scope().actor, language()
    local = local_times(conn, [at for row in rows for at in (row["created_at"], row["seen_at"])])

    def at(moment: datetime) -> str:
        return moment_text(local.get(moment, moment), lang)  # the platform has no zone of its own: UTC

    def line(row: dict[str, Any]) -> SessionLine:
        return SessionLine(
            id=row["id"],
            browser=row["browser"] or speaker(lang)("browser_unknown"),
            since=at(row["created_at"]),
            seen=at(row["seen_at"]),
            is_this=row["id"] == actor.session_id,
            is_single_sign_on=row["way"] == "single_sign_on",
        )

    return [line(row) for row in rows]
