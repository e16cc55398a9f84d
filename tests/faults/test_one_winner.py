"""Row 4: many clients with one version; whatever dies meanwhile, one of them wins and the others are told the truth."""

from __future__ import annotations

import threading
import uuid

from tests.faults.caller import Reply
from tests.faults.system import System
from tests.faults.trial import Trial

CLIENTS = 32
REASON = {"reason": "гонка"}


def test_of_32_clients_with_one_version_one_wins_each_round(trial: Trial, system: System) -> None:
    trial.of(4, "32 clients ask for one move at once, round by round; in every fifth round an API process is killed")
    (school,) = trial.plain(system)
    rounds = trial.scale.of(10, 200)
    starts, ends = threading.Barrier(CLIENTS + 1, timeout=120), threading.Barrier(CLIENTS + 1, timeout=120)
    replies: list[Reply] = []

    def client(_stop: threading.Event) -> None:
        caller, version = trial.caller(system, school.methodist), school.version
        for number in range(rounds):
            starts.wait()
            trigger = "suspend" if number % 2 == 0 else "resume"
            replies.append(
                caller.transition(school.programme, trigger, version=version, key=uuid.uuid4().hex, **REASON)
            )
            version += 1
            ends.wait()

    with trial.load([client] * CLIENTS):
        for number in range(rounds):
            replies.clear()
            starts.wait()
            if number % 5 == 4:
                trial.rng.choice(system.family("api")[1:]).kill()
                trial.injected("SIGKILL of an API process among 32 clients")
            ends.wait()
            told = sorted((reply.status, (reply.body or {}).get("current")) for reply in replies)
            current = school.version + number + 1
            assert told == [(200, None), *[(412, current)] * (CLIENTS - 1)], f"round {number}"
    trial.verify(system)
