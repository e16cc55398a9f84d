"""Row 16: requests of many schools interleaved through one small pool: nobody ever sees a foreign row."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.caller import Caller
from tests.faults.system import System
from tests.faults.trial import Trial
from tests.faults.world import School

MUNICIPALITIES, EACH, CLIENTS = 10, 5, 8
KILLS = 3
REASON = {"reason": "мы"}


def test_requests_of_50_schools_through_one_pool_see_no_foreign_row(trial: Trial, system: System) -> None:
    trial.of(16, "50 schools of 10 municipalities, one API process with 3 connections, killed on the way")
    schools = []
    for _ in range(MUNICIPALITIES):
        (first,) = trial.plain(system)
        schools += [first, *trial.plain(system, EACH - 1, municipality_id=first.municipality_id)]
    small = {"NASTAVNIK_API_WORKERS": "1", "NASTAVNIK_POOL_SIZE": "3"}
    system.restart("api", env=small)
    wanted = trial.scale.of(1_500, 10_000) // CLIENTS
    versions = {school.programme: (threading.Lock(), [school.version]) for school in schools}
    clients = [
        visitor(trial, system, schools, versions, wanted, seed=trial.rng.getrandbits(32)) for _ in range(CLIENTS)
    ]
    with ThreadPoolExecutor(CLIENTS) as threads:
        running = [threads.submit(client) for client in clients]
        for number in range(KILLS):
            reached = (number + 1) * wanted * CLIENTS // (KILLS + 2)
            while len(trial.recorder.calls) < reached and not all(one.done() for one in running):
                threading.Event().wait(0.05)
            for process in system.family("api")[1:]:
                process.kill()
                trial.injected("SIGKILL of the only API process")
        for one in running:
            one.result()
    trial.verify(system)
    system.restart("api")


def visitor(
    trial: Trial,
    system: System,
    schools: list[School],
    versions: dict[int, tuple[threading.Lock, list[int]]],
    wanted: int,
    *,
    seed: int,
) -> Callable[[], None]:
    """Return a client that asks ``wanted`` times, each time as somebody of another school."""
    chance = random.Random(seed)

    def client() -> None:
        # One kept connection carries everybody's requests, as a proxy in front of us would.
        shared = trial.caller(system, "")
        for _ in range(wanted):
            school, other = chance.sample(schools, 2)
            shared.token = chance.choice((school.curator, school.methodist))
            visit(shared, school, other, schools, versions, chance)

    return client


def visit(
    caller: Caller,
    school: School,
    other: School,
    schools: list[School],
    versions: dict[int, tuple[threading.Lock, list[int]]],
    chance: random.Random,
) -> None:
    """Ask for one thing and hold the answer against what the asker may see."""
    is_curator = caller.token == school.curator
    mine = {s.programme for s in schools if s == school or (not is_curator and of_one_place(s, school))}
    kind = chance.randrange(5)
    if kind == 0:
        items = caller.do("GET", "/programmes?limit=500").body["items"]
        assert {item["id"] for item in items} == mine
    elif kind == 1:
        items = caller.do("GET", "/schools").body["items"]
        assert {item["id"] for item in items} == {s.school_id for s in schools if s.programme in mine}
    elif kind == 2:
        reply = caller.programme(other.programme)
        assert reply.status == (200 if other.programme in mine else 404)
    elif kind == 3 and not is_curator:
        lock, version = versions[school.programme]
        with lock:
            trigger = "suspend" if version[0] % 2 else "resume"
            reply = caller.transition(school.programme, trigger, version=version[0], **REASON)
            assert (reply.status, reply.body["programme"]["school_id"]) == (200, school.school_id)
            version[0] += 1
    elif kind == 3:
        assert caller.transition(other.programme, "advance", version=1).status == 404
    else:
        body = caller.programme(school.programme).body
        assert (body["id"], body["school_id"]) == (school.programme, school.school_id)


def of_one_place(one: School, another: School) -> bool:
    """Whether both are of one municipality."""
    return one.municipality_id == another.municipality_id
