"""A real installation to hurt: gunicorn, dispatcher, worker, PostgreSQL, Valkey; knows processes, judges nothing."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.rows import dict_row

from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import DATABASE, Stack
from shared.programme.invariants import violations
from tests.builders_world import NOW

LEASE_SECONDS = 2.0
RECONCILE_SECONDS = 0.5
POLL_SECONDS = 0.05
FAST = {
    "NASTAVNIK_ENVIRONMENT": "test",
    "NASTAVNIK_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
    "NASTAVNIK_RECONCILE_SECONDS": str(RECONCILE_SECONDS),
    "NASTAVNIK_POLL_SECONDS": str(POLL_SECONDS),
    "NASTAVNIK_LOG_LEVEL": "WARNING",
    "NASTAVNIK_FAILPOINT": "by_request",
    # A killed process of gunicorn is forked again, not imported anew: the same fault, in a tenth of the time.
    "GUNICORN_CMD_ARGS": "--preload",
}
PROCESSES = ("api", "dispatcher", "worker")
_OPEN = """
SELECT (SELECT count(*) FROM job_run WHERE status IN ('queued', 'running'))
     + (SELECT count(*) FROM outbox o JOIN job_run j ON j.id = o.job_run_id
        WHERE o.sent_at IS NULL AND o.run_no = j.run_no AND j.status IN ('queued', 'running')) AS n
"""


def wait_until(is_true: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
    """Wait for something to become true; AssertionError says what did not."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


class System:
    """One installation with fast settings; its stack's clock stands at ``NOW`` of the built world."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def dsns(self) -> dict[str, str]:
        """Role (nastavnik_api, ..) -> address; `postgres` is the superuser's."""
        roles = ("api", "respondent", "engine", "auditor", "owner")
        found = {f"nastavnik_{role}": self.stack.postgres.dsn(DATABASE, f"nastavnik_{role}") for role in roles}
        return {**found, "postgres": self.stack.postgres.dsn(DATABASE, "postgres")}

    def rows(self, query: str, *args: Any) -> list[dict[str, Any]]:
        """Read (or change) rows of all tenants, as the superuser."""
        with psycopg.connect(self.dsns["postgres"], row_factory=dict_row) as conn:
            cursor = conn.execute(query.encode(), args)
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *args: Any) -> Any:
        """Read the one column ``n`` of the one row."""
        return self.rows(query, *args)[0]["n"]

    def restart(self, name: str, *, env: dict[str, str] | None = None) -> None:
        """Start a process or server anew (killing it if it lives); ``env`` adds settings for its life alone."""
        if name in (*self.stack.processes, "postgres", "valkey") and self.stack.is_running(name):
            self.kill(name)
        self.stack.start_process(name, env=env or {})
        if name.startswith("api"):
            self.stack.wait_ready()

    def kill(self, name: str, *, whole: bool = True) -> None:
        """SIGKILL; without ``whole`` only the process itself, its children live on."""
        self.stack.kill_process(name, whole=whole)

    def family(self, name: str) -> list[psutil.Process]:
        """Return a process of ours or a server with all that it forked, itself first."""
        pid = self.stack.postgres.pid if name == "postgres" else self.stack.valkey.pid if name == "valkey" else None
        first = psutil.Process(pid if pid is not None else self.stack.processes[name].pid)
        return [first, *first.children(recursive=True)]

    @contextmanager
    def suspended(self, name: str) -> Iterator[None]:
        """SIGSTOP a process or server with all its children; go on at the end."""
        stopped = self.family(name)
        for process in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def is_quiet(self) -> bool:
        """Whether nothing is asked for any more."""
        return int(self.value(_OPEN)) == 0

    def broken(self, municipalities: Iterable[int] = (), *, is_quiescent: bool = True) -> list[str]:
        """Return the rules among I1 to I11 that do not hold, with the row, as the auditor sees them."""
        found = violations(self.dsns["nastavnik_auditor"], municipalities=municipalities, is_quiescent=is_quiescent)
        return sorted(f"{one.rule} {one.row}" for one in found)

    def heal(self) -> None:
        """Have every part run again, with its usual settings; extra processes (`worker-2`) end."""
        for name in ("postgres", "valkey"):
            if not self.stack.is_running(name):
                self.stack.start_process(name)
        for name in list(self.stack.processes):
            if name not in PROCESSES:
                self.kill(name)
                del self.stack.processes[name]
        for name in PROCESSES:
            if not self.stack.is_running(name):
                self.stack.start_process(name)
        self.stack.wait_ready()


@contextmanager
def running(
    *, start: tuple[str, ...] = PROCESSES, postgres: dict[str, str] | None = None, **settings: str
) -> Iterator[System]:
    """Start an installation of its own; ``settings`` are names without their prefix, in capitals."""
    with temporary_data_folder() as folder, tempfile.TemporaryDirectory() as beside:
        clock = Path(beside) / "clock"
        clock.write_text(NOW, encoding="ascii")
        env = {**FAST, "NASTAVNIK_CLOCK_FILE": str(clock)}
        env |= {f"NASTAVNIK_{name}": value for name, value in settings.items()}
        with Stack(folder / "data", environment=env, start=start, postgres_settings=postgres or {}) as stack:
            made = System(stack)
            yield made
            for name in stack.processes:  # in order it would take ten seconds, and nothing is lost
                made.kill(name)
