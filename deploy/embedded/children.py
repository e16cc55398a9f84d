"""Child processes that never outlive us unnoticed: starting, recognising and ending them.

Knows processes, signals and locks of the operating system; must not know what the processes are for.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.embedded.errors import AlreadyRunningError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_LOG_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system to run a child as."""

    uid: int
    gid: int


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    dies_with_us: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a direct child with its output appended to `log`.

    It gets a session of its own, so that Ctrl-C reaches us alone and we end children in order. On Linux it
    gets `dies_with_us` when the *thread* that called spawn ends: start long-lived children from the main one.
    """
    extra: dict[str, object] = {}
    if account is not None:
        extra = {"user": account.uid, "group": account.gid, "extra_groups": []}
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    with log.open("ab") as output:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=_die_with_parent(dies_with_us),  # noqa: PLW1509  one system call, no locks taken
            **extra,
        )


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """To run in the child. Python runs it after setuid, which would clear the request."""
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os.kill(os.getpid(), number)

    return ask


def free_port() -> int:
    """A TCP port free on loopback at this moment; the caller retries when somebody else is quicker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int) -> bool:
    """Whether a server could listen on loopback at `port` now (sockets in TIME_WAIT do not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class FolderLock:
    """One living owner per folder: flock on a file in it, released by the kernel when the owner dies."""

    def __init__(self, folder: Path, what: str) -> None:
        """Take the lock. Raises AlreadyRunningError naming the owner's process id."""
        path = folder / ".lock"
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise AlreadyRunningError(
                f"{what} in {folder} is already running under process {owner}; "
                "stop that one first or choose another folder."
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next owner in; harmless when repeated."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def living_in(folder: Path, names: Iterable[str]) -> list[psutil.Process]:
    """Processes called one of `names` whose working folder is `folder`: servers running on that data."""
    wanted, place = frozenset(names), str(folder.resolve())
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if process.info["name"] in wanted and process.cwd() == place:
                found.append(process)
    return found


def kill_tree(process: psutil.Process) -> None:
    """SIGKILL a process and all its descendants; it is stopped first, so that it cannot fork meanwhile."""
    with contextlib.suppress(psutil.Error):
        process.suspend()
        family = [*process.children(recursive=True), process]
        for member in family:
            with contextlib.suppress(psutil.Error):
                member.kill()
        psutil.wait_procs([member for member in family if member is not process], timeout=10)


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Poll until the condition holds; False when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def keep_secret(folder: Path, name: str) -> str:
    """The secret kept in `folder/secrets/name` (0600), made on first use."""
    place = folder / "secrets"
    place.mkdir(mode=0o700, exist_ok=True)
    path = place / name
    if not path.exists():
        fresh = place / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(24))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # the first of two racing makers wins, both read its secret
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()
