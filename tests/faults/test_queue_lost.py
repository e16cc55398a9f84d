"""Row 6: Valkey forgets everything, dies, comes back empty or stays away; requests do not notice, no job is lost."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from services.worker.wakeups import connect
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial
from tests.faults.world import School

CLIENTS = 4
REASON = {"reason": "нагрузка"}


def flush(trial: Trial, system: System) -> None:
    """Take everything that Valkey holds."""
    with connect(system.stack.valkey.url) as client:
        client.flushall()
    trial.injected("FLUSHALL under load")


def kill_with_log(trial: Trial, system: System) -> None:
    """A power cut: what the append-only file has is there again."""
    system.kill("valkey")
    trial.injected("SIGKILL of Valkey under load")
    system.restart("valkey")


def come_back_empty(trial: Trial, system: System) -> None:
    """Another Valkey at the same address, that knows nothing."""
    system.kill("valkey")
    trial.injected("SIGKILL of Valkey and loss of its files under load")
    shutil.rmtree(system.stack.data_dir / "valkey" / "appendonlydir")
    system.restart("valkey")


def stay_away(trial: Trial, system: System) -> None:
    """No Valkey for a while."""
    system.kill("valkey")
    time.sleep(trial.scale.of(2, 10))
    trial.injected(f"Valkey away for {trial.scale.of(2, 10)} s under load")
    system.restart("valkey")


def client_of(trial: Trial, system: System, schools: list[School]) -> Callable[[threading.Event], None]:
    """Return a client that moves, reads, and asks for a computation, school after school."""

    def client(stop: threading.Event) -> None:
        versions = {school.programme: school.version for school in schools}
        while not stop.is_set():
            for school in schools:
                methodist, curator = (trial.caller(system, who) for who in (school.methodist, school.curator))
                trigger = "suspend" if versions[school.programme] % 2 else "resume"
                version = versions[school.programme]
                assert methodist.transition(school.programme, trigger, version=version, **REASON).status == 200
                versions[school.programme] = version + 1
                assert curator.programme(school.programme).version == version + 1
                assert curator.do("POST", f"/programmes/{school.programme}/feedback-summary").status == 202
                methodist.close()
                curator.close()

    return client


def done_jobs(system: System, schools: list[School]) -> int:
    """How many jobs of the schools are done."""
    mine = [school.programme for school in schools]
    query = "SELECT count(*) AS n FROM job_run WHERE programme_id = ANY(%s) AND status = 'done'"
    return int(system.value(query, mine))


def more_than(system: System, schools: list[School], before: int) -> bool:
    """Whether more jobs are done than before."""
    return done_jobs(system, schools) > before


@pytest.mark.parametrize("fault", [flush, kill_with_log, come_back_empty, stay_away])
def test_a_queue_that_is_lost_costs_no_request_and_no_job(
    trial: Trial, system: System, fault: Callable[[Trial, System], None]
) -> None:
    trial.of(6, f"{(fault.__doc__ or '').strip()} Four clients move, read and ask for computations meanwhile.")
    schools = trial.plain(system, CLIENTS * 3)
    shares = [schools[number::CLIENTS] for number in range(CLIENTS)]
    with trial.load([client_of(trial, system, share) for share in shares]):
        for _ in range(trial.scale.of(1, 4)):
            wait_until(trial.grows_by(40), "the load runs")
            fault(trial, system)
            done = done_jobs(system, schools)
            with trial.recovery():
                wait_until(partial(more_than, system, schools, done), "jobs go on")
            wait_until(trial.grows_by(40), "the load goes on")
    statuses = {call.status for call in trial.recorder.calls}
    assert statuses == {200, 202}, "the API's error rate is 0"
    mine = [school.programme for school in schools]
    wait_until(
        lambda: (
            system.value("SELECT count(*) AS n FROM job_run WHERE programme_id = ANY(%s) AND status <> 'done'", mine)
            == 0
        ),
        "every job is done",
    )
    trial.verify(system)
