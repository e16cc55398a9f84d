"""The job that destroys, and the schedule that asks for it: once, whole or not at all, and never too soon."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy.embedded.postgres import PostgresServer
from services.worker.kinds import erase_person
from services.worker.kinds.erase_person import ErasureOvertaken, Ready
from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.db.tenancy import Tenant
from shared.jobs import work
from shared.jobs.actions import enqueue
from shared.jobs.kinds import ERASE_PERSON, KEEP_RETENTION
from shared.jobs.model import MunicipalityKey
from shared.pack.library import shipped
from shared.privacy import erasure_log
from shared.programme import actions
from tests.builders_world_rows import World
from tests.db import erasing
from tests.worker.machinery import Engine

pytestmark = pytest.mark.usefixtures("holds_after")
KILLED = -signal.SIGKILL


@pytest.fixture
def root(server: PostgresServer, engine: Engine) -> Iterator[Conn]:
    """A superuser's connection, that writes what a test begins with and sees all."""
    name = str(conninfo_to_dict(engine.dsns["nastavnik_owner"])["dbname"])
    with psycopg.connect(server.dsn(name, "postgres"), row_factory=dict_row) as opened:
        yield opened


@pytest.fixture
def world(engine: Engine, root: Conn) -> World:
    """The engine's programme, to be filled."""
    erasing.enter(root, engine.programme.municipality_id)
    return World(root, engine.programme.municipality_id, engine.programme.school_id, engine.programme.id)


Asked = Callable[[int], UUID]


@pytest.fixture
def asked(engine: Engine) -> Asked:
    """Ask for an erasure as a request does; return the job."""

    def ask(erasure: int) -> UUID:
        with engine.conn() as conn:
            return enqueue(
                conn,
                owner=MunicipalityKey(engine.programme.municipality_id),
                kind=ERASE_PERSON,
                args={"erasure": erasure},
                cause="request:1",
                requested_by=1,
            )

    return ask


def today() -> date:
    """Return the day of the real clock, by which rows are dated that no clock file dates."""
    return datetime.now(UTC).date()


def outcome(engine: Engine, job: UUID) -> str:
    (result,) = engine.results(job)
    return str(result["body"]["outcome"])


def keep(engine: Engine, on: date, folder: Path) -> dict[str, Any]:
    """Run the schedule's job on a day; return its result."""
    path = folder / "day"
    path.write_text(f"{on.isoformat()}T07:00:00+03:00", encoding="ascii")
    with engine.conn() as conn:
        job = enqueue(
            conn,
            owner=MunicipalityKey(engine.programme.municipality_id),
            kind=KEEP_RETENTION,
            args={},
            cause="request:1",
            requested_by=None,
        )
    engine.run(job, clock_file=str(path))
    assert engine.status(job) == "done", engine.job(job)
    (result,) = engine.results(job)
    body: dict[str, Any] = result["body"]
    return body


@pytest.mark.parametrize(
    ("point", "is_done"),
    [
        ("worker_after_claim", False),
        ("worker_before_finish", False),
        ("worker_after_erasure", False),
        ("worker_after_finish", True),
    ],
)
def test_wherever_a_worker_is_killed_the_child_is_erased_whole_and_once(
    engine: Engine, world: World, root: Conn, asked: Asked, tmp_path: Path, point: str, is_done: bool
) -> None:
    log = tmp_path / "log" / "erasures.jsonl"
    child = erasing.add_child(world)
    erasure = erasing.ask(world, child)
    root.commit()
    before = erasing.found_in(root)
    root.commit()
    job = asked(erasure)
    assert engine.run_in_child(job, failpoint=point, erasure_log=str(log)) == KILLED
    assert erasing.found_in(root) == ([] if is_done else before)
    root.commit()
    if not is_done:
        engine.lapse(job)
        assert [found.id for found in engine.reconcile()] == [job]
    engine.run(job, erasure_log=str(log))
    assert outcome(engine, job) == "ready"
    assert erasing.found_in(root) == []
    acts = root.execute("SELECT count(*) AS n FROM erasure_act").fetchone()
    assert acts == {"n": 1}
    lines = erasure_log.read(log)
    assert {(line.erasure_id, line.person_id, line.reason) for line in lines} == {(erasure, child, "request")}
    assert log.stat().st_mode & 0o777 == 0o600
    for word in erasing.WORDS:
        assert word not in log.read_text(encoding="ascii")


