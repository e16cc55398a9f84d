"""Identities: which principal a subject of the single sign-on is; bound, found, unbound. Never commits.

Knows no HTTP and no token: that somebody is the subject was proved before.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from shared.access import accounts, audit
from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.errors import Forbidden, NotFound, RecordEnded, RuleBroken

_SHOWN = "id, principal_id, issuer, subject, created_at, created_by"


class SubjectUnknown(Forbidden):
    """You are signed on, but nobody here has your address: ask whoever keeps the accounts to invite it."""

    code = "sign_on.unknown"
    ru = "Единый вход вас узнал, но учётной записи с вашим адресом здесь нет: попросите пригласить вас."


class AddressNotVerified(Forbidden):
    """The single sign-on does not say that it has verified your e-mail address, so it cannot be relied on here."""

    code = "sign_on.address"
    ru = "Единый вход не подтверждает, что проверил ваш адрес почты, поэтому узнать вас по нему нельзя."


class BoundToAnother(Forbidden):
    """Another person of the single sign-on enters this account: ask whoever keeps the accounts to unbind them."""

    code = "sign_on.bound"
    ru = "В эту учётную запись входит другой человек из единого входа: попросите отвязать его."


class SignOnSpent(Forbidden):
    """This sign-in was used already: begin again."""

    code = "sign_on.spent"
    ru = "Этот вход уже использован: начните заново."


def person(conn: Conn, *, issuer: str, subject: str, email: str, request_id: str) -> Actor:
    """Return who the subject is and enter their tenant; the first time by the ``email`` that the issuer verified.

    Raises AddressNotVerified for ``email`` '', SubjectUnknown when nobody has that login or an administrator has (they
    are bound by hand alone), BoundToAnother when the one who has it enters as another subject: an address may have been
    given to somebody else since.
    """
    actor = _bound(conn, issuer, subject, request_id)
    if actor is None:
        return _known_by_address(conn, issuer, subject, email, request_id)
    enter(conn, actor.tenant)
    return actor


def _bound(conn: Conn, issuer: str, subject: str, request_id: str) -> Actor | None:
    row = conn.execute("SELECT * FROM find_identity(%s, %s)", (issuer, subject)).fetchone()
    if row is None:
        return None
    tenant = Tenant(row["municipality_id"], row["school_id"])
    return Actor(row["principal_id"], Role(row["role"]), tenant, request_id)


def _known_by_address(conn: Conn, issuer: str, subject: str, email: str, request_id: str) -> Actor:
    if not email:
        raise AddressNotVerified
    # Mail servers do not agree on letters beyond ASCII: two mailboxes may look like one login.
    is_plain = email.isascii() and email.isprintable() and " " not in email
    found = accounts.find(conn, email) if is_plain else None
    if found is None or found.actor.role is Role.ADMIN:
        raise SubjectUnknown
    actor = replace(found.actor, request_id=request_id)
    enter(conn, actor.tenant)
    if _insert(conn, actor.tenant.municipality_id, actor.principal_id, issuer, subject, by=None) is not None:
        audit.record(conn, actor, "identity.bind", "principal", actor.principal_id)
    elif _bound(conn, issuer, subject, request_id) != actor:  # the same person may have come twice at once
        raise BoundToAnother
    return actor


def spend(conn: Conn, nonce: str) -> None:
    """Let the nonce of a finished sign-in never come again; SignOnSpent when it has come before.

    Enters the platform: the caller enters the person's tenant afterwards.
    """
    enter(conn, Tenant(PLATFORM))
    conn.execute("DELETE FROM spent_nonce WHERE municipality_id = 0 AND spent_at < now() - interval '1 day'")
    digest = hashlib.sha256(nonce.encode()).digest()
    written = conn.execute("INSERT INTO spent_nonce (nonce_hash) VALUES (%s) ON CONFLICT DO NOTHING", (digest,))
    if written.rowcount != 1:
        raise SignOnSpent


def bind(conn: Conn, actor: Actor, principal: Row, *, issuer: str, subject: str) -> Row:
    """Say that the subject is the principal. RecordEnded; RuleBroken when either has another already."""
    if principal["ended_at"] is not None:
        raise RecordEnded(on=f"{principal['ended_at']:%d.%m.%Y}")
    row = _insert(conn, principal["municipality_id"], principal["id"], issuer, subject, by=actor.principal_id)
    if row is None:
        ru = "Учётная запись или человек единого входа уже привязаны: сначала отвяжите."
        en = "The account or the subject is bound already: unbind it first."
        raise RuleBroken(rule="identity.bound", ru=ru, en=en)
    audit.record(conn, actor, "identity.bind", "principal", principal["id"])
    return row


def of_principal(conn: Conn, principal_id: int) -> list[Row]:
    """Return the identities of a principal of this tenant, in id order."""
    return conn.execute(
        f"SELECT {_SHOWN} FROM identity WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s"
        " ORDER BY id",
        (principal_id,),
    ).fetchall()


def unbind(conn: Conn, actor: Actor, principal_id: int, identity_id: int) -> Row:
    """Remove an identity of the principal and return what it was; NotFound. The caller ends the sessions."""
    row = conn.execute(
        "DELETE FROM identity WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s AND id = %s"
        f" RETURNING {_SHOWN}",
        (principal_id, identity_id),
    ).fetchone()
    if row is None:
        raise NotFound
    audit.record(conn, actor, "identity.unbind", "principal", principal_id)
    return row


def forget(conn: Conn, principal_id: int) -> None:
    """Remove the identities of a principal that ends: the person may come in as another one."""
    conn.execute(
        "DELETE FROM identity WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s",
        (principal_id,),
    )


def _insert(
    conn: Conn, municipality_id: int, principal_id: int, issuer: str, subject: str, *, by: int | None
) -> Row | None:
    return conn.execute(
        "INSERT INTO identity (municipality_id, principal_id, issuer, subject, created_by) VALUES (%s, %s, %s, %s, %s)"
        f" ON CONFLICT DO NOTHING RETURNING {_SHOWN}",
        (municipality_id, principal_id, issuer, subject, by),
    ).fetchone()
