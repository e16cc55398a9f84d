"""A job from the request to its result."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from services.worker.handlers import HANDLERS
from shared.jobs.actions import enqueue
from shared.jobs.kinds import (
    AGGREGATE_FEEDBACK,
    BUILD_REWARD_LIST,
    KINDS,
    SCORE_EFFECTIVENESS,
    UnknownKind,
)
from tests.worker.machinery import Engine, wait_until


def test_a_job_asked_for_is_done_with_exactly_one_result(engine: Engine) -> None:
    engine.start("dispatcher")
    engine.start("worker")
    job = engine.ask()
    wait_until(lambda: engine.status(job) == "done")
    (result,) = engine.results(job)
    row = engine.job(job)
    assert result["kind"] == "feedback_summary"
    assert (result["fence"], result["inputs_version"]) == (row["fence"], row["inputs_version"]) == (1, 0)
    assert (row["progress"], row["attempts"], row["lease_until"]) == (1.0, 1, None)
    duties = {row["duty"] for row in engine.rows("SELECT duty FROM worker")}
    assert duties == {"dispatcher", "worker"}


def test_processes_that_end_in_order_leave_the_list_of_workers(engine: Engine) -> None:
    processes = [engine.start("dispatcher"), engine.start("worker")]
    wait_until(lambda: len(engine.rows("SELECT id FROM worker")) == 2)
    for process in processes:
        process.terminate()
        process.join(10)
    assert [process.exitcode for process in processes] == [0, 0]
    assert engine.rows("SELECT id FROM worker") == []


def test_a_setting_that_is_missing_is_named_and_ends_the_process(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.worker", "dispatcher"],
        env={"NASTAVNIK_ENVIRONMENT": "test", "PATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (2, "NASTAVNIK_VALKEY_URL is not set\n")


def test_a_job_runs_in_the_workers_own_process_too(engine: Engine) -> None:
    jobs = [engine.ask() for _ in range(3)]
    engine.relay()
    engine.start("worker", "--burst", WORKER_CLASS="simple").join(20)
    assert [engine.status(job) for job in jobs] == ["done"] * 3


def test_a_request_that_is_rolled_back_leaves_neither_job_nor_wakeup(engine: Engine) -> None:
    with engine.conn() as conn:
        enqueue(
            conn,
            owner=engine.programme,
            kind=AGGREGATE_FEEDBACK,
            args={},
            cause="event:1",
            requested_by=1,
        )
        conn.rollback()
    assert engine.rows("SELECT id FROM job_run") == []
    assert engine.rows("SELECT id FROM outbox") == []


def test_every_kind_is_handled_and_nothing_else() -> None:
    assert set(HANDLERS) == set(KINDS)


def test_an_unknown_kind_is_refused_when_asked_for(engine: Engine) -> None:
    with pytest.raises(UnknownKind) as caught:
        engine.ask("make_coffee")
    assert "make_coffee" in caught.value.text("ru")
    assert engine.rows("SELECT id FROM job_run") == []


def test_a_kind_of_another_release_is_left_alone_and_not_dead(engine: Engine) -> None:
    job = engine.ask()
    engine.execute("UPDATE job_run SET kind = 'from_tomorrow' WHERE id = %s", job)
    engine.run(job)
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["fence"]) == ("queued", 0, 0)


def test_a_refusal_of_the_data_ends_a_job_at_once_with_a_sentence(engine: Engine) -> None:
    job = engine.ask(BUILD_REWARD_LIST)
    engine.run(job)
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["error_code"]) == ("dead", 1, "rewards.score_missing")
    assert row["error_ru"].startswith("Эффективность ещё не оценена")
    assert row["error_en"].startswith("The effectiveness has not been scored yet")
    assert engine.results(job) == []


def test_a_reward_list_needs_frozen_rules(engine: Engine) -> None:
    engine.run(engine.ask(SCORE_EFFECTIVENESS))
    job = engine.ask(BUILD_REWARD_LIST)
    engine.run(job)
    assert engine.job(job)["error_code"] == "rewards.rules_missing"


def test_the_same_inputs_give_the_same_bytes(engine: Engine) -> None:
    jobs = [engine.ask(SCORE_EFFECTIVENESS) for _ in range(2)]
    for job in jobs:
        engine.run(job)
    (first,), (second,) = (engine.results(job) for job in jobs)
    assert first["canonical"] == second["canonical"]
    assert first["digest"] == second["digest"]
    assert first["inputs_digest"] == second["inputs_digest"]
    assert (first["pack_code"], first["pack_version"]) == ("order_428", 1)


def test_a_job_whose_rows_vanished_is_dead_with_a_sentence(engine: Engine) -> None:
    job = engine.ask()
    engine.execute("UPDATE job_run SET school_id = school_id WHERE id = %s", job)
    with psycopg.connect(engine.dsns["nastavnik_owner"]) as conn:
        conn.execute("SELECT set_config('app.municipality_id', %s, true)", (str(engine.programme.municipality_id),))
        conn.execute("SELECT set_config('app.school_id', 'all', true)")
        conn.execute("UPDATE programme SET pack_code = 'withdrawn'")
    engine.run(job)
    assert (engine.status(job), engine.job(job)["error_code"]) == ("dead", "not_found")
