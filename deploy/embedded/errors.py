"""The refusals of the embedded servers, each one sentence for the person at the terminal.

Knows no server; must not print or exit.
"""

from __future__ import annotations

from pathlib import Path


class EmbeddedError(RuntimeError):
    """An embedded server could not do what was asked; the message says why and what helps."""


class NoServerFoundError(EmbeddedError):
    """No program of the server fits this platform."""


class AlreadyRunningError(EmbeddedError):
    """Another living process uses the data folder."""


class StartFailedError(EmbeddedError):
    """The server was started and ended, or did not get ready within its time limit."""


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, indented, or a remark that there is none."""
    try:
        text = log.read_bytes()[-8192:].decode("utf-8", "replace")
    except OSError:
        return "  (no log)"
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  (the log is empty)"
