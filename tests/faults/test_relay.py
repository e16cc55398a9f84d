"""Row 5: the relay killed between enqueue and mark, before enqueue, and two of them at once."""

from __future__ import annotations

import signal
from functools import partial

import pytest

from tests.faults.system import System, wait_until
from tests.faults.trial import Trial
from tests.faults.world import School

_JOBS = """
SELECT j.status, (SELECT count(*) FROM result r WHERE r.job_run_id = j.id) AS n
FROM job_run j WHERE j.programme_id = ANY(%s)
"""


def ask(trial: Trial, system: System, schools: list[School]) -> None:
    """Have each school ask for a computation."""
    for school in schools:
        caller = trial.caller(system, school.curator)
        assert caller.do("POST", f"/programmes/{school.programme}/feedback-summary").status == 202
        caller.close()


def done_once(system: System, schools: list[School]) -> bool:
    """Whether each school's job is done and has left one result, however often its message was sent."""
    rows = system.rows(_JOBS, [school.programme for school in schools])
    return [(row["status"], row["n"]) for row in rows] == [("done", 1)] * len(schools)


@pytest.mark.parametrize("point", ["relay_before_enqueue", "relay_after_enqueue"])
def test_a_relay_killed_at_its_work_loses_nothing_and_does_nothing_twice(
    trial: Trial, system: System, point: str
) -> None:
    trial.of(5, f"a dispatcher with waiting messages ends itself at `{point}`, another follows")
    for _ in range(trial.scale.of(1, 10)):
        schools = trial.plain(system, 5)
        system.kill("dispatcher")
        ask(trial, system, schools)
        system.restart("dispatcher", env={"NASTAVNIK_FAILPOINT": point})
        wait_until(lambda: not system.stack.is_running("dispatcher"), "the armed relay has killed itself")
        assert system.stack.processes["dispatcher"].returncode == -signal.SIGKILL
        trial.injected("SIGKILL of a relay at its failpoint")
        mine = [school.programme for school in schools]
        unsent = "SELECT count(*) AS n FROM outbox o JOIN job_run j ON j.id = o.job_run_id"
        assert system.value(f"{unsent} WHERE j.programme_id = ANY(%s) AND o.sent_at IS NULL", mine) == len(schools)
        with trial.recovery():
            system.restart("dispatcher")
            wait_until(partial(done_once, system, schools), "every job is done once")
    trial.verify(system)


def test_two_relays_of_which_one_is_killed_send_everything_once(trial: Trial, system: System) -> None:
    trial.of(5, "two dispatchers at one outbox, one of them killed and started again and again")
    system.restart("dispatcher-2")
    for _ in range(trial.scale.of(2, 15)):
        schools = trial.plain(system, 10)
        ask(trial, system, schools[:5])
        victim = trial.rng.choice(["dispatcher", "dispatcher-2"])
        system.kill(victim)
        trial.injected("SIGKILL of one of two relays")
        ask(trial, system, schools[5:])
        with trial.recovery():
            system.restart(victim)
            wait_until(partial(done_once, system, schools), "every job is done once")
    trial.verify(system)