def test_without_a_line_in_the_log_nothing_is_destroyed(
    engine: Engine, world: World, root: Conn, asked: Asked, tmp_path: Path
) -> None:
    erasure = erasing.ask(world, erasing.add_child(world))
    root.commit()
    before = erasing.found_in(root)
    root.commit()
    job = asked(erasure)
    (tmp_path / "file").touch()
    engine.run(job, erasure_log=str(tmp_path / "file" / "erasures.jsonl"))
    assert erasing.found_in(root) == before
    assert engine.status(job) == "queued"
    assert engine.results(job) == []


def test_a_second_job_and_one_of_a_cancelled_erasure_do_nothing(
    engine: Engine, world: World, root: Conn, asked: Asked
) -> None:
    erasure = erasing.ask(world, erasing.add_child(world))
    kept = erasing.add_person(world, "Оставшийся", "Пётр")
    cancelled = erasing.ask(world, kept)
    root.execute(
        "UPDATE erasure SET status = 'cancelled', why_cancelled = 'undone', ended_at = now() WHERE id = %s",
        (cancelled,),
    )
    root.commit()
    first, second, third = asked(erasure), asked(erasure), asked(cancelled)
    for job in (first, second, third):
        engine.run(job)
    assert [outcome(engine, job) for job in (first, second, third)] == ["ready", "over", "over"]
    names = root.execute("SELECT family_name FROM person WHERE id = %s", (kept,)).fetchone()
    assert names == {"family_name": "Оставшийся"}


def test_a_consent_that_comes_between_look_and_deed_stops_the_deed(
    engine: Engine, world: World, root: Conn, asked: Asked
) -> None:
    child = erasing.add_child(world)
    world.change(f"consent_{child}", withdrawn_on="2020-10-05")
    erasure = erasing.ask(world, child, "withdrawn")
    world.change(f"consent_{child}", withdrawn_on=None)
    root.commit()
    job = asked(erasure)
    with engine.conn("engine") as conn:
        held = work.claim(conn, job, worker="w", lease_seconds=60, kinds=[ERASE_PERSON])
        assert held is not None
        with pytest.raises(ErasureOvertaken):
            erase_person.write(conn, held, Ready(erasure, "ready", "", ""))
        conn.rollback()
    engine.run(job)
    assert outcome(engine, job) == "consented"
    assert erasing.found_in(root) != []


def test_results_are_marked_and_chains_and_invariants_hold(
    engine: Engine, world: World, root: Conn, asked: Asked
) -> None:
    erasure = erasing.ask(world, erasing.add_child(world))
    root.commit()
    summary = engine.ask()
    engine.run(summary)
    assert engine.results(summary)[0]["is_replayable"] is True
    engine.run(asked(erasure))
    (kept,) = engine.results(summary)
    assert (kept["is_replayable"], kept["body"]["school"] is not None) == (False, True)


def test_the_schedule_asks_when_the_time_has_come_and_not_before(
    engine: Engine, world: World, root: Conn, tmp_path: Path
) -> None:
    child = erasing.add_child(world)
    world.change(f"consent_{child}", withdrawn_on=(today() - timedelta(days=2)).isoformat())
    root.commit()
    start = today()
    assert keep(engine, start, tmp_path)["erasures"] == 0
    (begun,) = engine.rows("SELECT * FROM erasure")
    assert (begun["person_id"], begun["reason"], begun["requested_by"]) == (child, "withdrawn", None)
    assert keep(engine, start + timedelta(days=6), tmp_path)["erasures"] == 0
    assert keep(engine, start + timedelta(days=8), tmp_path)["erasures"] == 1
    assert keep(engine, start + timedelta(days=9), tmp_path)["erasures"] == 0, "it is asked for already"
    (job,) = engine.rows("SELECT id FROM job_run WHERE kind = 'erase_person'")
    engine.run(job["id"])
    assert outcome(engine, job["id"]) == "ready"
    assert erasing.found_in(root) == []


