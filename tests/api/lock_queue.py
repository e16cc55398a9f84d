"""Requests that stand before a lock which the test holds; knows no rule."""

from __future__ import annotations

import time
from concurrent.futures import Future

import psycopg
import pytest
from werkzeug.test import TestResponse

_STANDING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND usename = 'nastavnik_api'"
)


def wait_for_a_lock(dsn: str, *waiting: Future[TestResponse]) -> None:
    """Return once all these requests stand before a lock; fail when one comes through instead. ``dsn``: of the API."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for _ in range(200):
            assert not any(one.done() for one in waiting), "a request did not wait for the writer before it"
            if conn.execute(_STANDING).fetchone() == (len(waiting),):
                return
            time.sleep(0.02)
    pytest.fail("not all requests came to stand before the lock")
