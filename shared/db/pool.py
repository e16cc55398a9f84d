"""Connections of one process to PostgreSQL; knows no tables and no tenants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from shared.errors import Unavailable
from shared.settings import Settings

Conn = psycopg.Connection[DictRow]


class Database:
    """A pool opened at the first use after a fork; using it in another process than it was opened in raises."""

    def __init__(self, url: str, settings: Settings, *, name: str) -> None:
        self._url, self._settings, self._name = url, settings, name
        self._pool: ConnectionPool[Conn] | None = None
        self._pid = 0

    @contextmanager
    def transaction(self) -> Iterator[Conn]:
        """Open one transaction; Unavailable when no connection is to be had or it is lost on the way."""
        try:
            with self._open().connection() as conn, conn.transaction():
                yield conn
        except (PoolTimeout, psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
            raise Unavailable from error

    def close(self) -> None:
        """Close all connections; the next transaction opens new ones."""
        if self._pool is not None and self._pid == os.getpid():
            self._pool.close()
        self._pool = None

    def _open(self) -> ConnectionPool[Conn]:
        if self._pool is not None and self._pid != os.getpid():
            raise RuntimeError("a forked child must not use its parent's database connections")
        if self._pool is None:
            self._pid = os.getpid()
            self._pool = ConnectionPool(
                self._url,
                min_size=1,
                max_size=self._settings.pool_size,
                timeout=self._settings.pool_timeout_seconds,
                kwargs=connect_options(self._settings, self._name),
                check=_alive,
                open=True,
            )
        return self._pool


def connect_options(settings: Settings, name: str) -> dict[str, Any]:
    """Return what every connection is opened with; session state is never set later."""
    limit = settings.statement_timeout_ms
    return {
        "row_factory": dict_row,
        "autocommit": True,
        "prepare_threshold": settings.prepare_threshold or None,
        "application_name": f"nastavnik-{name}",
        "connect_timeout": 3,
        "options": f"-c statement_timeout={limit} -c lock_timeout={limit}"
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off",
    }


def _alive(conn: Conn) -> None:
    """Refuse a connection whose server has gone; costs no round trip."""
    if conn.closed or conn.broken or conn.pgconn.socket < 0:
        raise psycopg.OperationalError("the connection is closed")
    conn.pgconn.consume_input()
