"""Extends the lease of a job that runs in the worker's own process, from a process beside it.

A thread would not do: a long call into C keeps the interpreter's lock. Knows one job at a time, no results.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

from services.worker.engine import Runtime, engine_connection
from services.worker.logs import places
from shared.jobs import work

_NOTHING = "-"


class Keeper:
    """The worker's end: says which job to hold. The other end dies with the worker, by end of file."""

    def __init__(self, runtime: Runtime) -> None:
        """Fork the keeper; call before any connection is opened."""
        read, self._write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._write)
            _keep(read, runtime)
        os.close(read)

    @contextmanager
    def holding(self, job_run_id: UUID) -> Iterator[None]:
        """Have the lease extended while the block runs."""
        self._say(str(job_run_id))
        try:
            yield
        finally:
            self._say(_NOTHING)

    def stop(self) -> None:
        """End the keeper."""
        os.close(self._write)
        os.waitpid(self._pid, 0)

    def _say(self, word: str) -> None:
        os.write(self._write, f"{word}\n".encode())


def _keep(read: int, runtime: Runtime) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    interval = runtime.settings.job_lease_seconds / 3
    held: UUID | None = None
    while True:
        ready, _, _ = select.select([read], [], [], interval)
        if ready:
            words = os.read(read, 65536).decode().split()
            if not words:
                os._exit(0)
            held = None if words[-1] == _NOTHING else UUID(words[-1])
        elif held is not None:
            extend(runtime, held)


def extend(runtime: Runtime, job_run_id: UUID) -> work.Hold | None:
    """Extend the lease of the job this worker holds; None when PostgreSQL could not be asked."""
    try:
        with engine_connection(runtime.settings, "keeper") as conn:
            return work.extend_lease(
                conn,
                job_run_id,
                worker=runtime.name,
                lease_seconds=runtime.settings.job_lease_seconds,
            )
    except psycopg.Error as error:
        runtime.log.warning("lease_not_extended", job=str(job_run_id), error=type(error).__name__, at=places(error))
        return None
