"""Rows 1 to 3: a gunicorn worker ends itself by SIGKILL in the middle of a deed; knows the deed by its answers only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from typing import Any

from services.worker.wakeups import connect
from shared.jobs.kinds import POKE_CHANNEL
from tests.faults.caller import Caller, Reply
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial
from tests.faults.world import School

KILLED = "SIGKILL of an API process inside a request"
_LEFT = """
SELECT (SELECT count(*) FROM programme_event WHERE programme_id = %(p)s) AS events,
       (SELECT count(*) FROM job_run WHERE programme_id = %(p)s) AS jobs,
       (SELECT count(*) FROM outbox o JOIN job_run j ON j.id = o.job_run_id WHERE j.programme_id = %(p)s) AS outbox,
       (SELECT count(*) FROM audit WHERE programme_id = %(p)s) AS audit,
       (SELECT count(*) FROM idempotency WHERE path LIKE %(path)s) AS answers,
       (SELECT row(stage, version, inputs_version)::text FROM programme WHERE id = %(p)s) AS state
"""


def left(system: System, school: School) -> dict[str, Any]:
    """Everything that a deed of a programme leaves in the database."""
    query = _LEFT.replace("%(p)s", str(school.programme)).replace("%(path)s", "%s")
    return system.rows(query, f"/api/v1/programmes/{school.programme}/%")[0]


def advance(caller: Caller, school: School, key: str, *, failpoint: str | None = None) -> Reply:
    """Ask once for the stage that demands a job."""
    path = f"/programmes/{school.programme}/transitions"
    return caller.send("POST", path, {"trigger": "advance"}, version=school.version, key=key, failpoint=failpoint)


def compute(caller: Caller, school: School, key: str, *, failpoint: str | None = None) -> Reply:
    """Ask once for a computation."""
    path = f"/programmes/{school.programme}/feedback-summary"
    return caller.send("POST", path, key=key, failpoint=failpoint)


def dies(trial: Trial, system: System, ask: Callable[[], Reply]) -> Reply:
    """Ask, and when no answer came wait until one of gunicorn's processes is seen to be dead; counts the fault."""
    before = {process.pid for process in system.family("api")[1:]}
    reply = ask()
    if reply.status is None:
        wait_until(lambda: not before <= {p.pid for p in system.family("api")[1:]}, "an API process has died")
        trial.injected(KILLED)
    return reply


def test_an_api_killed_after_any_statement_before_commit_leaves_nothing(trial: Trial, system: System) -> None:
    trial.of(1, "a deed killed after each of its statements, and before COMMIT; then the same key again")
    deeds = (advance, compute) if trial.scale.is_long else (advance,)
    for _ in range(trial.scale.of(1, 5)):
        (school,) = trial.ready(system)
        caller = trial.caller(system, school.curator)
        for ask in deeds:
            key, before = uuid.uuid4().hex, left(system, school)
            asked = partial(ask, caller, school, key)
            assert dies(trial, system, partial(asked, failpoint="before_commit")).status is None
            assert left(system, school) == before
            for number in count(1):
                reply = dies(trial, system, partial(asked, failpoint=f"after_statement_{number}"))
                if reply.status is not None:
                    break
                assert left(system, school) == before, f"{ask.__name__} left something after statement {number}"
            assert number > 8, "a deed has many statements"
            assert reply.status in (200, 202), "the key is as good as new"
            assert not reply.is_replayed
            assert left(system, school) != before
    trial.verify(system)


def test_an_api_killed_after_commit_has_stored_the_answer_byte_for_byte(trial: Trial, system: System) -> None:
    trial.of(2, "moves killed between COMMIT and answer; the key is repeated twice")
    (school,) = trial.ready(system)
    caller, version = trial.caller(system, school.curator), school.version
    path = f"/programmes/{school.programme}/transitions"
    for number in range(trial.scale.of(4, 60)):
        key = uuid.uuid4().hex
        body = {"trigger": "advance"} if number % 2 == 0 else {"trigger": "reopen", "to": "work", "reason": "ещё раз"}
        send = partial(caller.send, "POST", path, body, version=version, key=key)
        assert dies(trial, system, partial(send, failpoint="after_commit")).status is None
        with trial.recovery():
            first = caller.do("POST", path, body, version=version, key=key)
        second = caller.do("POST", path, body, version=version, key=key)
        stored = system.rows("SELECT answer, status FROM idempotency WHERE key = %s", key)
        assert [(first.status, first.raw)] == [(row["status"], bytes(row["answer"])) for row in stored]
        assert (first.status, first.version, first.is_replayed) == (200, version + 1, True)
        assert (second.raw, second.version, second.status) == (first.raw, first.version, 200)
        version += 1
        assert system.value("SELECT max(seq) AS n FROM programme_event WHERE programme_id = %s", school.programme) == (
            version
        )
    trial.verify(system)


def test_a_job_whose_poke_was_never_sent_is_found_by_the_poll(trial: Trial, system: System) -> None:
    trial.of(3, "requests for computations killed between COMMIT and the poke; no poke is heard, the job is done")
    schools = trial.plain(system, trial.scale.of(3, 40))
    with connect(system.stack.valkey.url) as client, closing(client.pubsub(ignore_subscribe_messages=True)) as pokes:
        pokes.subscribe(POKE_CHANNEL)
        for school in schools:
            caller, key = trial.caller(system, school.curator), uuid.uuid4().hex
            asked = partial(compute, caller, school, key, failpoint="before_poke")
            assert dies(trial, system, asked).status is None
            with trial.recovery():
                wait_until(partial(is_done, system, school), "the job whose poke was lost is done")
            assert pokes.get_message(timeout=0.0) is None
            assert caller.do("POST", f"/programmes/{school.programme}/feedback-summary", key=key).is_replayed
        unharmed = trial.caller(system, schools[0].curator)
        assert compute(unharmed, schools[0], uuid.uuid4().hex).status == 202
        wait_until(lambda: pokes.get_message(timeout=0.0) is not None, "a living API pokes")
    trial.verify(system)


def is_done(system: System, school: School) -> bool:
    """Whether the programme's jobs, one at least, are done."""
    rows = system.rows("SELECT status FROM job_run WHERE programme_id = %s", school.programme)
    return [row["status"] for row in rows] == ["done"] * max(1, len(rows))
