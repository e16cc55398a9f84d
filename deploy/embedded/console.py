"""`python -m deploy.embedded.stack run|exec|psql`: the embedded system for a person at a terminal.

Knows arguments, signals and restarts; must not know how servers work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import unquote, urlsplit

from deploy.embedded.binaries import EmbeddedSettings, find_postgres
from deploy.embedded.children import FolderLock
from deploy.embedded.errors import AlreadyRunningError, EmbeddedError
from deploy.embedded.stack import SERVERS, Stack

_LONGEST_WAIT = 30.0
_STEADY_SECONDS = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and do; returns the exit code. Refusals are printed as one sentence."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "run":
            return _run(options.data, options.bind)
        if options.command == "psql":
            return _psql(options.data)
        return _exec(options.data, options.words[options.words[0] == "--" :], is_superuser=options.superuser)
    except EmbeddedError as error:
        print(f"nastavnik: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.stack")
    commands = parser.add_subparsers(dest="command", required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, required=True, help="folder of the installation's data")
    run = commands.add_parser("run", parents=[data], help="keep the whole system up")
    run.add_argument("--bind", default="127.0.0.1:8428", help="host:port of the API")
    commands.add_parser("psql", parents=[data], help="a SQL prompt on the running system")
    execute = commands.add_parser("exec", parents=[data], help="run a command with the system's settings")
    execute.add_argument("--superuser", action="store_true", help="with the superuser's address in BACKUP_DATABASE_URL")
    execute.add_argument("words", nargs="+")
    return parser


# --- run ---------------------------------------------------------------------------------------------------


def _run(data_dir: Path, bind: str) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with Stack(data_dir, bind=bind) as stack:
            _greet(stack)
            watch = Watch(stack)
            while True:
                watch.look(time.monotonic())
                time.sleep(0.2)
    except KeyboardInterrupt:
        print("nastavnik: stopped", flush=True)
        return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Once; a second Ctrl-C must not break the orderly end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _greet(stack: Stack) -> None:
    lines = {
        "API": f"{stack.url}/api/v1",
        "PostgreSQL": f"127.0.0.1:{stack.postgres.port}",
        "Valkey": f"127.0.0.1:{stack.valkey.port}",
        "data": str(stack.data_dir),
        "logs": str(stack.data_dir / "logs"),
    }
    cluster = stack.postgres.cluster
    if cluster is not None and stack.data_dir not in cluster.parents:
        lines["tables"] = f"{cluster} (user nobody cannot enter {stack.data_dir})"
    for name, text in lines.items():
        print(f"  {name:<11}{text}")
    print("nastavnik: running; Ctrl-C stops it", flush=True)


@dataclass(slots=True)
class _Record:
    failures: int = 0
    started: float = 0.0
    due: float | None = None


class Watch:
    """Restarts what died: at once, then after 1, 2, 4 .. 30 s while it keeps dying within a minute."""

    def __init__(self, stack: Stack) -> None:
        """Watch the servers and every process that runs now."""
        self._stack = stack
        now = time.monotonic()
        self._records = {name: _Record(started=now) for name in (*SERVERS, *stack.processes)}

    def look(self, now: float) -> None:
        """One round; `now` in seconds of a steady clock."""
        for name, record in self._records.items():
            if self._stack.is_running(name):
                continue
            if record.due is None:
                record.failures = 1 if now - record.started > _STEADY_SECONDS else record.failures + 1
                wait = restart_delay(record.failures)
                record.due = now + wait
                print(f"nastavnik: {name} died; starting it again in {wait:g} s", file=sys.stderr, flush=True)
            if now >= record.due:
                self._start(name, record, now)

    def _start(self, name: str, record: _Record, now: float) -> None:
        record.due, record.started = None, now
        try:
            self._stack.start_process(name)
        except (EmbeddedError, OSError) as error:  # whatever it is, the next round tries again
            print(f"nastavnik: {name} cannot be started: {error}", file=sys.stderr, flush=True)


def restart_delay(failures: int) -> float:
    """Seconds before the restart after so many deaths in a row: 0, 1, 2, 4, .. at most 30."""
    return 0.0 if failures <= 1 else min(_LONGEST_WAIT, 2.0 ** (failures - 2))


# --- exec, psql --------------------------------------------------------------------------------------------


def _settings_of_running(data_dir: Path) -> dict[str, str]:
    """What the running stack wrote down for us. Raises EmbeddedError when none runs on this folder."""
    path = data_dir / "stack.env"
    if path.exists():
        try:
            FolderLock(data_dir.absolute(), "Nastavnik").release()
        except AlreadyRunningError:
            lines = path.read_text(encoding="utf-8").splitlines()
            return dict(line.split("=", 1) for line in lines)
    raise EmbeddedError(f"Nothing is running on the data in {data_dir}: start it with `make run` first.")


def _exec(data_dir: Path, words: list[str], *, is_superuser: bool = False) -> int:
    """Become the command. Settings given by hand (a compose installation's) are left as they are."""
    env = dict(os.environ)
    if is_superuser:
        if "BACKUP_DATABASE_URL" not in env and "BACKUP_DATABASE_URL_FILE" not in env:
            env["BACKUP_DATABASE_URL"] = _settings_of_running(data_dir)["EMBEDDED_POSTGRES_URL"]
    elif "NASTAVNIK_DATABASE_URL" not in env and "NASTAVNIK_DATABASE_URL_FILE" not in env:
        ours = _settings_of_running(data_dir)
        env.update({key: value for key, value in ours.items() if key.startswith("NASTAVNIK_")})
    os.execvpe(words[0], words, env)  # nosec B606 # noqa: S606  the caller's own command


def _psql(data_dir: Path) -> int:
    parts = urlsplit(_settings_of_running(data_dir)["EMBEDDED_POSTGRES_URL"])
    program = find_postgres(EmbeddedSettings.from_environment()).program("psql")
    if not os.access(program, os.X_OK):
        program = shutil.which("psql") or ""
    if not program:
        raise EmbeddedError("There is no psql beside the server's programs and none on PATH: install it.")
    env = {
        **os.environ,
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    os.execve(program, ["psql"], env)  # nosec B606 # noqa: S606  no shell, our own program
