"""Links that set a password: invitations and resets; granted, looked up, used once. Knows no letter and no page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from shared.access import accounts
from shared.access.model import Actor, Role
from shared.access.tokens import ACCOUNT_LINK, digest_of, new_secret, split
from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import Tenant, enter
from shared.errors import NotFound, RuleBroken

INVITED = timedelta(days=7)
"""Through a week-end and an illness; renewed, the old one stops."""
RESET = timedelta(hours=24)
"""Handed over by a person, who cannot always be reached at once."""
SENT = timedelta(hours=1)
"""By mail, to somebody who asked a minute ago."""
ASKED_AGAIN = timedelta(minutes=5)
"""One letter in so long, however often it is asked for."""
_SHOWN = "id, principal_id, purpose, created_at, expires_at"


class Purpose(StrEnum):
    """What a link is for; both set a password."""

    INVITATION = "invitation"
    RESET = "reset"


class AccountLinkNotValid(NotFound):
    """This link does not work: it was used, replaced by a newer one, or its time is over. Ask for a new one."""

    code = "account.link"
    ru = "Эта ссылка не действует: ею уже воспользовались, её заменили новой или срок вышел. Попросите новую."


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that works now: whose it is and what for."""

    id: int
    actor: Actor
    purpose: Purpose


def invite(conn: Conn, principal: Row, *, created_by: int) -> tuple[Row, str]:
    """Open the principal's account and grant the link that sets its first password; return its row and the secret.

    An earlier invitation stops. Raises RecordEnded, or RuleBroken: no address, address taken, password set already.
    """
    if accounts.open_for(conn, principal).has_password:
        ru = "Пароль уже задан: если он забыт, дайте ссылку для сброса."
        raise RuleBroken(
            rule="account.entered", ru=ru, en="A password is set already: if it is forgotten, give a reset link."
        )
    return _grant(conn, principal, Purpose.INVITATION, created_by=created_by)


def offer_reset(conn: Conn, principal: Row, *, created_by: int) -> tuple[Row, str]:
    """Grant the link that sets a new password; the old one works until then. RuleBroken when there is none yet."""
    account = accounts.get(conn, principal["id"], locked=True)
    if account is None or not account.has_password:
        ru = "У этой учётной записи ещё нет пароля: пригласите её владельца."
        raise RuleBroken(rule="account.not_entered", ru=ru, en="This account has no password yet: invite its owner.")
    return _grant(conn, principal, Purpose.RESET, created_by=created_by)


def _grant(conn: Conn, principal: Row, purpose: Purpose, *, created_by: int) -> tuple[Row, str]:
    secret = new_secret()
    revoke_all(conn, principal["id"])
    row = conn.execute(
        "INSERT INTO account_link (municipality_id, principal_id, purpose, secret_hash, created_by, expires_at)"
        f" VALUES (%s, %s, %s, %s, %s, now() + %s) RETURNING {_SHOWN}",
        (
            principal["municipality_id"],
            principal["id"],
            purpose.value,
            secret.digest,
            created_by,
            INVITED if purpose is Purpose.INVITATION else RESET,
        ),
    ).fetchone()
    if row is None:
        raise NotFound
    return row, secret.token(ACCOUNT_LINK, row["id"])


def ask_reset(conn: Conn, actor: Actor) -> int | None:
    """Write a reset link without a secret, for a letter; return its id, None where one was asked for just now.

    The actor's tenant has been entered; the account's row is locked, so that two askers get one letter.
    """
    account = accounts.get(conn, actor.principal_id, locked=True)
    if account is None or not account.has_password:
        return None
    recent = conn.execute(
        "SELECT FROM account_link WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s"
        " AND created_by IS NULL AND created_at > now() - %s",
        (actor.principal_id, ASKED_AGAIN),
    ).fetchone()
    if recent is not None:
        return None
    row = conn.execute(
        "INSERT INTO account_link (municipality_id, principal_id, purpose, expires_at)"
        " VALUES (%s, %s, 'reset', now() + %s) RETURNING id",
        (actor.tenant.municipality_id, actor.principal_id, RESET),
    ).fetchone()
    return None if row is None else int(row["id"])


def awaits_letter(conn: Conn, link_id: int) -> bool:
    """Say whether a letter about the link may still be sent; as the engine."""
    row = conn.execute(
        "SELECT FROM account_link WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()",
        (link_id,),
    ).fetchone()
    return row is not None


def sent(conn: Conn, link_id: int, digest: bytes) -> None:
    """Write the hash of the secret that went out in the letter; its hour begins. As the engine."""
    conn.execute(
        "UPDATE account_link SET secret_hash = %s, expires_at = now() + %s"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s",
        (digest, SENT, link_id),
    )


def read(conn: Conn, secret: str) -> OpenLink:
    """Return whose the link is and enter their tenant, using nothing up. AccountLinkNotValid, whatever is wrong."""
    link_id, plain = split(secret, ACCOUNT_LINK, AccountLinkNotValid)
    row = conn.execute("SELECT * FROM find_account_link(%s)", (link_id,)).fetchone()
    if row is None or row["secret_hash"] is None or not hmac.compare_digest(row["secret_hash"], digest_of(plain)):
        raise AccountLinkNotValid
    if row["state"] != "open":
        raise AccountLinkNotValid
    tenant = Tenant(row["municipality_id"], row["school_id"])
    enter(conn, tenant)
    return OpenLink(link_id, Actor(row["principal_id"], Role(row["role"]), tenant), Purpose(row["purpose"]))


def use(conn: Conn, link: OpenLink) -> bool:
    """Use the link up, and with it every other one of the principal; say whether a person granted it, or a letter.

    Raises AccountLinkNotValid for whoever comes second.
    """
    row = conn.execute(
        "UPDATE account_link SET used_at = now() WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now() RETURNING created_by",
        (link.id,),
    ).fetchone()
    if row is None:
        raise AccountLinkNotValid
    revoke_all(conn, link.actor.principal_id)
    return row["created_by"] is not None


def revoke_all(conn: Conn, principal_id: int) -> None:
    """Stop all links of the principal that nobody has used."""
    conn.execute(
        "UPDATE account_link SET revoked_at = now() WHERE municipality_id = (SELECT app_municipality_id())"
        " AND principal_id = %s AND used_at IS NULL AND revoked_at IS NULL",
        (principal_id,),
    )
