"""The erasure log as a file: a line is there whole or not at all, and what spoils the file is said loudly."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.privacy import erasure_log
from shared.privacy.erasure_log import Line, LogUnreadable

FIRST, SECOND = (Line(1, 2, number, 4, "request", datetime(2026, 11, number, tzinfo=UTC)) for number in (1, 2))


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as a full disk does: a write stops in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_line_that_does_not_fit_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    erasure_log.append(log, [FIRST])
    with room_for(log.stat().st_size + 20), pytest.raises(OSError, match="too large"):
        erasure_log.append(log, [SECOND])
    assert erasure_log.read(log) == [FIRST]
    erasure_log.append(log, [SECOND])
    assert erasure_log.read(log) == [FIRST, SECOND]


def test_a_line_without_its_end_does_not_swallow_the_next(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(FIRST.text(), encoding="ascii")
    erasure_log.append(log, [SECOND])
    assert erasure_log.read(log) == [FIRST, SECOND]


@pytest.mark.parametrize("spoiled", [b'{"at": "2026', b"\xff\xfe", "имя".encode(), b"{}", b"[]"])
def test_what_is_no_line_is_named_by_its_number(tmp_path: Path, spoiled: bytes) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(f"{FIRST.text()}\n".encode() + spoiled)
    with pytest.raises(LogUnreadable, match="line 2 "):
        erasure_log.complete(log, [SECOND])
