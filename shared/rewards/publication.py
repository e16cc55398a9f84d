"""What of a computed reward list may still be named outside: consents are asked on the day of reading, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.db.pool import Conn
from shared.rewards.store import may_be_named
from shared.roster.days import local_today

_GROUPS = ("teachers", "pupils")


def still_published(conn: Conn, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a list's body whose ``outside`` names only those who may be named today; the rest is as computed."""
    outside = body.get("outside", {})
    named = [int(row["mentor"]) for group in _GROUPS for row in outside.get(group, ())]
    if not named:
        return dict(body)
    allowed = {str(mentor) for mentor in may_be_named(conn, named, local_today(conn))}
    kept = {group: [row for row in outside.get(group, ()) if row["mentor"] in allowed] for group in _GROUPS}
    return {**body, "outside": {**outside, **kept}}
