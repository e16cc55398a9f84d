"""Who may write what of a job: claims, leases, fences, cancellation, repetition."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from shared.access.model import Actor, Role
from shared.db.tenancy import Tenant
from shared.errors import NotFound
from shared.jobs import actions, overview, store, work
from shared.jobs.backoff import FIRST_SECONDS, LONGEST_SECONDS, delay_seconds
from shared.jobs.errors import JobNotOver, JobOver, JobRetried, killed
from shared.jobs.kinds import AGGREGATE_FEEDBACK, KINDS, SCORE_EFFECTIVENESS
from shared.jobs.model import Claim, Computed, FollowUp, Status
from shared.jobs.overview import JobFilter
from tests.worker.machinery import Engine


def claim(engine: Engine, job: UUID, worker: str = "a", *, lease_seconds: float = 60.0) -> Claim | None:
    with engine.conn("engine") as conn:
        return work.claim(conn, job, worker=worker, lease_seconds=lease_seconds, kinds=KINDS)


def held(engine: Engine, job: UUID, worker: str = "a") -> Claim:
    found = claim(engine, job, worker)
    assert found is not None
    return found


def finish(engine: Engine, by: Claim, *follow_ups: FollowUp) -> int | None:
    with engine.conn("engine") as conn:
        computed = Computed(
            inputs_version=0,
            cut_off_at=by.created_at,
            based_on=None,
            body={},
            canonical="{}",
            digest="0" * 64,
            inputs_digest="0" * 64,
            pack_code="order_428",
            pack_version=1,
            algorithm_version="test",
            follow_ups=follow_ups,
        )
        return work.finish(conn, by, computed)


def actor(engine: Engine) -> Actor:
    return Actor(1, Role.CURATOR, Tenant(engine.programme.municipality_id))


def test_a_job_has_one_holder(engine: Engine) -> None:
    job = engine.ask()
    assert held(engine, job).fence == 1
    assert claim(engine, job, "b") is None


def test_a_job_whose_lease_is_over_goes_to_the_next_and_the_first_can_write_nothing(engine: Engine) -> None:
    job = engine.ask()
    first = held(engine, job, "a")
    engine.lapse(job)
    second = held(engine, job, "b")
    assert second.fence == first.fence + 1
    assert finish(engine, first, FollowUp(SCORE_EFFECTIVENESS)) is None
    with engine.conn("engine") as conn:
        assert work.fail(conn, first, killed(9), is_final=True, delay_seconds=0) is None
        work.report_progress(conn, first, 0.9)
    assert engine.results(job) == []
    assert [row["id"] for row in engine.rows("SELECT id FROM job_run")] == [job]
    assert (engine.status(job), engine.job(job)["progress"]) == ("running", 0.0)
    assert finish(engine, second) is not None
    assert engine.results(job)[0]["fence"] == second.fence


def test_a_result_and_its_follow_up_come_together(engine: Engine) -> None:
    job = engine.ask()
    finish(engine, held(engine, job), FollowUp(SCORE_EFFECTIVENESS))
    (follow_up,) = engine.rows("SELECT * FROM job_run WHERE id <> %s", job)
    assert (follow_up["kind"], follow_up["cause"]) == (SCORE_EFFECTIVENESS, f"job:{job}")
    assert len(engine.rows("SELECT id FROM outbox WHERE job_run_id = %s", follow_up["id"])) == 1


def test_done_is_final(engine: Engine) -> None:
    job = engine.ask()
    mine = held(engine, job)
    finish(engine, mine)
    assert claim(engine, job, "b") is None
    assert finish(engine, mine) is None
    assert len(engine.results(job)) == 1


def test_a_lease_is_extended_for_its_holder_alone(engine: Engine) -> None:
    job = engine.ask()
    with engine.conn("engine") as conn:
        assert work.extend_lease(conn, job, worker="a", lease_seconds=60) is work.Hold.WAITING
    held(engine, job, "a")
    before = engine.job(job)["lease_until"]
    with engine.conn("engine") as conn:
        assert work.extend_lease(conn, job, worker="b", lease_seconds=600) is work.Hold.LOST
        assert work.extend_lease(conn, job, worker="a", lease_seconds=600) is work.Hold.OURS
    assert (engine.job(job)["lease_until"] - before).total_seconds() > 500


def test_a_failed_attempt_comes_back_later_with_a_new_number(engine: Engine) -> None:
    job = engine.ask()
    with engine.conn("engine") as conn:
        failed = work.fail(conn, held(engine, job), killed(9), is_final=False, delay_seconds=100)
    assert failed is not None
    assert failed.status is Status.QUEUED
    row = engine.job(job)
    assert (row["status"], row["run_no"], row["error_code"]) == ("queued", 2, "job.killed")
    assert claim(engine, job) is None, "it is not due yet"
    wakeups = engine.rows("SELECT run_no, not_before FROM outbox WHERE job_run_id = %s ORDER BY id", job)
    assert [wakeup["run_no"] for wakeup in wakeups] == [1, 2]
    assert wakeups[1]["not_before"] == row["next_at"]


def test_a_job_is_dead_after_its_last_attempt_with_the_reason(engine: Engine) -> None:
    job = engine.ask(max_attempts=2)
    for _ in range(2):
        with engine.conn("engine") as conn:
            work.fail(conn, held(engine, job), killed(9), is_final=False, delay_seconds=0)
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["max_attempts"]) == ("dead", 2, 2)
    assert "сигнал 9" in row["error_ru"]
    assert "signal 9" in row["error_en"]
    assert claim(engine, job) is None


def test_a_silent_workers_last_attempt_ends_dead_and_an_earlier_one_does_not(engine: Engine) -> None:
    last, earlier = engine.ask(max_attempts=1), engine.ask(max_attempts=2)
    for job in (last, earlier):
        held(engine, job)
        engine.lapse(job)
    found = {job.id: job.status for job in engine.reconcile()}
    assert found == {last: Status.DEAD, earlier: Status.QUEUED}
    assert engine.job(last)["error_code"] == "job.worker_lost"
    assert engine.reconcile() == []


def test_a_cancelled_job_takes_no_result(engine: Engine) -> None:
    job = engine.ask()
    mine = held(engine, job)
    with engine.conn() as conn:
        actions.cancel(conn, actor(engine), job)
    assert finish(engine, mine) is None
    assert (engine.status(job), engine.results(job)) == ("cancelled", [])
    with engine.conn() as conn, pytest.raises(JobOver):
        actions.cancel(conn, actor(engine), job)


def test_an_ended_job_is_repeated_once_as_a_new_one(engine: Engine) -> None:
    job = engine.ask()
    with engine.conn() as conn, pytest.raises(JobNotOver):
        actions.retry(conn, actor(engine), job)
    with engine.conn() as conn:
        actions.cancel(conn, actor(engine), job)
    with engine.conn() as conn:
        again = actions.retry(conn, actor(engine), job)
    assert engine.job(again)["cause"] == f"retry:{job}"
    assert engine.status(job) == "cancelled"
    with engine.conn() as conn, pytest.raises(JobRetried) as caught:
        actions.retry(conn, actor(engine), job)
    assert str(again) in caught.value.text("en")


def test_the_list_is_newest_first_by_pages_and_filters(engine: Engine) -> None:
    jobs = [engine.ask(kind) for kind in (AGGREGATE_FEEDBACK, SCORE_EFFECTIVENESS, AGGREGATE_FEEDBACK)]
    engine.run(jobs[0])
    with engine.conn() as conn:
        first = overview.page(conn, JobFilter(), limit=2)
        rest = overview.page(conn, JobFilter(), limit=2, after=first[-1].run.id)
        assert [job.run.id for job in first + rest] == jobs[::-1]
        assert [job.run.id for job in overview.page(conn, JobFilter(status=Status.DONE))] == [jobs[0]]
        assert [job.run.id for job in overview.page(conn, JobFilter(kind=SCORE_EFFECTIVENESS))] == [jobs[1]]
        assert overview.page(conn, JobFilter(programme_id=engine.programme.id + 1)) == []
        done = store.get(conn, jobs[0])
    assert (done.result_id, done.error) == (engine.results(jobs[0])[0]["id"], None)


def test_the_engine_sees_every_tenants_jobs_and_the_api_its_own_alone(engine: Engine) -> None:
    foreign = Engine(engine.dsns, engine.valkey_url, engine.another_programme())
    jobs = {engine.ask(), foreign.ask()}
    with psycopg.connect(engine.dsns["nastavnik_engine"]) as conn:
        seen = {row[0] for row in conn.execute("SELECT id FROM job_run")}
        sent = {row[0] for row in conn.execute("SELECT job_run_id FROM outbox")}
    assert seen == sent == jobs
    with engine.conn() as conn:
        (mine,) = overview.page(conn, JobFilter())
    theirs = (jobs - {mine.run.id}).pop()
    with engine.conn() as conn:
        assert conn.execute("SELECT FROM outbox WHERE job_run_id = %s", (theirs,)).fetchall() == []
        for forbidden in (store.get, lambda c, j: actions.cancel(c, actor(engine), j)):
            with pytest.raises(NotFound):
                forbidden(conn, theirs)
        with pytest.raises(NotFound):
            actions.retry(conn, actor(engine), theirs)
    assert foreign.status(theirs) == "queued"


def test_an_account_of_one_school_sees_no_job_of_another(engine: Engine) -> None:
    neighbour = engine.another_programme(in_municipality=engine.programme.municipality_id)
    job = Engine(engine.dsns, engine.valkey_url, neighbour).ask()
    mine = engine.ask()
    with engine.conn(school_id=engine.programme.school_id) as conn:
        assert [found.run.id for found in overview.page(conn, JobFilter())] == [mine]
        with pytest.raises(NotFound):
            store.get(conn, job)


@pytest.mark.parametrize("attempts", [1, 2, 5, 100])
def test_the_wait_doubles_to_its_limit_and_at_least_half_of_it_is_sure(attempts: int) -> None:
    step = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1))
    assert delay_seconds(attempts, 0.0) == step / 2
    assert step / 2 < delay_seconds(attempts, 0.5) < step
    assert delay_seconds(attempts, 0.999) <= step


def test_a_wait_before_the_first_failure_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="attempts"):
        delay_seconds(0, 0.5)
