"""Jobs that nobody can do as they are: of another release, poisonous, or about what is no longer there."""

from __future__ import annotations

import signal
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from services.worker.handlers import HANDLERS
from services.worker.wrapper import run
from shared.deliveries import store
from shared.jobs import upkeep, work
from shared.jobs.actions import cancel, retry
from shared.jobs.kinds import AGGREGATE_FEEDBACK, DELIVER_MAIL, KEEP_RETENTION
from tests.worker.letters import account, ask, letter_jobs, methodist, notice, tell
from tests.worker.machinery import Engine, wait_until

pytestmark = pytest.mark.usefixtures("holds_after")


def ask_of_another_release(engine: Engine) -> UUID:
    """Write a job of a kind that this release has not heard of."""
    job = engine.ask()
    engine.execute("UPDATE job_run SET kind = 'make_coffee' WHERE id = %s", job)
    return job


def done_again(engine: Engine, job: UUID) -> None:
    """Let the invariants know the kind of the job again."""
    engine.execute("UPDATE job_run SET kind = %s WHERE id = %s", AGGREGATE_FEEDBACK, job)


def test_a_kind_we_do_not_know_stays_queued_and_says_so(engine: Engine) -> None:
    job = ask_of_another_release(engine)
    engine.run(job)
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["fence"]) == ("queued", 0, 0)
    assert row["error_code"] == "job.kind_unknown"
    assert row["error_ru"] == "Эта версия программы не знает такой работы; она ждёт версии, которая знает."


def test_it_is_asked_again_ever_more_slowly_and_never_dead(engine: Engine) -> None:
    job = ask_of_another_release(engine)
    pauses = []
    for _ in range(7):
        engine.execute("UPDATE job_run SET next_at = clock_timestamp() WHERE id = %s", job)
        engine.execute("UPDATE outbox SET sent_at = clock_timestamp() - interval '1 h' WHERE job_run_id = %s", job)
        with engine.conn("engine") as conn:
            assert [found.id for found in upkeep.wake_unanswered(conn, (), older_than_seconds=30)] == [job]
        engine.run(job)
        (left,) = engine.rows("SELECT extract(epoch FROM next_at - clock_timestamp()) AS s FROM job_run")
        pauses.append(float(left["s"]))
        with engine.conn("engine") as conn:
            assert upkeep.wake_unanswered(conn, (), older_than_seconds=0) == []
    assert [round(pause, -2) for pause in pauses] == sorted(round(pause, -2) for pause in pauses)
    assert 0 < pauses[0] <= 2 * work.UNKNOWN_SECONDS
    assert work.UNKNOWN_LONGEST_SECONDS - 60 < pauses[-1] <= work.UNKNOWN_LONGEST_SECONDS
    assert engine.status(job) == "queued"


def test_the_release_that_knows_it_takes_it_up_at_once(engine: Engine) -> None:
    job = ask_of_another_release(engine)
    engine.run(job)
    done_again(engine, job)
    engine.start("dispatcher")
    engine.start("worker")
    wait_until(lambda: engine.status(job) == "done", seconds=60)
    assert engine.job(job)["error_code"] is None


def test_of_a_kind_we_know_nothing_is_put_off(engine: Engine) -> None:
    job = engine.ask()
    with engine.conn("engine") as conn:
        assert work.put_off_unknown(conn, job, kinds=HANDLERS.keys()) is None
    assert engine.job(job)["error_code"] is None


def test_a_job_that_kills_its_worker_is_dead_in_the_end_and_the_others_are_done(engine: Engine) -> None:
    poison = engine.ask(max_attempts=2)
    good = [engine.ask() for _ in range(5)]
    for _ in range(2):
        assert engine.run_in_child(poison, failpoint="worker_before_finish") == -signal.SIGKILL
        engine.lapse(poison)
        engine.reconcile()
    for job in good:
        engine.run(job)
    assert engine.job(poison)["error_code"] == "job.worker_lost"
    assert engine.status(poison) == "dead"
    assert {engine.status(job) for job in good} == {"done"}


@pytest.mark.parametrize("args", [{}, {"delivery": "not an id"}, {"delivery": 7}, {"delivery": None}, {"other": "x"}])
def test_arguments_that_cannot_be_read_give_a_dead_job_with_a_sentence(engine: Engine, args: dict[str, Any]) -> None:
    job = ask(engine, DELIVER_MAIL, args)
    engine.run(job, smtp_url="smtp://127.0.0.1:1?from=a@b.example&tls=none")
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["error_code"]) == ("dead", 1, "job.arguments")
    assert row["error_ru"] == "Аргументы работы не читаются (delivery)."


def test_arguments_that_name_what_is_gone_give_a_dead_job_with_a_sentence(engine: Engine) -> None:
    job = ask(engine, DELIVER_MAIL, {"delivery": str(uuid4())})
    engine.run(job, smtp_url="smtp://127.0.0.1:1?from=a@b.example&tls=none")
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["error_code"]) == ("dead", 1, "job.subject_gone")
    assert row["error_ru"] == "Того, о чём эта работа, больше нет (отправление)."
    assert row["error_en"] == "What this job is about is no longer there (delivery)."


def test_arguments_are_an_object(engine: Engine) -> None:
    job = engine.ask()
    with pytest.raises(Exception, match="job_run_args"):
        engine.execute("UPDATE job_run SET args = %s WHERE id = %s", Jsonb([1]), job)
    engine.run(job)
    assert engine.status(job) == "done"


def test_a_job_of_the_municipality_for_a_kind_of_programmes_is_dead_with_a_sentence(engine: Engine) -> None:
    job = ask(engine, KEEP_RETENTION)
    engine.execute("UPDATE job_run SET kind = %s WHERE id = %s", AGGREGATE_FEEDBACK, job)
    engine.run(job)
    assert engine.job(job)["error_code"] == "job.arguments"


def test_a_kind_is_asked_for_by_its_owner_alone(engine: Engine) -> None:
    with pytest.raises(ValueError, match="municipality"):
        engine.ask(KEEP_RETENTION)
    with pytest.raises(ValueError, match="programme"):
        ask(engine, AGGREGATE_FEEDBACK)


def test_a_job_of_the_municipality_is_cancelled_and_repeated_like_any_other(engine: Engine) -> None:
    job = ask(engine, KEEP_RETENTION)
    with engine.conn() as conn:
        cancel(conn, methodist(engine), job)
        again = retry(conn, methodist(engine), job)
    engine.run(again)
    assert (engine.status(job), engine.status(again)) == ("cancelled", "done")
    (result,) = engine.results(again)
    assert (result["school_id"], result["programme_id"], result["pack_code"]) == (None, None, None)


def test_the_reconciler_settles_a_delivery_whose_job_was_cancelled(engine: Engine) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"))
    (job,) = letter_jobs(engine)
    with engine.conn() as conn:
        cancel(conn, methodist(engine), job)
    (row,) = engine.rows("SELECT id FROM delivery WHERE status = 'waiting'")
    with engine.conn("engine") as conn:
        assert store.give_up_orphans(conn) == []  # too young: its next job may be on its way
        assert store.give_up_orphans(conn, older_than_seconds=0) == [(engine.programme.municipality_id, row["id"])]
    assert engine.rows("SELECT status FROM delivery") == [{"status": "failed"}]


def test_a_worker_leaves_quietly_what_it_is_not_to_do(engine: Engine) -> None:
    run(uuid4(), runtime=engine.runtime())
    assert engine.rows("SELECT id FROM job_run") == []
