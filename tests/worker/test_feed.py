"""The feed has no gap, no repeat and one order, whoever writes, stamps or dies (protocol F)."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.embedded.databases import drop_database, prepare_database
from deploy.embedded.postgres import PostgresServer
from services.worker.stamper import stamp_all
from shared.db.migrate import migrate, read_migrations
from shared.db.tenancy import Tenant, enter
from shared.feed import store
from shared.feed.model import PROGRAMME_TYPES
from shared.programme.machine import ADVANCE, CANCEL, COMPLETE, REOPEN, RESUME, SUSPEND
from tests.worker.machinery import Engine, wait_until
from tests.worker.stamping import cancel_a_job, killed_stamping, stamp, stamper_of

WRITERS, EACH = 6, 12


def feed(engine: Engine, *, municipality_id: int | None = None, school_id: int | None = None) -> list[dict[str, Any]]:
    """Return what somebody of the municipality (or of one school of it) reads."""
    with psycopg.connect(engine.dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(municipality_id or engine.programme.municipality_id, school_id))
        return [event.as_json() for event in store.page(conn, limit=500)]


def assert_whole(engine: Engine, number: int, *, municipality_id: int | None = None) -> list[dict[str, Any]]:
    """Demand the numbers 1 .. number, each once, in the order of the feed."""
    events = feed(engine, municipality_id=municipality_id)
    assert [event["feed_no"] for event in events] == list(range(1, number + 1))
    return events


def test_a_transition_writes_its_event_in_its_own_transaction_and_it_has_no_number_before_the_stamper(
    engine: Engine,
) -> None:
    (row,) = engine.rows("SELECT type, seq, feed_no FROM feed_event")
    assert (row["type"], row["seq"], row["feed_no"]) == ("programme.create", 1, None)
    assert feed(engine) == []
    assert stamp(engine) == 1
    (event,) = assert_whole(engine, 1)
    assert (event["type"], event["seq"], event["programme_id"]) == ("programme.create", 1, engine.programme.id)
    assert stamp(engine) == 0


def test_what_is_rolled_back_leaves_no_event(engine: Engine) -> None:
    with engine.conn() as conn:
        cancel_a_job(engine, conn)
        conn.rollback()
    assert stamp(engine) == 1
    assert_whole(engine, 1)


def test_a_lower_id_that_commits_later_gets_the_later_number(engine: Engine) -> None:
    stamp(engine)
    with engine.conn() as early:
        cancel_a_job(engine, early)
        with engine.conn() as late:
            cancel_a_job(engine, late)
        assert stamp(engine) == 1
    assert stamp(engine) == 1
    ids = [row["id"] for row in engine.rows("SELECT id FROM feed_event ORDER BY feed_no")]
    assert ids[1] > ids[2] > ids[0]
    assert_whole(engine, 3)


def test_the_end_of_a_job_is_an_event_and_its_start_is_not(engine: Engine) -> None:
    done, dead = engine.ask(), engine.ask(max_attempts=1)
    engine.run(done)
    engine.execute("UPDATE job_run SET status = 'running' WHERE id = %s", dead)
    engine.execute("UPDATE job_run SET status = 'dead', finished_at = now() WHERE id = %s", dead)
    stamp(engine)
    events = assert_whole(engine, 3)
    assert [(event["type"], event["job_id"]) for event in events[1:]] == [
        ("job.done", str(done)),
        ("job.dead", str(dead)),
    ]


def test_many_writers_and_two_stampers_leave_no_gap_and_no_repeat(engine: Engine) -> None:
    neighbour = engine.another_programme(in_municipality=engine.programme.municipality_id)
    foreign = engine.another_programme()
    over = threading.Event()

    def write(place: int) -> None:
        key = (engine.programme, neighbour, foreign)[place % 3]
        for _ in range(EACH):
            with psycopg.connect(engine.dsns["nastavnik_api"], row_factory=dict_row) as conn:
                conn.execute("SELECT 1")
                enter(conn, Tenant(key.municipality_id))
                cancel_a_job(engine, conn, key)

    def number(_place: int) -> None:
        with stamper_of(engine) as database:
            while not over.is_set():
                stamp_all(database)

    with ThreadPoolExecutor(WRITERS + 2) as threads:
        stampers = [threads.submit(number, place) for place in range(2)]
        try:
            list(threads.map(write, range(WRITERS), timeout=60))
        finally:
            over.set()
        for stamper in stampers:
            stamper.result(60)
    stamp(engine)
    assert_whole(engine, 2 + 4 * EACH)
    assert_whole(engine, 1 + 2 * EACH, municipality_id=foreign.municipality_id)


def test_a_stamper_killed_before_its_commit_loses_and_repeats_nothing(engine: Engine) -> None:
    for _ in range(5):
        with engine.conn() as conn:
            cancel_a_job(engine, conn)
    assert killed_stamping(engine) == -signal.SIGKILL
    assert feed(engine) == []
    # The server notices the dead client at once or a moment later; until then its lock keeps others away.
    wait_until(lambda: stamp(engine) > 0 or len(feed(engine)) == 6, seconds=30)
    assert_whole(engine, 6)


def test_while_one_stamps_another_leaves_the_municipality_alone(engine: Engine) -> None:
    with engine.conn("engine") as conn:
        assert store.waiting(conn) == [engine.programme.municipality_id]
    with engine.conn("engine") as first:
        assert len(store.stamp(first, engine.programme.municipality_id)) == 1
        with engine.conn("engine") as second:
            second.execute("SET LOCAL lock_timeout = '10s'")
            assert store.stamp(second, engine.programme.municipality_id) == []
    assert_whole(engine, 1)


def test_the_dispatcher_stamps(engine: Engine) -> None:
    engine.start("dispatcher")
    wait_until(lambda: len(feed(engine)) == 1, seconds=60)


def test_a_school_sees_its_own_events_with_numbers_of_others_missing_and_a_foreign_municipality_none(
    engine: Engine,
) -> None:
    neighbour = engine.another_programme(in_municipality=engine.programme.municipality_id)
    with engine.conn() as conn:
        cancel_a_job(engine, conn)
    stamp(engine)
    assert_whole(engine, 3)
    assert [event["feed_no"] for event in feed(engine, school_id=engine.programme.school_id)] == [1, 3]
    assert [event["feed_no"] for event in feed(engine, school_id=neighbour.school_id)] == [2]
    foreign = engine.another_programme()
    assert feed(engine, municipality_id=foreign.municipality_id) == []


def test_nobody_but_the_stamper_may_number_and_nobody_may_take_an_event_away(engine: Engine) -> None:
    for role, query in (
        ("api", "UPDATE feed_event SET feed_no = 7"),
        ("api", "DELETE FROM feed_event"),
        ("engine", "DELETE FROM feed_event"),
        ("engine", "UPDATE feed_event SET type = 'job.done'"),
        ("api", "UPDATE feed_head SET last_no = 0"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), engine.conn(role) as conn:
            conn.execute(query.encode())


def test_the_types_are_those_that_can_be_written() -> None:
    triggers = ("create", ADVANCE, COMPLETE, REOPEN, SUSPEND, RESUME, CANCEL)
    assert {f"programme.{trigger}" for trigger in triggers} == set(PROGRAMME_TYPES)


def test_events_from_before_the_feed_are_put_into_it_by_the_migration(server: PostgresServer, tmp_path: Path) -> None:
    for migration in read_migrations():
        if migration.number < 9:
            (tmp_path / migration.name).write_text(migration.sql, encoding="utf-8")
    dsns = prepare_database(server, "before_the_feed")
    try:
        migrate(dsns["nastavnik_owner"], tmp_path)
        places = [_old_history(dsns["nastavnik_api"], name) for name in ("Первый район", "Второй район")]
        migrate(dsns["nastavnik_owner"])
        for place in places:
            with psycopg.connect(dsns["nastavnik_engine"], row_factory=dict_row) as conn:
                conn.execute("SELECT 1")
                enter(conn, Tenant(place))
                assert place in store.waiting(conn)
                events = store.stamp(conn, place)
            told = [(event.feed_no, event.type, event.seq) for event in events]
            assert told == [(1, "programme.create", 1), (2, "programme.suspend", 2)]
    finally:
        drop_database(server, "before_the_feed")


def _old_history(dsn: str, name: str) -> int:
    """Write what releases without a feed wrote, by SQL: today's code does not fit their tables."""
    with psycopg.connect(dsn, row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(0))
        row = conn.execute("INSERT INTO municipality (name) VALUES (%s) RETURNING id", (name,)).fetchone()
        assert row is not None
        enter(conn, Tenant(row["id"]))
        conn.execute(
            "WITH s AS (INSERT INTO school (municipality_id, name) VALUES (%s, 'Школа') RETURNING municipality_id, id),"
            " p AS (INSERT INTO programme (municipality_id, school_id, school_year, pack_code, pack_version, stage)"
            " SELECT municipality_id, id, 2020, 'order_428', 1, 'conditions' FROM s RETURNING *)"
            " INSERT INTO programme_event (municipality_id, school_id, programme_id, seq, at, trigger, dst, actor_id,"
            " body, prev_hash, hash) SELECT p.municipality_id, p.school_id, p.id, e.seq, now(), e.trigger, 'conditions'"
            ", 1, '{}', '', '' FROM p, (VALUES (2, 'suspend'), (1, 'create')) AS e (seq, trigger)",
            (row["id"],),
        )
        return int(row["id"])
