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
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from services.worker.logs import Log, places
from shared.db.pool import Conn, connect_options, demand_alive
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


def open_engine(settings: Settings, name: str) -> Conn:
    """Open a connection of the engine's role, its caller's to close; psycopg.OperationalError when there is none."""
    options = connect_options(settings, name) | {"row_factory": dict_row}
    return psycopg.connect(settings.need("engine_database_url"), **options)


@contextmanager
def engine_connection(settings: Settings, name: str) -> Iterator[Conn]:
    """Open a connection of the engine's role for a while; psycopg.OperationalError when there is none."""
    with open_engine(settings, name) as conn:
        yield conn


class KeptConnection:
    """One connection for all jobs of a process that does them itself; a child must not inherit it."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings, self._name = settings, name
        self._conn: Conn | None = None

    @contextmanager
    def lent(self) -> Iterator[Conn]:
        """Lend it, new when the last one is lost; psycopg.OperationalError when there is none to be had.

        One that comes back in the middle of something is closed: nobody knows what it is in the middle of.
        """
        conn = self._alive() or open_engine(self._settings, self._name)
        self._conn = None
        try:
            yield conn
        finally:
            if conn.info.transaction_status is TransactionStatus.IDLE:
                self._conn = conn
            else:
                conn.close()

    def close(self) -> None:
        """Close it; the next loan opens another."""
        if self._conn is not None:
            self._conn.close()
        self._conn = None

    def _alive(self) -> Conn | None:
        if self._conn is None:
            return None
        try:
            demand_alive(self._conn)
        except psycopg.OperationalError:
            self.close()
        return self._conn


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
