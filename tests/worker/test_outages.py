"""A server taken away and given back under running processes of the engine: they wait, go on, and lose nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded import postgres, valkey
from deploy.embedded.databases import clone_database, prepare_database
from shared.db.migrate import migrate
from tests.worker.machinery import Engine, wait_until


@pytest.mark.parametrize("worker_class", ["fork", "simple"])
def test_valkey_killed_and_started_again_empty(engine: Engine, tmp_path: Path, worker_class: str) -> None:
    server = valkey.start(tmp_path, appendonly=False)
    own = replace(engine, valkey_url=server.url)
    processes = [own.start("dispatcher"), own.start("worker", WORKER_CLASS=worker_class)]
    first = own.ask()
    wait_until(lambda: own.status(first) == "done")
    port = server.port
    own.client().set("of_the_first_life", 1)
    server.kill()
    second = own.ask()
    assert own.status(second) == "queued", "asking for a job needs no Valkey"
    with valkey.start(tmp_path, port=port, appendonly=False) as again:
        # The processes write into it at once, so that only what was there before can be missed.
        assert (again.url, own.client().exists("of_the_first_life")) == (own.valkey_url, 0)
        wait_until(lambda: own.status(second) == "done", seconds=30)
        assert all(process.is_alive() for process in processes)
        for process in processes:
            process.terminate()
            process.join(10)
        assert [process.exitcode for process in processes] == [0, 0]
        assert own.broken() == []


@pytest.mark.parametrize("worker_class", ["fork", "simple"])
def test_postgresql_killed_and_started_again(engine: Engine, tmp_path: Path, worker_class: str) -> None:
    server = postgres.start(tmp_path / "pg")
    migrate(prepare_database(server, "t_template")["nastavnik_owner"])
    own = replace(engine, dsns=clone_database(server, "t_template", "t_own"))
    own.programme = own.another_programme()
    processes = [own.start("dispatcher"), own.start("worker", WORKER_CLASS=worker_class)]
    job = own.ask()
    port = server.port
    wait_until(lambda: own.status(job) == "done")
    second = own.ask()
    server.kill()
    with postgres.start(tmp_path / "pg", port=port):
        wait_until(lambda: own.status(second) == "done", seconds=30)
        assert len(own.results(second)) == 1
        assert all(process.is_alive() for process in processes)
        for process in processes:
            process.terminate()
            process.join(10)
        assert own.broken() == []
