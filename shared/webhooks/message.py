"""What is sent: the body of a message; pure. Its form (type, timestamp, data) is that of Standard Webhooks.

Ids and codes only: a receiver that leaks its log leaks nobody's name.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from shared.feed.model import FeedEvent

PING = "webhook.ping"
"""Type of a test message; it is in no feed and has no number."""


def body_of(event: FeedEvent) -> bytes:
    """Return the message of an event; a repeat of it is the same, byte for byte."""
    told = event.as_json()
    return _bytes({"type": event.type, "timestamp": told["at"], "data": told})


def ping(*, municipality_id: int, webhook_id: int, at: datetime) -> bytes:
    """Return a test message; ``at`` is when it was asked for."""
    data = {"municipality_id": municipality_id, "webhook_id": webhook_id}
    return _bytes({"type": PING, "timestamp": at.isoformat(), "data": data})


def _bytes(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
