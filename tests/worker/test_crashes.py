"""Processes killed, queues emptied, messages forged or sent twice: nothing is lost and nothing is done twice."""

from __future__ import annotations

import signal
from pathlib import Path
from uuid import UUID

import pytest
from rq import Callback, Queue
from rq.job import Job

from services.worker.guarded_job import FUNCTION
from services.worker.wakeups import QUEUE
from shared.access.model import Actor, Role
from shared.db.tenancy import Tenant
from shared.jobs import actions
from shared.jobs.model import Wakeup
from tests.worker.machinery import Engine, wait_until

KILLED = -signal.SIGKILL
pytestmark = pytest.mark.usefixtures("holds_after")


def is_done_once(engine: Engine, job: UUID) -> bool:
    return engine.status(job) == "done" and len(engine.results(job)) == 1


@pytest.mark.parametrize(
    ("point", "left"),
    [("worker_after_claim", "running"), ("worker_before_finish", "running"), ("worker_after_finish", "done")],
)
def test_a_worker_killed_on_the_way_costs_an_attempt_and_no_result(engine: Engine, point: str, left: str) -> None:
    job = engine.ask()
    assert engine.run_in_child(job, failpoint=point) == KILLED
    assert engine.status(job) == left
    if left == "running":
        engine.run(job)
        assert engine.status(job) == "running", "its lease is not over"
        engine.lapse(job)
        assert [found.id for found in engine.reconcile()] == [job]
        engine.run(job)
    assert is_done_once(engine, job)
    fence = 2 if left == "running" else 1
    assert engine.results(job)[0]["fence"] == engine.job(job)["fence"] == fence


def test_a_whole_worker_killed_with_its_job_is_replaced_within_lease_and_reconciliation(engine: Engine) -> None:
    engine.start("dispatcher")
    first = engine.start("worker", WORKER_CLASS="simple", FAILPOINT="worker_after_claim")
    job = engine.ask()
    first.join(20)
    assert first.exitcode == KILLED
    engine.start("worker")
    wait_until(lambda: engine.status(job) == "done")
    assert is_done_once(engine, job)
    assert engine.results(job)[0]["fence"] == 2


def test_the_orphan_of_a_killed_parent_is_fenced(engine: Engine) -> None:
    engine.start("dispatcher")
    first = engine.start("worker")
    with engine.conn("owner") as blocking:
        blocking.execute("LOCK TABLE survey IN ACCESS EXCLUSIVE MODE")
        job = engine.ask()
        wait_until(lambda: engine.status(job) == "running")
        first.kill()
        first.join()
        engine.start("worker")
        wait_until(lambda: engine.job(job)["fence"] == 2)
    wait_until(lambda: engine.status(job) == "done")
    assert is_done_once(engine, job)
    assert engine.results(job)[0]["fence"] == 2


def test_a_long_job_keeps_its_lease(engine: Engine) -> None:
    engine.start("dispatcher")
    engine.start("worker")
    with engine.conn("owner") as blocking:
        blocking.execute("LOCK TABLE survey IN ACCESS EXCLUSIVE MODE")
        job = engine.ask()
        wait_until(lambda: engine.status(job) == "running")
        first = engine.job(job)["lease_until"]
        wait_until(lambda: (engine.job(job)["lease_until"] - first).total_seconds() > 3)
    wait_until(lambda: engine.status(job) == "done")
    assert engine.job(job)["fence"] == 1


def test_a_long_job_in_the_workers_own_process_keeps_its_lease(engine: Engine) -> None:
    engine.start("dispatcher")
    engine.start("worker", WORKER_CLASS="simple")
    with engine.conn("owner") as blocking:
        blocking.execute("LOCK TABLE survey IN ACCESS EXCLUSIVE MODE")
        job = engine.ask()
        wait_until(lambda: engine.status(job) == "running")
        first = engine.job(job)["lease_until"]
        wait_until(lambda: (engine.job(job)["lease_until"] - first).total_seconds() > 3)
    wait_until(lambda: engine.status(job) == "done")
    assert engine.job(job)["fence"] == 1


def test_a_killed_child_is_told_at_once_and_dead_after_the_last_attempt(engine: Engine) -> None:
    job = engine.ask(max_attempts=1)
    engine.relay()
    engine.start("worker", "--burst", FAILPOINT="worker_after_claim").join(20)
    row = engine.job(job)
    assert (row["status"], row["error_code"]) == ("dead", "job.killed")
    assert "сигнал 9" in row["error_ru"]


@pytest.mark.parametrize("worker_class", ["fork", "simple"])
def test_a_job_that_takes_too_long_is_ended_and_says_so(engine: Engine, worker_class: str) -> None:
    job = engine.ask(max_attempts=1)
    engine.relay()
    with engine.conn("owner") as blocking:
        blocking.execute("LOCK TABLE survey IN ACCESS EXCLUSIVE MODE")
        worker = engine.start("worker", "--burst", WORKER_CLASS=worker_class, JOB_TIMEOUT_SECONDS="1")
        worker.join(20)
    row = engine.job(job)
    assert (row["status"], row["error_code"]) == ("dead", "job.timed_out")