def test_people_of_a_school_year_long_past_are_announced_and_then_erased(
    engine: Engine, world: World, root: Conn, tmp_path: Path
) -> None:
    erasing.add_child(world)
    root.execute("UPDATE person SET created_at = '2020-10-01'")
    root.commit()
    keep(engine, date(2024, 8, 31), tmp_path)
    assert engine.rows("SELECT id FROM erasure") == []
    keep(engine, date(2024, 9, 1), tmp_path)
    people = engine.rows("SELECT count(*) AS n FROM erasure WHERE reason = 'retention'")
    assert people == [{"n": 3}]
    (told,) = engine.rows("SELECT code, ru, school_id, programme_id, link FROM notice")
    assert told["ru"] == "Срок хранения истёк, данные будут уничтожены 22.09.2024: человек — 3."
    assert (told["school_id"], told["programme_id"], told["link"]) == (engine.programme.school_id, None, "/erasures")
    assert keep(engine, date(2024, 9, 23), tmp_path)["erasures"] == 3


def test_somebody_who_takes_part_again_is_not_erased_for_age(
    engine: Engine, world: World, root: Conn, tmp_path: Path
) -> None:
    child = erasing.add_person(world, "Щербаковская", "Анна")
    root.execute("UPDATE person SET created_at = '2018-10-01'")
    root.commit()
    keep(engine, date(2024, 9, 1), tmp_path)
    world.put("mentee", person_id=child)
    root.execute("UPDATE programme SET school_year = 2024")
    root.commit()
    keep(engine, date(2024, 9, 2), tmp_path)
    (found,) = engine.rows("SELECT status, why_cancelled FROM erasure")
    assert found == {"status": "cancelled", "why_cancelled": "in_use"}


def test_what_holds_an_erasure_is_told_before_the_laws_day_and_after_it(
    engine: Engine, world: World, root: Conn, tmp_path: Path
) -> None:
    child = erasing.add_child(world)
    world.change("case", closed_on=None, outcome=None)
    erasing.ask(world, child)
    root.commit()
    start = today()
    for days in (1, 19, 21, 22, 31, 32):
        assert keep(engine, start + timedelta(days=days), tmp_path)["erasures"] == 0
    told = [row["code"] for row in engine.rows("SELECT code FROM notice ORDER BY id")]
    assert told == ["erasure.held", "erasure.overdue"]


def test_an_act_is_removed_after_three_years_and_the_erasure_stays(
    engine: Engine, world: World, root: Conn, asked: Asked, tmp_path: Path
) -> None:
    erasure = erasing.ask(world, erasing.add_person(world, "Щербаковская", "Анна"))
    root.commit()
    engine.run(asked(erasure))
    (act,) = engine.rows("SELECT keep_until FROM erasure_act")
    assert keep(engine, act["keep_until"], tmp_path)["acts"] == 0
    assert keep(engine, act["keep_until"] + timedelta(days=1), tmp_path)["acts"] == 1
    assert engine.rows("SELECT erasure_id FROM erasure_act") == []
    assert engine.rows("SELECT status FROM erasure") == [{"status": "done"}]


def test_one_child_of_two_programmes_is_erased_in_both(engine: Engine, world: World, root: Conn, asked: Asked) -> None:
    child = erasing.add_child(world)
    erasure = erasing.ask(world, child)
    root.commit()
    key = engine.programme
    with engine.conn() as conn:
        actor = Actor(1, Role.CURATOR, Tenant(key.municipality_id, key.school_id))
        pack = shipped("order_428", 1)
        world.programme_id = actions.create(conn, actor, school_id=key.school_id, school_year=2021, pack=pack).id
    world.put("mentee", person_id=child, topics=[erasing.SECRET], wish=erasing.SECRET)
    root.commit()
    engine.run(asked(erasure))
    assert erasing.found_in(root) == []
    ended = root.execute("SELECT count(*) AS n FROM mentee WHERE person_id = %s AND ended_at IS NOT NULL", (child,))
    assert ended.fetchone() == {"n": 2}
