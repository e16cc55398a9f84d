"""Tokens of principals: granted, listed, revoked, rotated, their use noted; the plain secret leaves here once.

Knows principals as rows; who may do it to whom is the caller's to demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shared.access import principals
from shared.access.model import Actor, Role
from shared.access.rights import scopes_for
from shared.access.tokens import ACCOUNT, new_secret
from shared.db.pool import Conn
from shared.db.records import Row
from shared.errors import NotFound, RecordEnded, RuleBroken

DEFAULT_DAYS = 365
_SHOWN = "id, municipality_id, principal_id, label, scopes, created_at, expires_at, last_used_at, revoked_at"
"""All columns but the secret's hash."""


def grant(
    conn: Conn, principal: Row, *, label: str, days: int = DEFAULT_DAYS, scopes: Sequence[str] | None = None
) -> tuple[Row, str]:
    """Make a token for a principal; return its row and the plain token, which is not kept.

    ``scopes`` None: all that the role may do. RecordEnded, FieldsInvalid for scopes that are not the role's.
    """
    named = None if scopes is None else scopes_for(Role(principal["role"]), scopes)
    return _granted(conn, principal, label=label, span=timedelta(days=days), scopes=named)


def tokens(conn: Conn, principal_id: int | None, *, after: int, limit: int) -> list[Row]:
    """Return tokens without their secrets, in id order."""
    return conn.execute(
        f"SELECT {_SHOWN} FROM token WHERE municipality_id = (SELECT app_municipality_id()) AND id > %s"
        " AND (%s::bigint IS NULL OR principal_id = %s) ORDER BY id LIMIT %s",
        (after, principal_id, principal_id, limit),
    ).fetchall()


def token(conn: Conn, token_id: int, *, of: int | None = None) -> Row:
    """Return one token without its secret; NotFound also for another tenant's and, with ``of``, another principal's."""
    row = conn.execute(
        f"SELECT {_SHOWN} FROM token WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND (%s::bigint IS NULL OR principal_id = %s)",
        (token_id, of, of),
    ).fetchone()
    if row is None:
        raise NotFound
    return row


def revoke(conn: Conn, token_id: int) -> Row:
    """Stop a token at once; again is no change."""
    _stop(conn, token_id)
    return token(conn, token_id)


def rotate(conn: Conn, token_id: int) -> tuple[Row, str]:
    """Revoke a token and grant its one successor with the same label, span and scopes."""
    old = token(conn, token_id)
    if not _stop(conn, token_id):
        raise RuleBroken(rule="token.revoked", ru="Токен уже отозван.", en="The token is revoked already.")
    span = max(timedelta(days=1), old["expires_at"] - old["created_at"])
    principal = principals.get(conn, old["principal_id"])
    return _granted(conn, principal, label=old["label"], span=span, scopes=old["scopes"])


def note_use(conn: Conn, actor: Actor) -> None:
    """Write that the actor's token was used, unless somebody has within the hour; its tenant has been entered."""
    conn.execute(
        "UPDATE token SET last_used_at = now() WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND coalesce(last_used_at < now() - interval '1 hour', true)",
        (actor.token_id,),
    )


def _stop(conn: Conn, token_id: int) -> bool:
    """Revoke a token; False when it was revoked already, a moment ago too."""
    stopped = conn.execute(
        "UPDATE token SET revoked_at = now() WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
        " AND revoked_at IS NULL",
        (token_id,),
    )
    return stopped.rowcount == 1


def _granted(
    conn: Conn, principal: Row, *, label: str, span: timedelta, scopes: Sequence[str] | None
) -> tuple[Row, str]:
    if principal["ended_at"] is not None:
        raise RecordEnded(on=f"{principal['ended_at']:%d.%m.%Y}")
    secret = new_secret()
    row = conn.execute(
        "INSERT INTO token (municipality_id, principal_id, label, scopes, secret_hash, expires_at)"
        f" VALUES (%s, %s, %s, %s, %s, now() + %s) RETURNING {_SHOWN}",
        (
            principal["municipality_id"],
            principal["id"],
            label,
            None if scopes is None else list(scopes),
            secret.digest,
            span,
        ),
    ).fetchone()
    if row is None:
        raise NotFound
    return row, secret.token(ACCOUNT, row["id"])
