"""Coming in by a password, and by a code after it: checked, noted, a session opened. Knows no page and no cookie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from shared.access import accounts, audit, login_log, second_factor, sessions
from shared.access.model import Actor
from shared.access.password_hash import hash_password, is_outdated, verify
from shared.access.sealed import Keys
from shared.db.pool import Conn
from shared.db.tenancy import enter
from shared.errors import NotAuthenticated

PASSWORD = "password"  # noqa: S105 - the way of a session, no secret
"""How a session came to be (`account_session.way`)."""


class LoginRefused(NotAuthenticated):
    """Login or password is wrong."""

    code = "login.refused"
    ru = "Логин или пароль не подошли."


@dataclass(frozen=True, slots=True)
class Entered:
    """The secret for the cookie; ``awaits_code``: it opens nothing before the second factor."""

    secret: str = field(repr=False)
    awaits_code: bool


def by_password(conn: Conn, login: str, password: str, *, browser: str, request_id: str) -> Entered | None:
    """Open a session when the password is right; None otherwise, with the attempt noted: the caller commits it.

    Takes as long, and answers the same, whether the login is nobody's, invited, or somebody's.
    """
    found = accounts.find(conn, login)
    is_right = verify(None if found is None else found.password_hash, password)
    if found is None or found.password_hash is None or not is_right:
        login_log.record(conn, "login.failed", None if found is None else found.actor, request_id=request_id)
        return None
    actor = replace(found.actor, request_id=request_id)
    enter(conn, actor.tenant)
    account = accounts.get(conn, actor.principal_id, locked=True)
    if account is None or account.password_hash != found.password_hash:
        return None  # changed or ended in this very moment
    if is_outdated(found.password_hash):
        accounts.renew_hash(conn, actor.principal_id, hash_password(password))
    return open_for(conn, actor, way=PASSWORD, browser=browser, awaits_code=account.has_factor)


def by_code(conn: Conn, step: str, code: str, keys: Keys, *, browser: str, request_id: str) -> Entered | None:
    """Open a session when the code after a right password is right; None otherwise: the caller commits the count.

    Raises NotAuthenticated when ``step`` has run out, FactorLocked after too many wrong codes.
    """
    waiting = replace(sessions.authenticate_session(conn, step, awaits_code=True), request_id=request_id)
    actor = replace(waiting, session_id=None)
    if not second_factor.check(conn, actor.tenant, actor.principal_id, code, keys):
        audit.record(conn, actor, "login.code_failed", "principal", actor.principal_id)
        return None
    sessions.spend(conn, waiting)
    return open_for(conn, actor, way=PASSWORD, browser=browser)


def open_for(conn: Conn, actor: Actor, *, way: str, browser: str, awaits_code: bool = False) -> Entered:
    """Open a session for somebody who has proved who they are, and note it; the tenant has been entered."""
    row, secret = sessions.open_session(conn, actor, way=way, browser=browser, awaits_code=awaits_code)
    if not awaits_code:
        audit.record(conn, actor, "login", "account_session", row["id"])
    return Entered(secret, awaits_code)


def leave(conn: Conn, secret: str, *, request_id: str) -> None:
    """End the session of a cookie; of one that is over already there is nothing to end. NotAuthenticated."""
    actor = replace(sessions.authenticate_session(conn, secret), request_id=request_id)
    if actor.session_id is not None:
        sessions.end(conn, actor.principal_id, actor.session_id)
        audit.record(conn, actor, "logout", "account_session", actor.session_id)