def test_a_cancelled_jobs_child_is_ended(engine: Engine) -> None:
    engine.start("dispatcher")
    engine.start("worker")
    with engine.conn("owner") as blocking:
        blocking.execute("LOCK TABLE survey IN ACCESS EXCLUSIVE MODE")
        job = engine.ask()
        wait_until(lambda: engine.status(job) == "running")
        with engine.conn() as conn:
            actions.cancel(conn, Actor(1, Role.CURATOR, Tenant(engine.programme.municipality_id)), job)
        # The server ends the statement of a client that is gone only when it looks: the worker itself is free.
        other = engine.ask()
        wait_until(lambda: engine.job(other)["fence"] == 1)
    wait_until(lambda: engine.status(other) == "done")
    assert (engine.status(job), engine.results(job)) == ("cancelled", [])


@pytest.mark.parametrize("point", ["relay_before_enqueue", "relay_after_enqueue"])
def test_a_relay_killed_between_sending_and_marking_loses_nothing(engine: Engine, point: str) -> None:
    job = engine.ask()
    first = engine.start("dispatcher", FAILPOINT=point)
    first.join(20)
    assert first.exitcode == KILLED
    assert engine.rows("SELECT sent_at FROM outbox") == [{"sent_at": None}]
    assert engine.relay() == 1
    engine.start("worker", "--burst").join(20)
    assert is_done_once(engine, job)


def test_two_relays_at_once_leave_nothing_behind(engine: Engine) -> None:
    for _ in range(2):
        engine.start("dispatcher")
    jobs = [engine.ask() for _ in range(30)]
    wait_until(lambda: engine.rows("SELECT id FROM outbox WHERE sent_at IS NULL") == [])
    assert engine.wakeups().waiting() == set(jobs)


def test_a_message_delivered_many_times_has_one_effect(engine: Engine) -> None:
    job = engine.ask()
    engine.relay()
    for number in (1, 1, 2, 3):
        engine.wakeups().send([Wakeup(0, job, number)])
    engine.start("worker", "--burst", WORKER_CLASS="simple").join(20)
    assert is_done_once(engine, job)
    assert engine.job(job)["fence"] == 1


def test_an_emptied_queue_is_noticed_and_everything_open_is_sent_again(engine: Engine) -> None:
    dispatcher = engine.start("dispatcher", RECONCILE_SECONDS="600")
    jobs = [engine.ask() for _ in range(5)]
    wait_until(lambda: len(engine.wakeups().waiting()) == len(jobs))
    engine.client().flushall()
    wait_until(lambda: len(engine.wakeups().waiting()) == len(jobs))
    assert dispatcher.is_alive()
    engine.start("worker", WORKER_CLASS="simple")
    wait_until(lambda: all(engine.status(job) == "done" for job in jobs))
    assert all(is_done_once(engine, job) for job in jobs)


def test_a_message_that_came_to_nothing_is_sent_again(engine: Engine) -> None:
    job = engine.ask()
    engine.relay()
    assert engine.client().delete(f"rq:queue:{QUEUE}") == 1
    engine.start("dispatcher")
    wait_until(lambda: engine.wakeups().waiting() == {job})
    assert engine.job(job)["run_no"] == 2


def test_a_job_that_waits_in_the_queue_is_not_sent_again(engine: Engine) -> None:
    job = engine.ask()
    engine.relay()
    engine.wakeups().remember()
    engine.execute("UPDATE outbox SET sent_at = sent_at - interval '1 hour'")
    dispatcher = engine.start("dispatcher")
    wait_until(lambda: len(engine.rows("SELECT id FROM worker")) == 1)
    dispatcher.terminate()
    dispatcher.join(5)
    assert engine.job(job)["run_no"] == 1
    assert len(engine.client().lrange(f"rq:queue:{QUEUE}", 0, -1)) == 1


def test_callbacks_and_web_hooks_of_a_message_are_not_heard(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "called"
    job = engine.ask()
    queue = Queue(QUEUE, connection=engine.client(), serializer="json")
    queue.enqueue(
        FUNCTION,
        str(job),
        on_success=Callback("tests.worker.test_crashes.leave_a_trace"),
        on_failure=Callback("tests.worker.test_crashes.leave_a_trace"),
        meta={"path": str(target)},
    )
    engine.start("worker", "--burst", WORKER_CLASS="simple").join(20)
    assert is_done_once(engine, job)
    assert not target.exists()


def leave_a_trace(job: Job, *_: object) -> None:
    """What a forged callback would do."""
    Path(job.meta["path"]).touch()


def test_only_the_engine_may_write_results(engine: Engine) -> None:
    for role in ("api", "auditor", "respondent"):
        with engine.conn(role) as conn:
            row = conn.execute("SELECT has_table_privilege('result', 'INSERT, UPDATE, DELETE') AS may").fetchone()
            assert row == {"may": False}, role
