"""Stored answers: kept for their time, then removed for all tenants by the engine alone."""

from __future__ import annotations

import psycopg
import pytest

from shared.access.idempotency import purge
from tests.conftest import ConnAs

_ROW = (
    "INSERT INTO idempotency"
    " (municipality_id, principal_id, method, path, key, request_hash, status, headers, created_at)"
    " VALUES (%s, 1, 'POST', '/', %s, '\\x00', 200, '{}', now() - %s::interval)"
)


def test_the_engine_removes_old_answers_of_all_tenants_and_keeps_the_young(
    conn_as: ConnAs, dsns: dict[str, str]
) -> None:
    for municipality_id in (1, 2):
        with psycopg.connect(dsns["nastavnik_api"]) as conn:
            conn.execute("SELECT set_config('app.municipality_id', %s, true)", (str(municipality_id),))
            conn.execute(_ROW, (municipality_id, "old", "25 hours"))
            conn.execute(_ROW, (municipality_id, "young", "1 hour"))
    engine = conn_as("engine", None)
    assert purge(engine, hours=24) == 2
    assert purge(engine, hours=24) == 0


def test_the_engine_reads_no_answer(conn_as: ConnAs) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn_as("engine", None).execute("SELECT answer FROM idempotency")
