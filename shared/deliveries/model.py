"""Deliveries as values; knows no SQL, no SMTP and no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Channel(StrEnum):
    """How something goes outside."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class DeliveryStatus(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    """a job will send it"""
    SENT = "sent"
    """the receiver took it"""
    FAILED = "failed"
    """given up; a repeat by hand may still send it"""


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    AGAIN = "again"
    """will be tried again"""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to send to one receiver; ``id`` is the idempotency key that the receiver sees.

    Mail: ``principal_id`` and ``notice_id`` (None once retention removed the notice), or the ``account_link_id`` that
    resets a password. Webhook: ``subscription_id`` and ``feed_no``. ``school_id`` None: of the municipality.
    ``replay_of``: the delivery that this one repeats.
    """

    municipality_id: int
    school_id: int | None
    id: UUID
    channel: Channel
    status: DeliveryStatus
    notice_id: int | None
    principal_id: int | None
    subscription_id: int | None
    feed_no: int | None
    replay_of: UUID | None
    account_link_id: int | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; ``http_status`` is what the receiver answered (of HTTP, or of SMTP), ``ms`` how long it took."""

    at: datetime
    outcome: Outcome
    http_status: int | None
    error_code: str | None
    ms: int | None
