"""Sessions of the pages, kept by the server: opened at a login, looked up, touched, ended.

Knows how long one lasts; must not know passwords, cookies or how somebody proved who they are.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from shared.access.model import Actor, Role
from shared.access.tokens import SESSION, digest_of, new_secret, split
from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import Tenant, enter
from shared.errors import NotAuthenticated, NotFound

IDLE = timedelta(hours=1)
"""Without a page opened; NIST SP 800-63B-4, 2.2.3, for authentication with two factors: at most an hour."""
ABSOLUTE = timedelta(hours=12)
"""A working day; there at most 24 hours."""
STEP = timedelta(minutes=5)
"""Between the password and the code."""
_KEPT = timedelta(days=30)
"""How long a session that is over stays in its owner's list."""
_SHOWN = "id, way, browser, created_at, seen_at, least(idle_until, expires_at) AS ends_at"


def open_session(conn: Conn, actor: Actor, *, way: str, browser: str, awaits_code: bool = False) -> tuple[Row, str]:
    """Open a session of the principal; return its row and the plain secret for the cookie, which is not kept.

    The actor's tenant has been entered. ``way``: password or single_sign_on. ``browser``: at most 60 characters.
    """
    secret = new_secret()
    conn.execute(
        "DELETE FROM account_session WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s"
        " AND coalesce(ended_at, least(idle_until, expires_at)) < now() - %s",
        (actor.principal_id, _KEPT),
    )
    row = conn.execute(
        "INSERT INTO account_session (municipality_id, principal_id, secret_hash, way, browser, awaits_code,"
        f" idle_until, expires_at) VALUES (%s, %s, %s, %s, %s, %s, now() + %s, now() + %s) RETURNING {_SHOWN}",
        (
            actor.tenant.municipality_id,
            actor.principal_id,
            secret.digest,
            way,
            browser[:60],
            awaits_code,
            STEP if awaits_code else IDLE,
            STEP if awaits_code else ABSOLUTE,
        ),
    ).fetchone()
    if row is None:
        raise NotFound
    return row, secret.token(SESSION, row["id"])


def is_session(secret: str) -> bool:
    """Say whether a cookie's secret is a session's, rather than a token."""
    return secret.startswith(f"{SESSION}_")


def authenticate_session(conn: Conn, secret: str, *, now: str = "", awaits_code: bool = False) -> Actor:
    """Return whose session it is and enter their tenant. NotAuthenticated for one that is over.

    ``awaits_code``: only a session that waits for its second factor is taken, otherwise only one that does not.
    """
    session_id, plain = split(secret, SESSION)
    row = conn.execute("SELECT * FROM find_session(%s)", (session_id,)).fetchone()
    if row is None or not hmac.compare_digest(row["secret_hash"], digest_of(plain)) or not row["usable"]:
        raise NotAuthenticated
    if row["awaits_code"] != awaits_code:
        raise NotAuthenticated
    tenant = Tenant(row["municipality_id"], row["school_id"])
    enter(conn, tenant, now=now)
    is_use_due = row["is_use_due"] and not awaits_code
    return Actor(row["principal_id"], Role(row["role"]), tenant, session_id=session_id, is_use_due=is_use_due)


def spend(conn: Conn, waiting: Actor) -> None:
    """End a session that waited for its code. NotAuthenticated when it was ended meanwhile, by a new password say."""
    ended = conn.execute(
        "UPDATE account_session SET ended_at = now() WHERE municipality_id = (SELECT app_municipality_id())"
        " AND id = %s AND ended_at IS NULL",
        (waiting.session_id,),
    )
    if ended.rowcount != 1:
        raise NotAuthenticated


def note_use(conn: Conn, actor: Actor) -> None:
    """Write that the actor's session was used, which prolongs it, unless it has ended; its tenant has been entered."""
    conn.execute(
        "UPDATE account_session SET seen_at = now(), idle_until = now() + %s"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s AND ended_at IS NULL",
        (IDLE, actor.session_id),
    )


def living(conn: Conn, principal_id: int, *, after: int = 0, limit: int = 100) -> list[Row]:
    """Return the principal's sessions that open pages now, in id order, without their secrets."""
    return conn.execute(
        f"SELECT {_SHOWN} FROM account_session WHERE municipality_id = (SELECT app_municipality_id())"
        " AND principal_id = %s AND ended_at IS NULL AND NOT awaits_code AND least(idle_until, expires_at) > now()"
        " AND id > %s ORDER BY id LIMIT %s",
        (principal_id, after, limit),
    ).fetchall()


def end(conn: Conn, principal_id: int, session_id: int) -> Row:
    """End one session of the principal; again is no change. NotFound also for somebody else's."""
    row = conn.execute(
        "UPDATE account_session SET ended_at = coalesce(ended_at, now()) WHERE municipality_id ="
        f" (SELECT app_municipality_id()) AND id = %s AND principal_id = %s RETURNING {_SHOWN}",
        (session_id, principal_id),
    ).fetchone()
    if row is None:
        raise NotFound
    return row


def end_all(conn: Conn, principal_id: int, *, but: int | None = None) -> int:
    """End all sessions of the principal except ``but``, also those that wait for a code; return how many."""
    return conn.execute(
        "UPDATE account_session SET ended_at = now() WHERE municipality_id = (SELECT app_municipality_id())"
        " AND principal_id = %s AND ended_at IS NULL AND id IS DISTINCT FROM %s",
        (principal_id, but),
    ).rowcount
