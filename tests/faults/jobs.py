"""Jobs of the fault tests: asked for over HTTP, looked at in the database, held in the middle; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psutil
import psycopg

from tests.faults.system import System, wait_until
from tests.faults.trial import Trial
from tests.faults.world import School


def ask(trial: Trial, system: System, school: School) -> str:
    """Ask for a feedback summary as the curator; return the job's id."""
    caller = trial.caller(system, school.curator)
    reply = caller.do("POST", f"/programmes/{school.programme}/feedback-summary")
    caller.close()
    assert reply.status == 202, reply.raw
    return str(reply.body["id"])


def row(system: System, job: str) -> dict[str, Any]:
    """Return the job's row."""
    return system.rows("SELECT * FROM job_run WHERE id = %s", job)[0]


def give_attempts(system: System, job: str, number: int) -> None:
    """Allow the job so many attempts in all."""
    system.rows("UPDATE job_run SET max_attempts = %s WHERE id = %s", number, job)


def effects(system: System, jobs: list[str]) -> dict[str, list[int]]:
    """Return the fences of the results that each job left, by job."""
    found: dict[str, list[int]] = {job: [] for job in jobs}
    for one in system.rows("SELECT job_run_id, fence FROM result WHERE job_run_id = ANY(%s::uuid[])", jobs):
        found[str(one["job_run_id"])].append(one["fence"])
    return found


def wait_status(system: System, job: str, *statuses: str, fence: int | None = None, seconds: float = 60.0) -> None:
    """Wait until the job is in one of the statuses, with that fence if one is named."""

    def is_there() -> bool:
        now = row(system, job)
        return now["status"] in statuses and fence in (None, now["fence"])

    wait_until(is_there, f"job {job} is {' or '.join(statuses)}, fence {fence}", seconds=seconds)


def wait_done_once(system: System, jobs: list[str], *, seconds: float = 60.0) -> None:
    """Wait until all are done; AssertionError unless each left exactly one result, of its last fence."""
    query = "SELECT id, status, fence FROM job_run WHERE id = ANY(%s::uuid[])"

    def rows() -> list[dict[str, Any]]:
        return system.rows(query, jobs)

    wait_until(lambda: all(one["status"] == "done" for one in rows()), f"{len(jobs)} jobs are done", seconds=seconds)
    assert effects(system, jobs) == {str(one["id"]): [one["fence"]] for one in rows()}


@contextmanager
def held_up(system: System) -> Iterator[None]:
    """Keep every feedback summary in the middle of reading its inputs while the block runs."""
    with closing(psycopg.connect(system.dsns["nastavnik_owner"])) as conn:
        conn.execute("LOCK TABLE survey IN ACCESS EXCLUSIVE MODE")
        yield  # closing gives the lock back, also when the server is gone by then


def child_of(system: System, worker: str = "worker") -> psutil.Process:
    """Return the child in which the worker does its job; waits until there is one."""
    wait_until(lambda: len(system.family(worker)) > 1, "the worker has a child")
    return system.family(worker)[1]


def wait_gone(process: psutil.Process) -> None:
    """Wait until the process is no more."""

    def is_gone() -> bool:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    def looked() -> bool:
        try:
            return is_gone()
        except psutil.NoSuchProcess:
            return True

    wait_until(looked, f"process {process.pid} has ended")
