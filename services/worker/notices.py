"""What the kinds that tell people something share: the notices found, their counts, and how they are written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from services.worker.kind import Outcome
from shared.db.pool import Conn
from shared.jobs.model import Claim
from shared.notices import actions
from shared.notices.model import Notice


@dataclass(frozen=True, slots=True)
class Told:
    """What one run found: of how many programmes (or things), and what is to be told."""

    looked_at: int
    notices: tuple[Notice, ...]
    is_mail_on: bool

    def outcome(self) -> Outcome:
        """Return counts by code as the body; the notices themselves are rows, not part of a result."""
        counts = Counter(notice.code for notice in self.notices)
        return Outcome({"looked_at": self.looked_at, "found": dict(sorted(counts.items()))}, self)


def write_notices(conn: Conn, held: Claim, given: Any) -> None:
    """Write what was not told yet, and ask for letters where mail is on."""
    actions.write(
        conn,
        given.notices,
        municipality_id=held.municipality_id,
        job_run_id=held.id,
        traceparent=held.traceparent,
        is_mail_on=given.is_mail_on,
    )
