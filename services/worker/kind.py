"""The shape of a kind of job: read the inputs, compute from them alone; knows no kind in particular."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.db.pool import Conn
from shared.programme.model import Programme


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a job computes from, read in one transaction; ``inputs`` is a value with a canonical form.

    ``cut_off_at`` is the instant after which nothing counts; ``based_on`` the result it derives from, if any.
    """

    inputs: Any
    cut_off_at: datetime
    based_on: int | None = None


@dataclass(frozen=True, slots=True)
class Handler:
    """What does one kind. ``load`` may raise PermanentError; ``compute`` is pure: same inputs, same bytes."""

    load: Callable[[Conn, Programme, Mapping[str, Any]], Snapshot]
    compute: Callable[[Any], Any]
    algorithm_version: str
