"""Days and instants out of the JSON that PostgreSQL makes; knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime


def day(text: str | None) -> date | None:
    """Return the day of an ISO text, None for none."""
    return None if text is None else date.fromisoformat(text)


def days(row: Mapping[str, str] | None) -> dict[str, date]:
    """Return the days of a mapping of ISO texts, an empty one for none."""
    return {key: date.fromisoformat(text) for key, text in (row or {}).items()}


def instant(text: str | None) -> datetime | None:
    """Return the instant of an ISO text, None for none."""
    return None if text is None else datetime.fromisoformat(text)
