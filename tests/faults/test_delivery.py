"""Rows 12 and 13: messages that come twice, late and out of order, and jobs that kill whoever does them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from uuid import UUID

from services.worker.wakeups import Wakeups, connect
from shared.jobs.model import Wakeup
from shared.settings import Settings
from tests.faults.jobs import ask, effects, give_attempts, row, wait_done_once, wait_status
from tests.faults.odd_worker import DOES, started
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial

WORKERS = ("worker", "worker-2", "worker-3", "worker-4")
POISON_ATTEMPTS = 3


def test_messages_sent_many_times_and_out_of_order_to_four_workers_have_one_effect(
    trial: Trial, system: System
) -> None:
    trial.of(12, "every message many times and shuffled to four workers, of which one is killed in between")
    for name in WORKERS[1:]:
        system.stack.start_process(name)
    wait_until(lambda: _are_seen(system), "four workers have begun")
    schools = trial.plain(system, trial.scale.of(20, 200))
    jobs: list[str] = []
    rng = random.Random(trial.rng.random())
    with trial.load([_echo(system, jobs, rng)]):
        for number, school in enumerate(schools):
            jobs.append(ask(trial, system, school))
            if number == len(schools) // 2:
                system.kill(WORKERS[-1])
                trial.injected("SIGKILL of one of four workers")
        wait_done_once(system, jobs, seconds=120)
    trial.injected("message repeated out of order", len(jobs))
    with connect(system.stack.valkey.url) as client:
        wait_until(lambda: client.llen("rq:queue:nastavnik") == 0, "late messages were left quietly", seconds=120)
    wait_done_once(system, jobs)
    trial.verify(system)


def _are_seen(system: System) -> bool:
    return int(system.value("SELECT count(DISTINCT pid) AS n FROM worker WHERE duty = 'worker'")) >= len(WORKERS)


def _echo(system: System, jobs: list[str], rng: random.Random) -> Callable[[threading.Event], None]:
    """Return a client that sends messages of jobs asked for lately, in any order and under any number."""

    def client(stop: threading.Event) -> None:
        with connect(system.stack.valkey.url) as valkey:
            wakeups = Wakeups(valkey, Settings())
            while not stop.wait(0.05):
                if valkey.llen("rq:queue:nastavnik") < 2 * len(WORKERS):
                    chosen = rng.choices(jobs[-10:], k=4) if jobs else []
                    wakeups.send([Wakeup(0, UUID(job), rng.randrange(1, 6)) for job in chosen])

    return client


def test_poison_among_good_jobs_is_dead_after_its_attempts_and_keeps_nobody_waiting(
    trial: Trial, system: System
) -> None:
    trial.of(13, "two jobs that kill their child or raise at every attempt, asked for before all others")
    schools = trial.plain(system, 2 + trial.scale.of(30, 100))
    system.kill("worker")
    jobs = [ask(trial, system, school) for school in schools]
    poison = {jobs[0]: ("kills_itself", "job.killed"), jobs[1]: ("raises", "job.unexpected")}
    for job, (does, _) in poison.items():
        give_attempts(system, job, POISON_ATTEMPTS)
        system.rows("UPDATE job_run SET args = jsonb_build_object(%s::text, %s::text) WHERE id = %s", DOES, does, job)
    with started(system):
        wait_done_once(system, jobs[2:], seconds=120)
        for job, (_, code) in poison.items():
            wait_status(system, job, "dead", fence=POISON_ATTEMPTS)
            found = row(system, job)
            assert (found["attempts"], found["error_code"]) == (POISON_ATTEMPTS, code)
            assert found["error_ru"]
            assert found["error_en"]
    assert effects(system, list(poison)) == {job: [] for job in poison}
    trial.injected("SIGKILL of a child by the job it does", POISON_ATTEMPTS)
    trial.injected("exception that nobody foresaw", POISON_ATTEMPTS)
    trial.verify(system)
