"""What every process of the engine needs: its name, its connection to PostgreSQL, its sign of life."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from services.worker.logs import Log, places
from shared.db.pool import Conn, connect_options
from shared.jobs import upkeep
from shared.settings import Settings

BEAT_SECONDS = 5.0
FORGOTTEN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process works with; made before a fork, so it holds nothing that a child must not share."""

    settings: Settings
    name: str
    log: Log


def new_name(duty: str) -> str:
    """Return a name no process has had: leases are held by it."""
    return f"{duty}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@contextmanager
def engine_connection(settings: Settings, name: str) -> Iterator[Conn]:
    """Open a connection of the engine's role for a while; psycopg.OperationalError when there is none."""
    options = connect_options(settings, name) | {"row_factory": dict_row}
    with psycopg.connect(settings.need("engine_database_url"), **options) as conn:
        yield conn


class Presence:
    """Tells the workers' table that a process lives, every BEAT_SECONDS; PostgreSQL away is no error."""

    def __init__(self, runtime: Runtime, duty: str) -> None:
        self._runtime, self._duty = runtime, duty
        self._next = 0.0

    def beat(self) -> None:
        """Show the process, if it is time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + BEAT_SECONDS
        self._tell(gone=False)

    def leave(self) -> None:
        """Take the process from the table."""
        self._tell(gone=True)

    def _tell(self, *, gone: bool) -> None:
        runtime = self._runtime
        try:
            with engine_connection(runtime.settings, self._duty) as conn:
                if gone:
                    upkeep.leave(conn, worker=runtime.name)
                else:
                    host, pid = socket.gethostname(), os.getpid()
                    upkeep.beat(conn, worker=runtime.name, host=host, pid=pid, duty=self._duty)
        except psycopg.Error as error:
            runtime.log.warning("presence_failed", error=type(error).__name__, at=places(error))
