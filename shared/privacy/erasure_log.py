"""The erasure log outside of the database: one JSON line an erasure, ids, day and reason alone, only ever appended.

A restore brings back the rows of an older day; what was erased since is found here and erased again. Knows files and
lines; must not know rows.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

NAME = "erasures.jsonl"
"""How the log is called beside backups."""


class LogUnreadable(Exception):
    """A line of the erasure log is none; the message names the file and the line's number."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One erasure that was done. ``at``: an aware instant."""

    municipality_id: int
    school_id: int
    erasure_id: int
    person_id: int
    reason: str
    at: datetime

    def text(self) -> str:
        """Return it as JSON in one line."""
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, sort_keys=True)


def append(path: Path, lines: Iterable[Line]) -> None:
    """Append lines and wait until they are on the disk: all of them, or none and OSError (a full disk)."""
    content = "".join(f"{line.text()}\n" for line in lines).encode("ascii")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        end = os.lseek(descriptor, 0, os.SEEK_END)
        if end and os.pread(descriptor, 1, end - 1) != b"\n":
            content = b"\n" + content  # what lost its end, by a power cut or an editor, spoils no line of ours
        try:
            _write(descriptor, content)
        except OSError:
            os.ftruncate(descriptor, end)
            raise
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def complete(path: Path, known: Iterable[Line]) -> None:
    """Append those of the known lines that the file lacks; the file is there afterwards, be it empty."""
    there = set(read(path)) if path.exists() else set()
    append(path, sorted(set(known) - there))


def read(path: Path) -> list[Line]:
    """Return all lines, each once, in the order of their instants. Raises LogUnreadable, OSError."""
    found: set[Line] = set()
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            raw = json.loads(text.decode("ascii"))
            found.add(Line(**{**raw, "at": datetime.fromisoformat(raw["at"])}))
        except (ValueError, TypeError, KeyError):
            raise LogUnreadable(f"{path}: line {number} is no erasure") from None
    return sorted(found, key=lambda line: (line.at, line))


def sync_folder(folder: Path) -> None:
    """Wait until the folder's own entries are on the disk. OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
    os.fsync(descriptor)
