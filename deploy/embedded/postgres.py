"""A PostgreSQL as a direct child process on a free loopback port.

Knows the server's life: initdb, start, ready, stop, SIGKILL, an orphan of an earlier life. Must not know
our databases and roles (`databases.py` does).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Self
from urllib.parse import quote, unquote, urlsplit

import psutil

from deploy.embedded import children, initdb
from deploy.embedded.binaries import EmbeddedSettings, Places, PostgresBinaries, find_postgres
from deploy.embedded.errors import EmbeddedError, StartFailedError, tail
from deploy.embedded.folders import cluster_folder, open_data_folder, readable_binaries, server_account

SUPERUSER = initdb.SUPERUSER
_PORT_TRIES = 5
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "password_encryption": "scram-sha-256",
        "log_line_prefix": "%m [%p] ",
        # An error without the statement and without "Key (name)=(...)": both may hold personal data.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
)


class PostgresServer:
    """A running server; made by `start`. As a context manager it is stopped (fast) at the end."""

    def __init__(
        self,
        superuser_dsn: str,
        *,
        data_dir: Path,
        binaries: PostgresBinaries | None = None,
        cluster: Path | None = None,
        process: subprocess.Popen[bytes] | None = None,
        lock: children.FolderLock | None = None,
    ) -> None:
        """`process` is None for a server that is not ours: then `stop` and `kill` leave it alone."""
        self.superuser_dsn = superuser_dsn
        self.data_dir = data_dir
        self.binaries = binaries
        self.cluster = cluster
        self._process = process
        self._lock = lock

    def __repr__(self) -> str:
        """Without the password."""
        return f"<PostgresServer port={self.port} pid={self.pid}>"

    @property
    def port(self) -> int:
        """The TCP port."""
        return urlsplit(self.superuser_dsn).port or 5432

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None when the server is not ours."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether our child lives; of a foreign server we only suppose it."""
        return self._process is None or self._process.poll() is None

    def dsn(self, database: str, user: str, password: str | None = None) -> str:
        """The address of a database for a user.

        Without `password` it is the one kept for that user in the data folder, made when there is none;
        `databases.prepare_database` gives it to the role.
        """
        parts = urlsplit(self.superuser_dsn)
        if password is None and user == unquote(parts.username or ""):
            password = unquote(parts.password or "")
        elif password is None:
            password = children.keep_secret(self.data_dir, user)
        secret = f":{quote(password, safe='')}" if password else ""
        host = parts.netloc.rpartition("@")[2]
        query = f"?{parts.query}" if parts.query else ""
        return f"postgresql://{quote(user, safe='')}{secret}@{host}/{quote(database, safe='')}{query}"

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast", *, seconds: float = 30) -> None:
        """End it in the given way; SIGKILL all of it when the time is over. Harmless when repeated."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(_STOP_SIGNALS[mode])
                self._process.send_signal(signal.SIGCONT)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self._let_go()

    def kill(self) -> None:
        """SIGKILL the postmaster and every process of it at once, as a power cut would."""
        if self._process is not None:
            if self._process.poll() is None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    children.kill_tree(psutil.Process(self._process.pid))
            self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
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
    settings: Mapping[str, str] = MappingProxyType({}),
    embedded: EmbeddedSettings | None = None,
    places: Places | None = None,
    seconds: float = 60,
) -> PostgresServer:
    """Start on the data in `data_dir` (made when absent), or join the server that the environment names.

    `settings` are postgresql.conf's, for this start alone (tests pass `{"fsync": "off"}`). An orphan of a
    killed owner on the same data is stopped first. Raises AlreadyRunningError, NoServerFoundError,
    StartFailedError (with the end of the server's log), EmbeddedError.
    """
    embedded = embedded or EmbeddedSettings.from_environment()
    if embedded.postgres_url is not None:
        return PostgresServer(embedded.postgres_url, data_dir=open_data_folder(data_dir))
    found = find_postgres(embedded, places)
    data_dir = open_data_folder(data_dir)
    lock = children.FolderLock(data_dir, "PostgreSQL")
    try:
        cluster = cluster_folder(data_dir)
        account = server_account(cluster)
        binaries = readable_binaries(found, account)
        password = children.keep_secret(data_dir, SUPERUSER)
        is_safe = settings.get("fsync", "on") != "off"
        initdb.ensure_cluster(cluster, binaries=binaries, account=account, password=password, is_safe=is_safe)
        _stop_orphans(cluster)
        life = _Life(data_dir, cluster=cluster, binaries=binaries, account=account, settings=settings)
        process, chosen = life.begin(port, seconds)
        dsn = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{chosen}/postgres"
        return PostgresServer(dsn, data_dir=data_dir, binaries=binaries, cluster=cluster, process=process, lock=lock)
    except BaseException:
        lock.release()
        raise


class _Life:
    """One start of a prepared cluster."""

    def __init__(
        self,
        data_dir: Path,
        *,
        cluster: Path,
        binaries: PostgresBinaries,
        account: children.Account | None,
        settings: Mapping[str, str],
    ) -> None:
        self._log = data_dir / "postgres.log"
        self._cluster = cluster
        self._binaries = binaries
        self._account = account
        self._settings = {**_DEFAULTS, **settings}

    def begin(self, port: int | None, seconds: float) -> tuple[subprocess.Popen[bytes], int]:
        for _ in range(_PORT_TRIES):
            chosen = port or children.free_port()
            process = self._spawn(chosen)
            if not children.wait_until(partial(self._settled, process), seconds=seconds):
                children.kill_tree(psutil.Process(process.pid))
                process.wait()
                break
            if process.poll() is None:
                return process, chosen
            if port is not None or children.is_port_free(chosen):
                break
        raise StartFailedError(
            f"PostgreSQL did not get ready on port {chosen} within {seconds:g} s "
            f"(exit code {process.poll()}). The end of {self._log}:\n{tail(self._log)}"
        )

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        command = [self._binaries.program("postgres"), "-D", str(self._cluster), "-p", str(port)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        return children.spawn(
            command,
            log=self._log,
            cwd=Path("/"),
            env={"PATH": os.defpath, "LC_ALL": "C"},
            account=self._account,
            dies_with_us=signal.SIGINT,
        )

    def _settled(self, process: subprocess.Popen[bytes]) -> bool:
        """It has ended, or says of itself in line 8 of postmaster.pid that it takes connections."""
        if process.poll() is not None:
            return True
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"


def _stop_orphans(cluster: Path) -> None:
    """End the server of an earlier life on this data; our lock says that its owner is dead.

    postmaster.pid is believed only when that process is a PostgreSQL working in this folder. Backends that
    outlive a killed postmaster are waited for, since they still write to the shared memory of this data.
    """
    pid_file = cluster / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        postmaster = psutil.Process(abs(int(pid_file.read_text(encoding="utf-8").split()[0])))
        if postmaster.name() == "postgres" and postmaster.cwd() == str(cluster.resolve()):
            postmaster.resume()
            postmaster.send_signal(signal.SIGINT)
            try:
                postmaster.wait(30)
            except psutil.TimeoutExpired:
                children.kill_tree(postmaster)
    if not _is_deserted(cluster, 10):
        for backend in children.living_in(cluster, ["postgres"]):
            children.kill_tree(backend)
        if not _is_deserted(cluster, 5):
            raise EmbeddedError(f"An earlier PostgreSQL still uses {cluster} and cannot be stopped.")
    # Left by a killed one; its number may belong to another program by now, and PostgreSQL would refuse.
    pid_file.unlink(missing_ok=True)


def _is_deserted(cluster: Path, seconds: float) -> bool:
    return children.wait_until(lambda: not children.living_in(cluster, ["postgres"]), seconds=seconds, every=0.1)
