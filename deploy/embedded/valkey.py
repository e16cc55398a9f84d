"""A Valkey (or Redis >= 7.2) as a direct child process on a free loopback port.

Knows the server's life: start, ready, stop, SIGKILL, an orphan of an earlier life. Must not know queues.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psutil

from deploy.embedded import children
from deploy.embedded.binaries import EmbeddedSettings, Places, find_valkey
from deploy.embedded.errors import EmbeddedError, StartFailedError, tail
from deploy.embedded.folders import open_data_folder

_NAMES = ("valkey-server", "redis-server")
_PORT_TRIES = 5


class ValkeyServer:
    """A running server; made by `start`. As a context manager it is stopped at the end."""

    def __init__(
        self,
        url: str,
        *,
        data_dir: Path,
        process: subprocess.Popen[bytes] | None = None,
        lock: children.FolderLock | None = None,
    ) -> None:
        """`process` is None for a server that is not ours: then `stop` and `kill` leave it alone."""
        self.url = url
        self.data_dir = data_dir
        self._process = process
        self._lock = lock

    def __repr__(self) -> str:
        """Without the password."""
        return f"<ValkeyServer port={self.port} pid={self.pid}>"

    @property
    def port(self) -> int:
        """The TCP port."""
        return urlsplit(self.url).port or 6379

    @property
    def pid(self) -> int | None:
        """Its process id; None when it is not ours."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether our child lives; of a foreign server we only suppose it."""
        return self._process is None or self._process.poll() is None

    def stop(self, *, seconds: float = 15) -> None:
        """Let it write its log to disk and end; SIGKILL when it does not. Harmless when repeated."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
                self._process.send_signal(signal.SIGCONT)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._let_go()

    def kill(self) -> None:
        """SIGKILL it and its children (a rewrite of its log may run in one)."""
        if self._process is not None:
            if self._process.poll() is None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    children.kill_tree(psutil.Process(self._process.pid))
            self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._process is not None:
            (self.data_dir / "valkey.pid").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def start(
    data_dir: Path,
    *,
    port: int | None = None,
    appendonly: bool = True,
    settings: EmbeddedSettings | None = None,
    places: Places | None = None,
    seconds: float = 30,
) -> ValkeyServer:
    """Start on the data in `data_dir` (made when absent), or join the server that the settings name.

    `appendonly=False` keeps nothing on disk. An orphan of a killed owner on the same data is stopped first.
    Raises AlreadyRunningError, NoServerFoundError, StartFailedError (with the end of the server's log).
    """
    settings = settings or EmbeddedSettings.from_environment()
    if settings.valkey_url is not None:
        return ValkeyServer(settings.valkey_url, data_dir=data_dir)
    program = find_valkey(settings, places)
    data_dir = open_data_folder(data_dir)
    lock = children.FolderLock(data_dir, "Valkey")
    try:
        _stop_orphans(data_dir)
        password = children.keep_secret(data_dir, "valkey")
        life = _Life(program, data_dir=data_dir, password=password, appendonly=appendonly)
        process, chosen = life.begin(port, seconds)
        url = f"redis://:{password}@127.0.0.1:{chosen}/0"
        return ValkeyServer(url, data_dir=data_dir, process=process, lock=lock)
    except BaseException:
        lock.release()
        raise


@dataclass(frozen=True, slots=True)
class _Life:
    """One start on a prepared folder."""

    program: Path
    data_dir: Path
    password: str
    appendonly: bool

    def begin(self, port: int | None, seconds: float) -> tuple[subprocess.Popen[bytes], int]:
        for _ in range(_PORT_TRIES):
            chosen = port or children.free_port()
            process = self._spawn(chosen)
            if not children.wait_until(partial(self._settled, process, chosen), seconds=seconds):
                process.kill()
                process.wait()
                break
            if process.poll() is None:
                return process, chosen
            if port is not None or children.is_port_free(chosen):
                break
        log = self.data_dir / "valkey.log"
        raise StartFailedError(
            f"Valkey did not get ready on port {chosen} within {seconds:g} s "
            f"(exit code {process.poll()}). The end of {log}:\n{tail(log)}"
        )

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        """The password goes through a file of ours alone: arguments are seen by everybody on the machine."""
        config = self.data_dir / "valkey.conf"
        config.touch(mode=0o600)
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self.password}",
            f"appendonly {'yes' if self.appendonly else 'no'}",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            "daemonize no",
        ]
        config.write_text("\n".join(lines) + "\n", encoding="ascii")
        process = children.spawn(
            [str(self.program), "./valkey.conf"],
            log=self.data_dir / "valkey.log",
            cwd=self.data_dir,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
        (self.data_dir / "valkey.pid").write_text(f"{process.pid}\n", encoding="ascii")
        return process

    def _settled(self, process: subprocess.Popen[bytes], port: int) -> bool:
        """It has ended, or answers us (while it loads its log it answers -LOADING)."""
        if process.poll() is not None:
            return True
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as talk:
                talk.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = talk.recv(256)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer.startswith(b"+OK") and b"+PONG" in answer


def _stop_orphans(data_dir: Path) -> None:
    """End the server of an earlier life: the pid file's process, believed only if it works in this folder."""
    pid_file = data_dir / "valkey.pid"
    orphans = []
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text(encoding="ascii")))
        if process.name() in _NAMES and process.cwd() == str(data_dir.resolve()):
            orphans = [process]
    for process in orphans or children.living_in(data_dir, _NAMES):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
            process.terminate()
            try:
                process.wait(15)
            except psutil.TimeoutExpired:
                children.kill_tree(process)
        if process.is_running():
            raise EmbeddedError(f"Process {process.pid} still uses {data_dir} and cannot be stopped.")
    pid_file.unlink(missing_ok=True)
