"""Subscriptions and their secrets: made, changed, ended; the plain secret leaves here once. Never commits.

Knows no events and no deliveries. Secrets lie sealed (shared/access/sealed.py). The API's role writes them and cannot
read them back; `signing_secrets` and `seal_again` are for the engine's role alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.access import audit
from shared.access.model import Actor
from shared.access.sealed import Keys, SealBroken, SealMissing, is_newest, seal, unseal
from shared.db.pool import Conn
from shared.db.records import Row, refusal
from shared.db.tenancy import PLATFORM
from shared.errors import FieldError, FieldsInvalid, NotFound, RecordEnded
from shared.webhooks.errors import SecretSealed
from shared.webhooks.signature import PREFIX, new_secret

EVERYTHING = "*"
"""Instead of types: all of them, those of later releases too."""
OVERLAP_HOURS = 24
"""How long a replaced secret signs beside its successor."""
_FIELDS = ("url", "event_types", "description", "is_active")


def create(conn: Conn, actor: Actor, values: Mapping[str, Any], *, keys: Keys) -> tuple[Row, str]:
    """Write a subscription in the actor's municipality; return it and its plain secret, which nobody sees again.

    Raises SealMissing in an installation without a key for secrets.
    """
    if actor.tenant.municipality_id == PLATFORM:
        raise municipality_missing()
    row = _one(
        queries().insert_webhook(
            conn,
            municipality_id=actor.tenant.municipality_id,
            created_by=actor.principal_id,
            **{name: values[name] for name in _FIELDS},
        )
    )
    secret = _new_secret(conn, row, keys)
    audit.record(conn, actor, "webhook.create", "webhook", row["id"])
    return row, secret


def page(conn: Conn, *, after: int, limit: int, ended: bool = False) -> list[Row]:
    """Return subscriptions in id order."""
    return list(queries().list_webhooks(conn, after=after, limit=limit, ended=ended))


def get(conn: Conn, webhook_id: int) -> Row:
    """Return one; NotFound also for another municipality's."""
    return _one(queries().get_webhook(conn, webhook_id=webhook_id))


def update(conn: Conn, actor: Actor, webhook_id: int, expected: int, changes: Mapping[str, Any]) -> Row:
    """Change what is named; switching on forgets that the receiver was gone. VersionMismatch, RecordEnded."""
    current = get(conn, webhook_id)
    wanted = {name: changes.get(name, current[name]) for name in _FIELDS}
    stopped = None if "is_active" in changes else current["stopped_reason"]
    row = queries().update_webhook(conn, webhook_id=webhook_id, version=expected, stopped_reason=stopped, **wanted)
    changed = _changed(conn, row, webhook_id, expected)
    audit.record(conn, actor, "webhook.update", "webhook", webhook_id)
    return changed


def rotate(conn: Conn, actor: Actor, webhook_id: int, expected: int, *, keys: Keys) -> tuple[Row, str]:
    """Give a new secret; the old one signs beside it for OVERLAP_HOURS. Errors as for `update`, and SealMissing."""
    get(conn, webhook_id)
    row = _changed(conn, queries().touch_webhook(conn, webhook_id=webhook_id, version=expected), webhook_id, expected)
    queries().forget_secrets(conn, webhook_id=webhook_id, everything=False)
    queries().retire_secret(conn, webhook_id=webhook_id, hours=OVERLAP_HOURS)
    secret = _new_secret(conn, row, keys)
    audit.record(conn, actor, "webhook.rotate", "webhook", webhook_id)
    return row, secret


def end(conn: Conn, actor: Actor, webhook_id: int, expected: int, reason: str | None) -> Row:
    """End it: nothing more is sent, its secrets are gone; it stays readable. Errors as for `update`."""
    get(conn, webhook_id)
    row = queries().end_webhook(conn, webhook_id=webhook_id, version=expected, reason=reason)
    ended = _changed(conn, row, webhook_id, expected)
    queries().forget_secrets(conn, webhook_id=webhook_id, everything=True)
    audit.record(conn, actor, "webhook.end", "webhook", webhook_id)
    return ended


def demand_living(row: Row) -> None:
    """Raise RecordEnded for a subscription that was ended."""
    if row["ended_at"] is not None:
        raise RecordEnded(on=f"{row['ended_at']:%d.%m.%Y}")


def municipality_missing() -> FieldsInvalid:
    """Return the refusal to an administrator who names no municipality."""
    ru = "Укажите муниципалитет в заголовке X-Municipality."
    return FieldsInvalid([FieldError("X-Municipality", "required", ru, "Name the municipality in X-Municipality.")])


def signing_secrets(conn: Conn, webhook_id: int, *, keys: Keys) -> tuple[str, ...]:
    """Return the secrets to sign with now, the newest first. Engine role: PostgreSQL refuses every other one.

    Raises SecretSealed when one does not open with these keys.
    """
    return tuple(_opened(keys, row) for row in queries().signing_secrets(conn, webhook_id=webhook_id))


def seal_again(conn: Conn, keys: Keys) -> int:
    """Seal what the newest key has not sealed: of before there was a key, or of an older one. Engine role.

    Returns how many. One that no key opens is left as it is: its deliveries say so.
    """
    sealed = 0
    for row in queries().all_secrets(conn):
        if row["secret"].startswith(PREFIX) or not is_newest(keys, row["secret"]):
            with contextlib.suppress(SecretSealed):
                text = seal(keys, _opened(keys, row).encode("ascii"), _place(row))
                sealed += queries().replace_secret(conn, secret_id=row["id"], old=row["secret"], sealed=text)
    return sealed


def stop_gone(conn: Conn, webhook_id: int) -> None:
    """Switch a subscription off whose receiver says that it is gone for good. Engine role."""
    queries().stop_gone(conn, webhook_id=webhook_id)


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg")


def _new_secret(conn: Conn, row: Row, keys: Keys) -> str:
    secret, owner = new_secret(), {"municipality_id": row["municipality_id"], "webhook_id": row["id"]}
    queries().insert_secret(conn, **owner, secret=seal(keys, secret.encode("ascii"), _place(owner)))
    return secret


def _opened(keys: Keys, row: Row) -> str:
    text: str = row["secret"]
    if text.startswith(PREFIX):
        return text
    try:
        return unseal(keys, text, _place(row)).decode("ascii")
    except (SealBroken, SealMissing):
        raise SecretSealed from None


def _place(row: Mapping[str, Any]) -> str:
    return f"webhook:{row['municipality_id']}:{row['webhook_id']}"


def _changed(conn: Conn, row: Row | None, webhook_id: int, expected: int) -> Row:
    if row is None:
        raise refusal(get(conn, webhook_id), expected)
    return row


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row
