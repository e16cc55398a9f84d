"""The whole system as child processes of one command: servers, migrations, API, dispatcher, worker.

Knows which processes there are, their order and their settings; must not know what they do.
`Stack` is for the demo and for tests, `python -m deploy.embedded.stack run` (console.py) for people.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, TypeVar

import psutil

from deploy.embedded import children, databases
from deploy.embedded import postgres as postgres_server
from deploy.embedded import valkey as valkey_server
from deploy.embedded.errors import EmbeddedError, StartFailedError, tail
from deploy.embedded.folders import kept_secret, open_data_folder
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.valkey import ValkeyServer

S = TypeVar("S")
ROOT = Path(__file__).resolve().parents[2]
DATABASE = "nastavnik"
COMMANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "migrate": ("services.cli", "migrate"),
        "api": ("gunicorn", "-c", "deploy/gunicorn.conf.py", "services.api.wsgi:app"),
        "dispatcher": ("services.worker", "dispatcher"),
        "worker": ("services.worker", "worker"),
    }
)
"""Kind of process -> what follows `python -m`. `worker-2` is a further process of the kind `worker`."""
SERVERS = ("postgres", "valkey")
_OWNER_SETTING = databases.ROLE_SETTINGS[databases.OWNER]


class Stack:
    """Everything of one installation, its data in one folder. Start it as a context manager.

    Start it from the main thread: the children end with the thread that started them.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bind: str | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
        postgres_settings: Mapping[str, str] = MappingProxyType({}),
        start: Sequence[str] = ("api", "dispatcher", "worker"),
        commands: Mapping[str, Sequence[str]] = COMMANDS,
    ) -> None:
        """`bind` is host:port of the API (a free loopback port by default); `environment` adds settings.

        `commands` names the modules to run; `migrate` among them ends before the others begin.
        """
        self.data_dir = data_dir
        self.bind = bind or f"127.0.0.1:{children.free_port()}"
        self.env: dict[str, str] = dict(environment)
        """The settings (NASTAVNIK_..) of all processes, complete once the stack is entered."""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        """Name -> our running or ended process (the servers apart)."""
        self._postgres_settings = dict(postgres_settings)
        self._start = tuple(start)
        self._commands = commands
        self._postgres: PostgresServer | None = None
        self._valkey: ValkeyServer | None = None
        self._lock: children.FolderLock | None = None

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://{self.bind}"

    @property
    def postgres(self) -> PostgresServer:
        """The database server. Raises EmbeddedError before the start."""
        return _started(self._postgres)

    @property
    def valkey(self) -> ValkeyServer:
        """The queue server. Raises EmbeddedError before the start."""
        return _started(self._valkey)

    def __enter__(self) -> Self:
        """Start everything and wait until the API answers; on failure nothing is left running."""
        try:
            self.data_dir = open_data_folder(self.data_dir)
            self._lock = children.FolderLock(self.data_dir, "Nastavnik")
            self._check_bind()
            self._postgres = self._start_postgres(None)
            self._valkey = self._start_valkey(None)
            self._settle_environment()
            self.run_to_end(self._commands["migrate"])
            for name in self._start:
                self.start_process(name)
            self.wait_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.close()

    def close(self) -> None:
        """Stop our processes together, then Valkey, then PostgreSQL. Harmless when repeated."""
        if self._lock is None:  # never ours: another stack may live in this folder
            return
        for process in self.processes.values():
            _signal(process, signal.SIGTERM)
        for process in self.processes.values():
            _end(process)
        self.processes.clear()
        (self.data_dir / "stack.env").unlink(missing_ok=True)
        if self._valkey is not None:
            self._valkey.stop()
        if self._postgres is not None:
            self._postgres.stop()
        self._lock.release()

    # --- single processes --------------------------------------------------------------------------------

    def start_process(self, name: str, *, env: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start `api`, `dispatcher`, `worker` (or `worker-2`, ..), or a server again on its old port.

        `env` adds settings for this process alone (a failpoint). Does nothing when it runs.
        """
        if name == "postgres":
            if not self.postgres.is_running:
                self.postgres.stop()  # it may have died by itself: what it held in our name is given back
                self._postgres = self._start_postgres(self.postgres.port)
        elif name == "valkey":
            if not self.valkey.is_running:
                self.valkey.stop()
                self._valkey = self._start_valkey(self.valkey.port)
        elif name not in self.processes or self.processes[name].poll() is not None:
            settings = {key: value for key, value in self.env.items() if key != _OWNER_SETTING}
            self.processes[name] = children.spawn(
                [sys.executable, "-m", *self._commands[name.partition("-")[0]]],
                log=self._log(name),
                cwd=ROOT,
                env=_environment({**settings, **env}, hide=self.env),
            )

    def kill_process(self, name: str, *, whole: bool = False) -> None:
        """SIGKILL a process: itself alone, or with `whole` all its children too; a server always whole."""
        if name in SERVERS:
            (self.postgres if name == "postgres" else self.valkey).kill()
            return
        process = self.processes[name]
        if process.poll() is None and whole:
            with contextlib.suppress(psutil.NoSuchProcess):
                children.kill_tree(psutil.Process(process.pid))
        process.kill()
        process.wait()

    def stop_process(self, name: str) -> None:
        """End a process (SIGTERM; SIGKILL after 40 s) or a server cleanly."""
        if name in SERVERS:
            (self.postgres if name == "postgres" else self.valkey).stop()
            return
        _signal(self.processes[name], signal.SIGTERM)
        _end(self.processes[name])

    def is_running(self, name: str) -> bool:
        """Whether the process or server of that name lives."""
        if name in SERVERS:
            return (self.postgres if name == "postgres" else self.valkey).is_running
        return name in self.processes and self.processes[name].poll() is None

    def run_to_end(self, module: Sequence[str], *, seconds: float = 300) -> str:
        """Run `python -m MODULE ..` with all settings; returns its output. Raises StartFailedError."""
        done = subprocess.run(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=_environment(self.env, hide=self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode != 0:
            raise StartFailedError(f"`{' '.join(module)}` failed ({done.returncode}):\n{done.stdout[-4000:]}")
        return done.stdout

    def wait_ready(self, *, seconds: float = 180) -> None:
        """Wait until the API (if it is to run) answers and no process has ended. Raises StartFailedError."""

        def is_settled() -> bool:
            return self._ended() is not None or "api" not in self.processes or self._answers("/livez")

        in_time = children.wait_until(is_settled, seconds=seconds, every=0.05)
        ended = self._ended()
        if ended is not None or not in_time:
            name = ended or "api"
            raise StartFailedError(f"{name} did not get ready. Its log ends:\n{tail(self._log(name))}")

    # --- parts of the start ------------------------------------------------------------------------------

    def _check_bind(self) -> None:
        port = self.bind.rpartition(":")[2]
        if not port.isdigit():
            raise EmbeddedError(f"The address {self.bind!r} is not of the form host:port.")
        if "api" in self._start and not children.is_port_free(int(port)):
            raise EmbeddedError(f"Port {port} is taken by another program: choose another (make run BIND=..).")

    def _start_postgres(self, port: int | None) -> PostgresServer:
        return postgres_server.start(self.data_dir / "postgres", port=port, settings=self._postgres_settings)

    def _start_valkey(self, port: int | None) -> ValkeyServer:
        return valkey_server.start(self.data_dir / "valkey", port=port)

    def _settle_environment(self) -> None:
        dsns = databases.prepare_database(self.postgres, DATABASE)
        self.env = {
            "NASTAVNIK_ENVIRONMENT": "development",
            **self.env,
            **databases.settings_of(dsns),
            "NASTAVNIK_SECRETS_KEY": kept_secret(self.data_dir / "secrets_key"),
            "NASTAVNIK_VALKEY_URL": self.valkey.url,
            "NASTAVNIK_BIND": self.bind,
        }
        path = self.data_dir / "stack.env"
        path.touch(mode=0o600)
        lines = [f"{key}={value}\n" for key, value in self.env.items()]
        path.write_text("".join(lines) + f"EMBEDDED_POSTGRES_URL={self.postgres.dsn(DATABASE, 'postgres')}\n")

    def _log(self, name: str) -> Path:
        folder = self.data_dir / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / f"{name}.log"

    def _ended(self) -> str | None:
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5):  # nosec B310 # noqa: S310  our own address
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def _started(server: S | None) -> S:
    if server is None:
        raise EmbeddedError("The stack is not started: use it as a context manager.")
    return server


def _environment(settings: Mapping[str, str], *, hide: Mapping[str, str]) -> dict[str, str]:
    """Ours plus the settings; whatever the stack decides (and its _FILE form) is not inherited."""
    hidden = {*hide, *(f"{key}_FILE" for key in hide)}
    kept = {key: value for key, value in os.environ.items() if key not in hidden}
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **settings}


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)


def _end(process: subprocess.Popen[bytes], seconds: float = 40) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(psutil.NoSuchProcess):
            children.kill_tree(psutil.Process(process.pid))
        process.wait()


if __name__ == "__main__":
    from deploy.embedded.console import main

    sys.exit(main())
