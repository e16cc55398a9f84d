"""A job from the request to its result, through real processes."""

from __future__ import annotations

from services.worker.wrapper import run
from tests.worker.conftest import Engine, wait_until


def test_a_job_asked_for_is_done_with_exactly_one_result(engine: Engine) -> None:
    job = engine.ask()
    engine.start("dispatcher")
    engine.start("worker")
    wait_until(lambda: engine.status(job) == "done")
    (result,) = engine.results(job)
    row = engine.job(job)
    assert result["kind"] == "feedback_summary"
    assert (result["fence"], result["inputs_version"]) == (row["fence"], row["inputs_version"]) == (1, 0)
    assert (row["progress"], row["attempts"], row["lease_until"]) == (1.0, 1, None)


def test_a_job_runs_in_the_workers_own_process_too(engine: Engine) -> None:
    job = engine.ask()
    engine.relay()
    engine.start("worker", "--burst", WORKER_CLASS="simple").wait(15)
    assert engine.status(job) == "done"
    assert len(engine.results(job)) == 1
    assert run is not None
