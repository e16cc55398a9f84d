"""A worker that does its jobs itself keeps one connection, and never one that it cannot trust."""

from __future__ import annotations

import psycopg

from services.worker.engine import KeptConnection
from shared.db.pool import Conn
from shared.settings import Settings


def backend(conn: Conn) -> int:
    row = conn.execute("SELECT pg_backend_pid() AS pid").fetchone()
    assert row is not None
    return int(row["pid"])


def test_the_same_connection_is_lent_again(settings: Settings) -> None:
    kept = KeptConnection(settings, "test")
    with kept.lent() as conn:
        first = backend(conn)
    with kept.lent() as conn:
        assert backend(conn) == first
    kept.close()
    assert conn.closed


def test_one_that_the_server_ended_is_replaced_before_it_is_lent(settings: Settings, dsns: dict[str, str]) -> None:
    kept = KeptConnection(settings, "test")
    with kept.lent() as conn:
        first = backend(conn)
    with psycopg.connect(dsns["nastavnik_engine"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    with kept.lent() as conn:
        assert backend(conn) != first
    kept.close()


def test_one_that_comes_back_in_the_middle_of_something_is_closed(settings: Settings) -> None:
    kept = KeptConnection(settings, "test")
    with kept.lent() as conn:
        conn.execute("BEGIN")
    assert conn.closed
    with kept.lent() as another:
        assert another is not conn
    kept.close()
