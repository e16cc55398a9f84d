"""Rows 10 and 11: PostgreSQL is restarted again and again, stands still, or is away while requests and jobs go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tests.faults.jobs import ask, held_up, row, wait_done_once, wait_gone, wait_status
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial
from tests.faults.world import School

CLIENTS = 4
REASON = {"reason": "нагрузка"}
ANSWERED = {200, 202, 409, 412, 503, None}
"""What a client may be told meanwhile; None is no answer."""


def client_of(trial: Trial, system: System, schools: list[School]) -> Callable[[threading.Event], None]:
    """Return a client that moves and asks for computations, each deed under one key until it is settled."""

    def client(stop: threading.Event) -> None:
        callers = [(trial.caller(system, s.methodist), trial.caller(system, s.curator), s) for s in schools]
        versions = {school.programme: school.version for school in schools}
        while not stop.is_set():
            for methodist, curator, school in callers:
                version = versions[school.programme]
                trigger = "suspend" if version % 2 else "resume"
                reply = methodist.transition(school.programme, trigger, version=version, **REASON)
                assert reply.status == 200, "an ambiguous COMMIT is settled by the same key"
                versions[school.programme] = version + 1
                assert curator.programme(school.programme).version == version + 1
                assert curator.do("POST", f"/programmes/{school.programme}/feedback-summary").status == 202

    return client


def test_a_database_restarted_again_and_again_under_load_leaves_nothing_half_done(trial: Trial, system: System) -> None:
    trial.of(10, "PostgreSQL killed or restarted fast under four clients that repeat unknown outcomes by their keys")
    schools = trial.plain(system, CLIENTS * 2)
    shares = [schools[number::CLIENTS] for number in range(CLIENTS)]
    begun = time.monotonic()
    with trial.load([client_of(trial, system, share) for share in shares]):
        number = 0
        while number < 2 or time.monotonic() - begun < trial.scale.of(0, 180):
            wait_until(trial.grows_by(30), "the clients come through")
            time.sleep(trial.rng.uniform(*((0.5, 1.5) if not trial.scale.is_long else (5, 20))))
            _restart(trial, system, is_killed=number % 2 == 0)
            number += 1
        wait_until(trial.grows_by(30), "the pools have recovered")
    assert {call.status for call in trial.recorder.calls} <= ANSWERED
    trial.verify(system)


def _restart(trial: Trial, system: System, *, is_killed: bool) -> None:
    if is_killed:
        system.kill("postgres")
        trial.injected("SIGKILL of PostgreSQL under load")
    else:
        system.stack.stop_process("postgres")
        trial.injected("fast restart of PostgreSQL under load")
    system.stack.start_process("postgres")


@pytest.mark.parametrize("is_killed", [False, True], ids=["standing still", "away"])
def test_a_job_under_a_database_that_is_not_there_ends_itself_and_has_one_effect_later(
    trial: Trial, system: System, is_killed: bool
) -> None:
    seconds = trial.scale.of(5, 60)
    trial.of(11, f"PostgreSQL {'killed and away' if is_killed else 'stopped by SIGSTOP'} for {seconds} s during a job")
    (school,) = trial.plain(system)
    with held_up(system):
        job = ask(trial, system, school)
        wait_status(system, job, "running", fence=1)
        child = system.family("worker")[1]
        if is_killed:
            system.kill("postgres")
            trial.injected("PostgreSQL killed and away")
        else:
            stopped = system.suspended("postgres")
            stopped.__enter__()
            trial.injected("SIGSTOP of PostgreSQL")
        begun = time.monotonic()
        wait_gone(child)
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        if is_killed:
            system.stack.start_process("postgres")
        else:
            stopped.__exit__(None, None, None)
    wait_done_once(system, [job], seconds=120)
    assert row(system, job)["fence"] >= 2, "the first attempt left nothing"
    assert all(system.stack.is_running(name) for name in ("api", "dispatcher", "worker"))
    assert trial.caller(system, school.curator).programme(school.programme).status == 200
    trial.verify(system)
