"""Connections to the real PostgreSQL that halt their actor before each statement and after each commit.

Our code opens connections as ever: psycopg.connect and the pool of `Database` are given these. A killed process is
a connection that vanishes: what it had not committed is rolled back by the server, as after a SIGKILL.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from shared.db.pool import PREPARED_AT_MOST, Conn, Database
from shared.settings import Settings
from tests.simulation.stepping import Actor, Killed, Order, current

_SOON = 0.01
_STUCK_SECONDS = 30.0
_READABLE, _WRITABLE = 1, 2
_OPTIONS = "-c statement_timeout=0 -c lock_timeout=0 -c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan"
Value = TypeVar("Value")


class _Labelled(psycopg.Cursor[DictRow]):
    """Tells its connection what is about to be executed, for the trace."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        cast("Stepped", self.connection).label = " ".join(text.split())[:60]
        return super().execute(query, params, **more)


class Stepped(psycopg.Connection[DictRow]):
    """A connection of one actor at a time."""

    pool: Connections
    role: str
    label = ""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Halt, send, and halt again when something has become durable."""
        actor = current()
        if actor is None:
            return super().wait(gen, interval, timeout)
        if actor.is_dead:
            raise Killed
        was_idle = self.pgconn.transaction_status == TransactionStatus.IDLE
        label, self.label = self.label or "end of transaction", ""
        if not was_idle:
            self._obey(actor, actor.halt(label))
        found = self._driven(actor, gen)
        is_idle = self.pgconn.transaction_status == TransactionStatus.IDLE
        if is_idle and (not was_idle or label != "end of transaction"):
            self._obey(actor, actor.halt(f"after {label}"))
        return found

    def close(self) -> None:
        """Give the connection back for the next actor unless something is open on it."""
        actor = current()
        if actor is not None and self in actor.held:
            actor.held.remove(self)
            if self.pgconn.transaction_status == TransactionStatus.IDLE and self._num_transactions == 0:
                self.pool.give_back(self)
                return
        super().close()

    def vanish(self) -> None:
        """End without a commit; returns when the server has rolled back, so that the next step sees it."""
        if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
            self.pgconn.get_cancel().cancel()
            while self.pgconn.get_result() is not None:
                pass
        if self.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            self.pgconn.exec_(b"ROLLBACK")
        self.pgconn.finish()

    def is_answered(self) -> bool:
        """Say whether the answer to the statement under way has come."""
        return bool(select.select([self.pgconn.socket], [], [], 0)[0])

    def _obey(self, actor: Actor, order: Order) -> None:
        if order is Order.LOSE:
            if self in actor.held:
                actor.held.remove(self)
            self.vanish()
            raise psycopg.OperationalError("the connection is lost")

    def _driven(self, actor: Actor, gen: Any) -> Any:
        try:
            wanted = next(gen)
            while True:
                ready = self._ready(int(wanted))
                if ready == 0:
                    if self.pool.blockers(self):
                        actor.waits_at = self
                        actor.halt(f"waits: {actor.place}")
                    continue
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _ready(self, wanted: int) -> int:
        socket = [self.pgconn.socket]
        read, write, _ = select.select(
            socket if wanted & _READABLE else [], socket if wanted & _WRITABLE else [], [], _SOON
        )
        return (_READABLE if read else 0) | (_WRITABLE if write else 0)


class Connections:
    """Hands out connections by role and tells who waits for whom. ``observer``: a superuser's, for the scheduler."""

    def __init__(self, dsns: dict[str, str], observer: Conn) -> None:
        self.observer = observer
        self._dsns = dsns
        self._idle: dict[str, list[Stepped]] = {}

    def connect(self, url: str) -> Stepped:
        """Return a connection of the address's role, for the actor that asks."""
        role = str(conninfo_to_dict(url)["user"])
        actor = current()
        if actor is not None:
            actor.halt(f"connect as {role}")
        idle = self._idle.setdefault(role, [])
        conn = idle.pop() if idle else self._opened(role)
        if actor is not None:
            actor.held.append(conn)
        return conn

    def give_back(self, conn: Stepped) -> None:
        """Keep a connection for the next actor of its role."""
        self._idle[conn.role].append(conn)

    def blockers(self, conn: Stepped) -> set[int]:
        """Return the server processes whose locks the connection's statement waits for."""
        query = "SELECT pg_blocking_pids(%s) AS pids"
        row = self.observer.execute(query, (conn.pgconn.backend_pid,)).fetchone()
        assert row is not None
        return set(row["pids"])

    def settle(self, waiting: list[Actor]) -> None:
        """Let go the actors whose locks have come, once it is certain for all of them whether they have."""
        end = time.monotonic() + _STUCK_SECONDS
        while (stuck := self._still_waiting(waiting)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"deadlock: {[f'{actor.name} {actor.place}' for actor in waiting]}")
            time.sleep(0.0005)
        for actor in waiting:
            if actor not in stuck:
                actor.waits_at = None

    def close(self) -> None:
        """Close what nobody holds."""
        for conn in (conn for idle in self._idle.values() for conn in idle):
            conn.close()
        self._idle.clear()

    def _still_waiting(self, waiting: list[Actor]) -> list[Actor] | None:
        """Return who waits for good; None while somebody is between waiting and having it."""
        asleep: dict[int, tuple[Actor, set[int]]] = {}
        for actor in waiting:
            conn = actor.waits_at
            if conn is not None and not conn.is_answered():
                asleep[conn.pgconn.backend_pid] = (actor, self.blockers(conn))
        settled: set[int] = set()
        while True:
            more = {
                pid
                for pid, (_, by) in asleep.items()
                if pid not in settled and by and all(other in settled or other not in asleep for other in by)
            }
            if not more:
                break
            settled |= more
        return [actor for actor, _ in asleep.values()] if len(settled) == len(asleep) else None

    def _opened(self, role: str) -> Stepped:
        conn = Stepped.connect(
            self._dsns[role],
            row_factory=dict_row,
            autocommit=True,
            prepare_threshold=5,
            options=_OPTIONS,
            cursor_factory=_Labelled,
            application_name="nastavnik-simulation",
        )
        conn.pool, conn.role, conn.prepared_max = self, role, PREPARED_AT_MOST
        return conn


class SteppedDatabase(Database):
    """The real `Database`, its transactions and errors, over stepped connections instead of a pool."""

    def __init__(self, url: str, settings: Settings, *, connections: Connections) -> None:
        super().__init__(url, settings, name="simulation")
        self._connections = connections

    def _open(self) -> Any:
        return self

    @contextmanager
    def connection(self) -> Iterator[Conn]:
        """Lend a connection, as the pool does."""
        conn = self._connections.connect(self._url)
        try:
            yield conn
        finally:
            conn.close()

    def close(self) -> None:
        """Do nothing: the connections are everybody's."""
