"""Jobs as values; knows no SQL and no queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class Status(StrEnum):
    """Where a job is; the last three are final."""

    QUEUED = "queued"
    """waits for its time and a worker"""
    RUNNING = "running"
    """held by a worker until its lease ends"""
    DONE = "done"
    """has its one result"""
    DEAD = "dead"
    """given up; the sentence says why"""
    CANCELLED = "cancelled"
    """by a person"""


OPEN = frozenset({Status.QUEUED, Status.RUNNING})


class Owner(Protocol):
    """Whose job it is: anything with the keys of a programme, or of a municipality (then the others are None)."""

    @property
    def municipality_id(self) -> int: ...
    @property
    def school_id(self) -> int | None: ...
    @property
    def id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class ProgrammeKey:
    """The keys of a programme alone."""

    municipality_id: int
    school_id: int
    id: int


@dataclass(frozen=True, slots=True)
class MunicipalityKey:
    """The owner of a job that belongs to no programme: only the municipality's methodist sees it."""

    municipality_id: int

    @property
    def school_id(self) -> None:
        """No school's."""

    @property
    def id(self) -> None:
        """No programme's."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Why an attempt failed: a stable code and the words in both languages, without personal data."""

    code: str
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A job as its worker holds it: only the holder of the last ``fence`` may write anything of it."""

    id: UUID
    municipality_id: int
    school_id: int | None
    programme_id: int | None
    kind: str
    args: Mapping[str, Any]
    fence: int
    attempts: int
    max_attempts: int
    requested_by: int | None
    created_at: datetime
    started_at: datetime
    traceparent: str | None

    @property
    def owner(self) -> Owner:
        """Return whose job it is."""
        return owner_of(self.municipality_id, self.school_id, self.programme_id)


def owner_of(municipality_id: int, school_id: int | None, programme_id: int | None) -> Owner:
    """Return the owner that the columns of a row name."""
    if school_id is None or programme_id is None:
        return MunicipalityKey(municipality_id)
    return ProgrammeKey(municipality_id, school_id, programme_id)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A job that the end of another one asks for, of the same owner."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Computed:
    """What a job leaves behind.

    ``inputs_version`` and ``cut_off_at`` are those of the snapshot the inputs were read in; ``canonical`` is
    the canonical JSON of the body, ``digest`` its SHA-256, ``inputs_digest`` that of the inputs, both in hex.
    A job of the municipality has neither a version of inputs nor a pack.
    """

    inputs_version: int | None
    cut_off_at: datetime
    based_on: int | None
    body: Any
    canonical: str
    digest: str
    inputs_digest: str
    pack_code: str | None
    pack_version: int | None
    algorithm_version: str
    follow_ups: tuple[FollowUp, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """What became of a failed attempt: queued again at ``next_at``, or dead."""

    status: Status
    next_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job as people see it. ``progress`` is 0..1; ``result_id`` is None until it is done.

    A job of the municipality has no school and no programme.
    """

    municipality_id: int
    school_id: int | None
    programme_id: int | None
    id: UUID
    kind: str
    cause: str
    status: Status
    attempts: int
    max_attempts: int
    progress: float
    error: Sentence | None
    requested_by: int | None
    created_at: datetime
    next_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result_id: int | None


@dataclass(frozen=True, slots=True)
class Wakeup:
    """One message the relay sends: "run this job". ``run_no`` makes the queue's id of it unique."""

    outbox_id: int
    job_run_id: UUID
    run_no: int

    @property
    def queue_id(self) -> str:
        return f"{self.job_run_id}-r{self.run_no}"


@dataclass(frozen=True, slots=True)
class Requeued:
    """A job that the reconciler took from a silent worker or woke again, and what it is now."""

    id: UUID
    kind: str
    cause: str
    status: Status


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A process of the engine and how long it has been silent, in seconds of the database's clock."""

    id: str
    host: str
    pid: int
    duty: str
    started_at: datetime
    seen_at: datetime
    silent_seconds: float
