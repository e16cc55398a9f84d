"""Connections of one process to PostgreSQL; knows no tables and no tenants."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from shared.errors import Unavailable
from shared.settings import Settings

Conn = psycopg.Connection[DictRow]
Reached = Callable[[str], None]
"""Told `statement`, `before_commit` and `after_commit` as a transaction passes them; only tests listen."""
PREPARED_AT_MOST = 500
"""Statements a connection keeps prepared; there are fewer, so none is driven out."""


class Database:
    """A pool opened at the first use after a fork; using it in another process than it was opened in raises."""

    def __init__(self, url: str, settings: Settings, *, name: str, reached: Reached | None = None) -> None:
        self._url, self._settings, self._name = url, settings, name
        self._reached = reached
        self._pool: ConnectionPool[Conn] | None = None
        self._pid = 0
        self._opening = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Conn]:
        """Open one transaction; Unavailable when no connection is to be had or it is lost on the way."""
        try:
            with self._open().connection() as conn, _whole(conn, self._reached):
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
        with self._opening:  # two threads at the first request would open two pools and lose one
            if self._pool is None:
                self._pid = os.getpid()
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ConnectionPool[Conn]:
        return ConnectionPool(
            self._url,
            min_size=1,
            max_size=self._settings.pool_size,
            timeout=self._settings.pool_timeout_seconds,
            kwargs={**connect_options(self._settings, self._name), **_told(self._reached)},
            configure=_configure,
            check=demand_alive,
            open=True,
        )


def begin_again(conn: Conn) -> None:
    """Undo all that the open transaction has done and begin another: its tenant and its locks are gone too."""
    _roll_back(conn)
    conn.execute("BEGIN")


@contextmanager
def _whole(conn: Conn, reached: Reached | None) -> Iterator[None]:
    conn.execute("BEGIN")
    try:
        yield
    except BaseException:
        with contextlib.suppress(psycopg.Error):  # what went wrong first is what matters
            _roll_back(conn)
        raise
    if conn.pgconn.transaction_status != TransactionStatus.INTRANS:
        _roll_back(conn)  # COMMIT would answer ROLLBACK without a word
        raise RuntimeError("a failed statement was passed over: nothing of this transaction is kept")
    if reached is not None:
        reached("before_commit")
    conn.execute("COMMIT")
    if reached is not None:
        reached("after_commit")


def _told(reached: Reached | None) -> dict[str, Any]:
    """Return the option that makes every statement but COMMIT be told of; nothing when nobody listens."""
    if reached is None:
        return {}
    tell = reached

    class Telling(psycopg.Cursor[DictRow]):
        """Executes, then tells."""

        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Self:
            super().execute(query, *args, **kwargs)
            if query != "COMMIT":
                tell("statement")
            return self

    return {"cursor_factory": Telling}


def _roll_back(conn: Conn) -> None:
    """Roll back unseen by psycopg, which forgets every prepared statement when it sees a ROLLBACK.

    Only DDL would make that needful. Planning the facts anew takes several times as long as reading them, so that
    each refused request would make the next ones slow.
    """
    if conn.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
        conn.pgconn.exec_(b"ROLLBACK")


def _configure(conn: Conn) -> None:
    conn.prepared_max = PREPARED_AT_MOST


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
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off"
        # A prepared statement is planned once: the policies hide every value from the planner anyway.
        " -c plan_cache_mode=force_generic_plan",
    }


def demand_alive(conn: Conn) -> None:
    """Refuse a connection whose server has gone; costs no round trip."""
    if conn.closed or conn.broken or conn.pgconn.socket < 0:
        raise psycopg.OperationalError("the connection is closed")
    # Twice: the first may read the server's last words only, the second then finds that nothing more will come.
    conn.pgconn.consume_input()
    conn.pgconn.consume_input()
