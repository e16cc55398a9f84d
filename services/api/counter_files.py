"""The files in which the processes of one API count together: those of the dead are kept as one.

Knows prometheus_client's file format through its own reader and writer; no metric. Readers and the one writer
exclude each other by a lock on a file beside, so that no scrape sees a figure twice or not at all.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

_LOCK = "lock"
_OF_THE_DEAD = "0"


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep the files from being put together while the block runs."""
    with _locked(folder, fcntl.LOCK_SH):
        yield


def absorb(folder: Path, *, living: Collection[int]) -> bool:
    """Add up the files of processes that are not ``living``, and delete them.

    False when a scrape is reading: nothing is done then, the files count as they are until the next death.
    """
    try:
        with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for path in sorted(folder.glob("*_*.db")):
                kind, pid = path.stem.rsplit("_", 1)
                if pid != _OF_THE_DEAD and int(pid) not in living:
                    _add(path, folder / f"{kind}_{_OF_THE_DEAD}.db")
                    path.unlink()
    except BlockingIOError:
        return False
    return True


def _add(source: Path, target: Path) -> None:
    kept = MmapedDict(str(target))  # type: ignore[no-untyped-call]
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(source)):  # type: ignore[no-untyped-call]
            kept.write_value(key, kept.read_value(key)[0] + value, 0.0)  # type: ignore[no-untyped-call]
    finally:
        kept.close()  # type: ignore[no-untyped-call]


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
