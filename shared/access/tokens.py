"""Secrets of tokens, links and sessions: made, hashed, looked up; the plain secret exists only when granted."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.db.tenancy import Tenant
from shared.errors import AccessError, LinkNotValid, NotAuthenticated

_TOKEN = re.compile(r"(ns[tlsa])_([1-9][0-9]{0,17})_([A-Za-z0-9_-]{43})")
ACCOUNT = "nst"
LINK = "nsl"
SESSION = "nss"
ACCOUNT_LINK = "nsa"


@dataclass(frozen=True, slots=True)
class Secret:
    """A new random secret and the hash that is stored (32 bytes)."""

    plain: str
    digest: bytes

    def token(self, prefix: str, row_id: int) -> str:
        """Return the text handed to its owner: ``nst_<id>_<secret>``."""
        return f"{prefix}_{row_id}_{self.plain}"


def new_secret() -> Secret:
    """Return 32 random bytes as text and their hash."""
    plain = secrets.token_urlsafe(32)
    return Secret(plain, digest_of(plain))


def authenticate(conn: Conn, token: str, *, now: str = "") -> Actor:
    """Return who the account's token belongs to and enter that tenant, as ``tenancy.enter`` does.

    One statement, since every request begins with it. Raises NotAuthenticated for a bad, expired or revoked token;
    the transaction must not go on then.
    """
    row_id, secret = split(token, ACCOUNT)
    row = conn.execute(
        "SELECT t.*, set_config('app.municipality_id', t.municipality_id::text, true) AS a,"
        " set_config('app.school_id', coalesce(t.school_id::text, 'all'), true) AS b,"
        " set_config('app.subject_id', '', true) AS c, set_config('app.link_id', '', true) AS d,"
        " set_config('app.now', %s, true) AS e FROM find_token(%s) AS t",
        (now, row_id),
    ).fetchone()
    if row is None or not hmac.compare_digest(row["secret_hash"], digest_of(secret)) or not row["usable"]:
        raise NotAuthenticated
    return Actor(
        row["principal_id"],
        Role(row["role"]),
        Tenant(row["municipality_id"], row["school_id"]),
        scopes=None if row["scopes"] is None else tuple(row["scopes"]),
        token_id=row_id,
        is_use_due=row["is_use_due"],
    )


def authenticate_link(conn: Conn, token: str) -> Actor:
    """Return what the personal link may do; LinkNotValid for a bad, expired or revoked one."""
    row_id, secret = split(token, LINK, LinkNotValid)
    row = conn.execute("SELECT * FROM find_personal_link(%s)", (row_id,)).fetchone()
    if row is None or not hmac.compare_digest(row["secret_hash"], digest_of(secret)) or not row["usable"]:
        raise LinkNotValid
    tenant = Tenant(row["municipality_id"], row["school_id"], row["subject_id"], row_id)
    return Actor(-row_id, Role.RESPONDENT, tenant, purpose=row["purpose"])


def split(token: str, prefix: str, refusal: type[AccessError] = NotAuthenticated) -> tuple[int, str]:
    """Return the row's id and the plain secret of ``nst_<id>_<secret>``; ``refusal`` for anything else."""
    match = _TOKEN.fullmatch(token)
    if match is None or match[1] != prefix:
        raise refusal
    return int(match[2]), match[3]


def digest_of(secret: str) -> bytes:
    """Return what is stored instead of a secret of 32 random bytes: so long a one needs no slow hash."""
    return hashlib.sha256(secret.encode("ascii")).digest()
