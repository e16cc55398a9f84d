"""Answers already given under an Idempotency-Key: found again byte for byte, never computed twice.

The advisory lock lives as long as the transaction, so a second request with the key meets the first one in flight.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import KeyInFlight, KeyReused


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under a key; scope is principal, method and path."""

    actor: Actor
    method: str
    path: str
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """``body`` None: the answer held a secret that is not kept."""

    status: int
    headers: dict[str, str]
    body: bytes | None


def request_hash(query: bytes, body: bytes, if_match: str) -> bytes:
    """Return the hash that tells whether a repeated key carries the same request."""
    return hashlib.sha256(b"\0".join((query, if_match.encode(), body))).digest()


def begin(conn: Conn, attempt: Attempt, *, hours: int) -> StoredAnswer | None:
    """Lock the key for this transaction and return the stored answer, if any.

    Raises KeyInFlight when another transaction holds the key, KeyReused for another request under it.
    """
    scope = ":".join(map(str, _scope(attempt)))
    locked = conn.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 428)) AS locked", (scope,)).fetchone()
    if locked is None or not locked["locked"]:
        raise KeyInFlight
    row = conn.execute(
        "SELECT request_hash, status, headers, answer FROM idempotency WHERE municipality_id = %s AND principal_id = %s"
        " AND method = %s AND path = %s AND key = %s AND created_at > now() - make_interval(hours => %s)",
        (*_scope(attempt), hours),
    ).fetchone()
    if row is None:
        return None
    if row["request_hash"] != attempt.request_hash:
        raise KeyReused
    return StoredAnswer(row["status"], row["headers"], row["answer"])


def store(conn: Conn, attempt: Attempt, answer: StoredAnswer) -> None:
    """Keep the answer in the transaction of the deed; an expired one under the same key gives way."""
    conn.execute(
        "INSERT INTO idempotency (municipality_id, principal_id, method, path, key, request_hash, status, headers,"
        " answer) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (municipality_id, principal_id, method, path, key) DO UPDATE SET"
        " request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers,"
        " answer = excluded.answer, created_at = excluded.created_at",
        (*_scope(attempt), attempt.request_hash, answer.status, Jsonb(answer.headers), answer.body),
    )


def purge(conn: Conn, *, hours: int) -> int:
    """Remove the answers of all tenants that are no longer replayed; returns how many. The engine's duty."""
    return conn.execute(
        "DELETE FROM idempotency WHERE created_at < now() - make_interval(hours => %s)", (hours,)
    ).rowcount


def _scope(attempt: Attempt) -> tuple[int, int, str, str, str]:
    return (
        attempt.actor.tenant.municipality_id,
        attempt.actor.principal_id,
        attempt.method,
        attempt.path,
        attempt.key,
    )
