"""Rows of deliveries and their attempts to values and back; never commits."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosql

from shared.db.pool import Conn
from shared.deliveries.model import Attempt, Channel, Delivery, DeliveryStatus, Outcome
from shared.errors import NotFound

ORPHAN_SECONDS = 60.0
ORPHAN_BATCH = 500


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg", mandatory_parameters=False)


def get(conn: Conn, delivery_id: UUID) -> Delivery:
    """Return one delivery; NotFound also when it belongs to somebody else."""
    row = queries().get_delivery(conn, delivery_id=delivery_id)
    if row is None:
        raise NotFound
    return delivery(row)


def delivery(row: dict[str, Any]) -> Delivery:
    """Return a row of the table as a value."""
    plain = {field.name: row[field.name] for field in fields(Delivery)}
    return Delivery(**{**plain, "channel": Channel(row["channel"]), "status": DeliveryStatus(row["status"])})


def attempts(conn: Conn, delivery_id: UUID) -> list[Attempt]:
    """Return what became of a delivery so far, oldest first."""
    rows = queries().list_attempts(conn, delivery_id=delivery_id)
    return [
        Attempt(row["at"], Outcome(row["outcome"]), row["http_status"], row["error_code"], row["ms"]) for row in rows
    ]


def record_sent(conn: Conn, delivery_id: UUID, *, http_status: int | None = None, ms: int | None = None) -> None:
    """Write that the receiver took it; in the transaction that ends the job (``Handler.write``)."""
    queries().mark_sent(conn, delivery_id=delivery_id)
    queries().insert_attempt(
        conn, delivery_id=delivery_id, outcome=Outcome.SENT.value, http_status=http_status, error_code=None, ms=ms
    )


def record_failure(
    conn: Conn,
    delivery_id: UUID,
    *,
    error_code: str,
    is_final: bool,
    http_status: int | None = None,
    ms: int | None = None,
) -> None:
    """Write that an attempt failed, and with ``is_final`` that it is given up (``Handler.on_failure``)."""
    if is_final:
        queries().mark_failed(conn, delivery_id=delivery_id)
    outcome = Outcome.FAILED if is_final else Outcome.AGAIN
    queries().insert_attempt(
        conn, delivery_id=delivery_id, outcome=outcome.value, http_status=http_status, error_code=error_code, ms=ms
    )


def give_up_orphans(
    conn: Conn, *, older_than_seconds: float = ORPHAN_SECONDS, limit: int = ORPHAN_BATCH
) -> list[tuple[int, UUID]]:
    """Mark deliveries that nobody is at any more as failed; engine role, all tenants. Returns their keys."""
    rows = queries().give_up_orphans(conn, older_than=older_than_seconds, limit=limit)
    return [(row["municipality_id"], row["id"]) for row in rows]
