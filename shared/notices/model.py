"""Notices as values; knows no SQL and no mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.pack.words import LocalText


class Reader(StrEnum):
    """Whom a notice is for."""

    CURATOR = "curator"
    METHODIST = "methodist"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told, decided but not written. ``once`` names the thing and the threshold: told once.

    Of a programme it names school and programme, of the municipality neither. ``link`` is a path of ours. No person.
    """

    code: str
    to_role: Reader
    once: str
    text: LocalText
    link: str
    school_year: int
    school_id: int | None = None
    programme_id: int | None = None


@dataclass(frozen=True, slots=True)
class SeenNotice:
    """A notice as its readers see it; ``seen_at`` None: nobody has put it away yet."""

    id: int
    school_id: int | None
    programme_id: int | None
    code: str
    to_role: Reader
    ru: str
    en: str
    link: str
    school_year: int
    job_run_id: UUID
    created_at: datetime
    seen_at: datetime | None
    seen_by: int | None
