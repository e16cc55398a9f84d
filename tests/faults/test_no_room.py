"""Row 18: Valkey takes nothing more, or PostgreSQL can only be read; both come to be as before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import redis

from services.worker.wakeups import connect
from tests.faults.jobs import ask, row, wait_done_once
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial

REASON = {"reason": "проверка"}
MEMORY = 8 * 2**20
_LEFT = """
SELECT (SELECT count(*) FROM programme_event WHERE programme_id = %(p)s) AS events,
       (SELECT count(*) FROM job_run WHERE programme_id = %(p)s) AS jobs,
       (SELECT count(*) FROM idempotency) AS answers, (SELECT count(*) FROM outbox) AS outbox,
       (SELECT row(stage, version, inputs_version)::text FROM programme WHERE id = %(p)s) AS state
"""


def _fill(client: redis.Redis) -> None:
    while True:
        client.set(f"ballast:{uuid.uuid4()}", b"x" * 2**16)


@contextmanager
def full(client: redis.Redis) -> Iterator[None]:
    """Fill Valkey to its limit, which throws nothing out."""
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    limit = int(client.info("memory")["used_memory"]) + MEMORY
    client.config_set("maxmemory", limit)
    try:
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            _fill(client)
        client.config_set("maxmemory", limit - MEMORY // 8)  # what is freed now and then makes no room
        yield
    finally:
        client.config_set("maxmemory", 0)
        for key in client.scan_iter("ballast:*"):
            client.delete(key)


def test_a_full_valkey_costs_no_request_and_its_jobs_are_done_afterwards(trial: Trial, system: System) -> None:
    trial.of(18, "Valkey filled to maxmemory under requests, then emptied; a worker killed meanwhile")
    schools = trial.plain(system, trial.scale.of(6, 40))
    with connect(system.stack.valkey.url) as client, full(client):
        trial.injected("Valkey filled to its limit")
        jobs = [ask(trial, system, school) for school in schools]
        for school in schools:
            caller = trial.caller(system, school.methodist)
            assert caller.transition(school.programme, "suspend", version=school.version, **REASON).status == 200
            caller.close()
        system.kill("worker")
        trial.injected("SIGKILL of the worker")
        system.restart("worker")
        assert {call.status for call in trial.recorder.calls} == {200, 202}
        assert all(row(system, job)["status"] == "queued" for job in jobs), "a full queue takes no message"
    wait_done_once(system, jobs, seconds=120)
    trial.verify(system)


@contextmanager
def read_only(system: System) -> Iterator[None]:
    """Refuse every write of every session from now on, as a standby or a full disk does."""
    with psycopg.connect(system.stack.postgres.superuser_dsn, autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        conn.execute("SELECT pg_reload_conf()")
        wait_until(lambda: _says(system, "on"), "the server is read-only")
        try:
            yield
        finally:
            conn.execute("SET default_transaction_read_only = off")
            conn.execute("ALTER SYSTEM RESET default_transaction_read_only")
            conn.execute("SELECT pg_reload_conf()")
            wait_until(lambda: _says(system, "off"), "the server can be written again")


def _says(system: System, word: str) -> bool:
    return bool(system.value("SELECT current_setting('default_transaction_read_only') AS n") == word)


def test_a_database_that_can_only_be_read_is_told_and_leaves_nothing_half_done(trial: Trial, system: System) -> None:
    trial.of(18, "PostgreSQL read-only, its clients' worker killed meanwhile, then writable again")
    (school,) = trial.plain(system)
    path, program = f"/programmes/{school.programme}/transitions", school.programme
    caller, key = trial.caller(system, school.methodist), uuid.uuid4().hex
    wait_until(system.is_quiet, "nothing else is under way")
    query = _LEFT.replace("%(p)s", str(program))
    before = system.rows(query)
    with read_only(system):
        trial.injected("PostgreSQL read-only")
        system.kill("worker")
        trial.injected("SIGKILL of the worker")
        system.stack.start_process("worker")
        for _ in range(trial.scale.of(5, 50)):
            refused = caller.send("POST", path, {"trigger": "suspend", **REASON}, version=school.version, key=key)
            assert (refused.status, refused.body["code"]) == (503, "unavailable")
            assert refused.headers["retry-after"] == "2"
            assert system.rows(query) == before
        assert caller.send("GET", f"/programmes/{program}").status in (200, 503)
    done = caller.do("POST", path, {"trigger": "suspend", **REASON}, version=school.version, key=key)
    assert done.status == 200
    wait_done_once(system, [ask(trial, system, school)])
    trial.verify(system)
