"""The shape of a kind of job: read the inputs, compute from them alone, write; knows no kind in particular."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.db.pool import Conn
from shared.jobs.errors import ArgumentsInvalid
from shared.jobs.model import Claim, Sentence, Status
from shared.programme.model import Programme
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Job:
    """What ``load`` is told: the claim, the programme as the snapshot shows it (None: of the municipality)."""

    held: Claim
    settings: Settings
    found: Programme | None = None

    @property
    def programme(self) -> Programme:
        """Return the programme; ArgumentsInvalid for a job that should have one and has none."""
        if self.found is None:
            raise ArgumentsInvalid(name="programme_id")
        return self.found

    def argument_id(self, name: str) -> UUID:
        """Return the argument of that name; ArgumentsInvalid when it is no id or not there."""
        value = self.held.args.get(name)
        try:
            return UUID(value)
        except (ValueError, TypeError, AttributeError):
            raise ArgumentsInvalid(name=name) from None

    def argument_number(self, name: str) -> int:
        """Return the argument of that name; ArgumentsInvalid when it is no number or not there."""
        value = self.held.args.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ArgumentsInvalid(name=name)
        return value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a job computes from, read in one transaction; ``inputs`` is a value with a canonical form.

    ``cut_off_at`` is the instant after which nothing counts; ``based_on`` the result it derives from, if any.
    ``named`` is what the inputs are named by where they hold a secret: their digest is taken of it.
    """

    inputs: Any
    cut_off_at: datetime
    based_on: int | None = None
    named: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``compute`` may return instead of a body: ``effects`` go to ``write`` and are not kept in the result."""

    body: Any
    effects: Any


def _nothing(_conn: Conn, _held: Claim, _given: Any) -> None:
    """Write nothing beside the result."""


def _no_trace(_conn: Conn, _held: Claim, _why: Sentence, _status: Status) -> None:
    """Leave the failure to the job's own row."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What does one kind.

    ``load(conn, job)`` reads in a snapshot that can write nothing; it may raise PermanentError.
    ``compute(inputs)`` runs outside of any transaction and is pure: same inputs, same bytes; of a kind that sends
    something it is the sending, which must be harmless to repeat. Returns the body, or an Outcome.
    ``write(conn, held, given)`` runs in the one transaction that ends the job, after the fence was found to be ours;
    ``given`` is the body, or the Outcome's effects.
    ``on_failure(conn, held, why, status)`` runs in the transaction that writes the failure: queued again, or dead.
    """

    load: Callable[[Conn, Job], Snapshot]
    compute: Callable[[Any], Any]
    algorithm_version: str
    write: Callable[[Conn, Claim, Any], None] = _nothing
    on_failure: Callable[[Conn, Claim, Sentence, Status], None] = _no_trace
