"""What every client asked and was told, call by call, also as JSON lines; knows HTTP's words, judges nothing.

Instants are nanoseconds of the machine's monotonic clock, which all its processes share.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

OK, FAIL, UNKNOWN = "ok", "fail", "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt. ``outcome`` unknown: no answer, or one that does not say whether the deed was done (5xx)."""

    client: str
    principal: str
    """whose token was sent: keys are theirs"""
    invoked: int
    completed: int
    method: str
    template: str
    """the path with {id} for numbers"""
    programme: int | None
    trigger: str | None
    expected: int | None
    """the version of If-Match"""
    key: str | None
    outcome: str
    status: int | None = None
    version: int | None = None
    """the version of the answer's ETag"""
    current: int | None = None
    """the version that a 412 tells"""
    stage: str | None = None
    code: str | None = None
    job: str | None = None
    """the job that an acceptance names"""
    digest: str | None = None
    """SHA-256 of the answer's body"""
    is_replayed: bool = False


class Recorder:
    """Takes calls from many threads; ``path`` gets each as one line of JSON."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Keep one finished call."""
        line = json.dumps(asdict(call), ensure_ascii=False)
        with self._lock:
            self._calls.append(call)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    @property
    def calls(self) -> list[Call]:
        """All calls so far."""
        with self._lock:
            return list(self._calls)


def read(path: Path) -> list[Call]:
    """Return the calls of a file that a Recorder wrote."""
    return [Call(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
