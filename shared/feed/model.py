"""Events of the feed as values, and the closed list of their types; knows no SQL and no deed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

PROGRAMME_TYPES = tuple(
    f"programme.{trigger}" for trigger in ("create", "advance", "complete", "reopen", "suspend", "resume", "cancel")
)
JOB_TYPES = ("job.done", "job.dead", "job.cancelled")
TYPES = (*PROGRAMME_TYPES, *JOB_TYPES, "reward_list.approved")
"""What may happen; the triggers in the migrations write exactly these, which a test compares."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event: ids and codes only.

    ``feed_no`` counts from 1 in its municipality without a gap. ``seq`` is that of the programme's own history for
    ``programme.*``, ``job_run_id`` the job of ``job.*``, ``result_id`` the list of ``reward_list.approved``; else None.
    """

    municipality_id: int
    feed_no: int
    school_id: int
    programme_id: int
    type: str
    seq: int | None
    job_run_id: UUID | None
    result_id: int | None
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return what clients and receivers see of it."""
        return {
            "feed_no": self.feed_no,
            "type": self.type,
            "at": self.at.isoformat(),
            "municipality_id": self.municipality_id,
            "school_id": self.school_id,
            "programme_id": self.programme_id,
            "seq": self.seq,
            "job_id": None if self.job_run_id is None else str(self.job_run_id),
            "result_id": self.result_id,
        }
