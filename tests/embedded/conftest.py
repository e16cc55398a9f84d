"""Folders that servers can use, and owners of servers that a test can kill."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded.children import wait_until
from deploy.embedded.folders import temporary_data_folder

Owner = tuple[subprocess.Popen[str], psutil.Process, str]


def suspend(orphan: psutil.Process) -> None:
    """Stop a server, so that it cannot follow its owner; a busy machine delivers the signal late."""
    orphan.suspend()
    assert wait_until(lambda: orphan.status() == psutil.STATUS_STOPPED, seconds=30)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder with a space and Cyrillic in its path."""
    with temporary_data_folder() as folder:
        yield folder / "данные школы"


@pytest.fixture
def own() -> Iterator[Callable[..., Owner]]:
    """Start owner.py; returns its process, the server's process and the server's address."""
    owners: list[Owner] = []

    def begin(*words: object) -> Owner:
        script = Path(__file__).with_name("owner.py")
        process = subprocess.Popen(
            [sys.executable, script, *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        pid, _, address = process.stdout.readline().strip().partition(" ")
        owners.append((process, psutil.Process(int(pid)), address))
        return owners[-1]

    yield begin
    for process, server, _ in owners:
        process.kill()
        process.communicate()
        with contextlib.suppress(psutil.NoSuchProcess):
            server.resume()
            server.kill()
