"""Accounts: the login of a principal and its password's hash; opened, found, changed, closed. Knows no rules."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import Tenant
from shared.errors import RecordEnded, RuleBroken

_LOGIN = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_LOGIN = 254


@dataclass(frozen=True, slots=True)
class Found:
    """Whose a login is. ``actor`` is who they will act as; nobody has proved to be them yet."""

    actor: Actor
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """How a principal comes in; ``password_hash`` None: invited, no password yet."""

    login: str
    name: str
    password_hash: str | None = field(repr=False)
    has_factor: bool

    @property
    def has_password(self) -> bool:
        return self.password_hash is not None


def login_key(text: str) -> str:
    """Return the form in which logins are compared (NFKC, case-folded); '' for what can be no login."""
    if len(text) > 4 * LONGEST_LOGIN:
        return ""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())
    is_login = len(folded) <= LONGEST_LOGIN and _LOGIN.fullmatch(folded) is not None and folded.isprintable()
    return folded if is_login else ""


def find(conn: Conn, login: str) -> Found | None:
    """Return whose login it is, in whatever municipality; None for nobody's. No tenant is entered."""
    key = login_key(login)
    row = conn.execute("SELECT * FROM find_account(%s)", (key,)).fetchone() if key else None
    if row is None:
        return None
    tenant = Tenant(row["municipality_id"], row["school_id"])
    return Found(Actor(row["principal_id"], Role(row["role"]), tenant), row["password_hash"])


def get(conn: Conn, principal_id: int, *, locked: bool = False) -> Account | None:
    """Return the account of a principal of this tenant, None when it has none; ``locked``: until the end."""
    row = conn.execute(
        "SELECT a.login, p.name, a.password_hash, a.factor IS NOT NULL AS has_factor FROM account a"
        " JOIN principal p ON p.municipality_id = a.municipality_id AND p.id = a.principal_id"
        " WHERE a.municipality_id = (SELECT app_municipality_id()) AND a.principal_id = %s AND p.ended_at IS NULL"
        + (" FOR UPDATE OF a" if locked else ""),
        (principal_id,),
    ).fetchone()
    return None if row is None else Account(**row)


def open_for(conn: Conn, principal: Row) -> Account:
    """Give the principal an account under its e-mail address, unless it has one; return it, locked until the end.

    The principal is held, too: one that ends in this moment would leave an account behind that holds its login.
    Raises RecordEnded, or RuleBroken: without an address, or when somebody else's account has it.
    """
    if principal["ended_at"] is not None:
        raise RecordEnded(on=f"{principal['ended_at']:%d.%m.%Y}")
    login = login_key(principal["email"] or "")
    if not login:
        ru = "Для входа по паролю нужен адрес электронной почты: он и есть логин."
        raise RuleBroken(
            rule="account.email", ru=ru, en="To enter by password takes an e-mail address: it is the login."
        )
    conn.execute(
        "INSERT INTO account (municipality_id, principal_id, login) SELECT municipality_id, id, %s FROM principal"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s AND ended_at IS NULL FOR SHARE"
        " ON CONFLICT DO NOTHING",
        (login, principal["id"]),
    )
    account = get(conn, principal["id"], locked=True)
    if account is None:
        raise login_taken()
    return account


def login_taken() -> RuleBroken:
    """Return the refusal of a login that another account has, wherever it is."""
    ru = "С этим адресом уже входит другая учётная запись: у каждого человека свой адрес."
    en = "Another account enters with this address: everybody has an address of their own."
    return RuleBroken(rule="account.login", ru=ru, en=en)


def follow_address(conn: Conn, principal: Row) -> None:
    """Let the login follow the principal's new e-mail address. RuleBroken when it is gone or taken."""
    account = get(conn, principal["id"])
    if account is None:
        return
    login = login_key(principal["email"] or "")
    if not login:
        ru = "Эта учётная запись входит по паролю: дайте ей другой адрес или завершите её."
        en = "This account enters by password: give it another address, or end it."
        raise RuleBroken(rule="account.email", ru=ru, en=en)
    if login == account.login:
        return
    taken = conn.execute("SELECT FROM find_account(%s)", (login,)).fetchone()
    if taken is not None:
        raise login_taken()
    conn.execute(
        "UPDATE account SET login = %s WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s",
        (login, principal["id"]),
    )


def set_password(conn: Conn, principal_id: int, password_hash: str) -> None:
    """Put a new hash in the place of the old one, or of none; an offered second factor is offered no more.

    The caller ends the sessions and stops the links.
    """
    conn.execute(
        "UPDATE account SET password_hash = %s, password_set_at = now(), factor_offered = NULL"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s",
        (password_hash, principal_id),
    )


def renew_hash(conn: Conn, principal_id: int, password_hash: str) -> None:
    """Keep the same password under today's parameters."""
    conn.execute(
        "UPDATE account SET password_hash = %s WHERE municipality_id = (SELECT app_municipality_id())"
        " AND principal_id = %s",
        (password_hash, principal_id),
    )


def close(conn: Conn, principal_id: int) -> None:
    """Remove the account of a principal that ends, with its recovery codes: its login is free again."""
    conn.execute(
        "DELETE FROM account WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s",
        (principal_id,),
    )
