"""An erasure beside people who write about the same person: whoever comes first is heard, and nobody waits in a ring.

In a school all of whose programmes are over no programme's lock stands between the two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy.embedded.postgres import PostgresServer
from shared.db.pool import Conn
from shared.privacy.erasures import queries
from tests.builders_world_rows import World
from tests.db import erasing

CONSENT = (
    "INSERT INTO consent (municipality_id, school_id, person_id, kind, given_by, representative, given_on, document)"
    " VALUES (%s, %s, %s, 'processing', 'representative', 'Мать', '2020-10-06', 'Лист 9')"
)


@pytest.fixture
def root(server: PostgresServer, dsns: dict[str, str]) -> Iterator[Conn]:
    """A superuser's connection: it fills the database, and sees who waits."""
    name = str(conninfo_to_dict(dsns["nastavnik_owner"])["dbname"])
    with psycopg.connect(server.dsn(name, "postgres"), row_factory=dict_row) as opened:
        yield opened


@pytest.fixture
def world(root: Conn) -> World:
    """The child in a programme that is over, with a consent withdrawn and an erasure that waits."""
    made = erasing.begin(root, stage="completed")
    child = erasing.add_child(made)
    made.change(f"consent_{child}", withdrawn_on="2020-10-05")
    made.rows["child"], made.rows["consent"] = ("person", child), made.rows[f"consent_{child}"]
    made.rows["erasure"] = ("erasure", erasing.ask(made, child, "withdrawn"))
    root.commit()
    return made


def erase(world: World, dsn: str) -> object:
    """Erase as the engine does, and commit."""
    with psycopg.connect(dsn, row_factory=dict_row) as conn:
        erasing.enter(conn, world.municipality_id)
        row = conn.execute("SELECT erase_person(%s) AS tally", (world.id("erasure"),)).fetchone()
    assert row is not None
    return row["tally"]


def insert_consent(world: World, conn: Conn) -> None:
    conn.execute(CONSENT, (world.municipality_id, world.school_id, world.id("child")))


def waits(root: Conn, role: str, waiting: Future[Any]) -> None:
    """Return once a role's process stands before a lock; fail when it comes through instead."""
    query = (
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND usename = %s"
    )
    for _ in range(500):
        assert not waiting.done(), "it did not wait for the writer before it"
        found = root.execute(query, (role,)).fetchone()
        root.rollback()
        if found == {"n": 1}:
            return
        time.sleep(0.01)
    pytest.fail("nobody came to stand before the lock")


def test_a_consent_that_is_being_written_is_waited_for_and_heard(
    root: Conn, world: World, dsns: dict[str, str]
) -> None:
    with ThreadPoolExecutor(1) as pool, psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        erasing.enter(conn, world.municipality_id)
        insert_consent(world, conn)
        deed = pool.submit(erase, world, dsns["nastavnik_engine"])
        waits(root, "nastavnik_engine", deed)
        conn.commit()
        assert deed.result(timeout=20) is None
    assert erasing.found_in(root) != []


def test_a_withdrawal_that_is_being_taken_back_is_waited_for_and_heard(
    root: Conn, world: World, dsns: dict[str, str]
) -> None:
    with ThreadPoolExecutor(1) as pool, psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        erasing.enter(conn, world.municipality_id)
        conn.execute("UPDATE consent SET withdrawn_on = NULL WHERE id = %s", (world.id("consent"),))
        deed = pool.submit(erase, world, dsns["nastavnik_engine"])
        waits(root, "nastavnik_engine", deed)
        assert len(list(queries().cancel_overtaken(conn, school_id=world.school_id))) == 1
        conn.commit()
        assert deed.result(timeout=20) is None
    assert erasing.found_in(root) != []


def test_nothing_is_written_about_a_person_whose_erasure_came_first(
    root: Conn, world: World, dsns: dict[str, str]
) -> None:
    def give_consent() -> None:
        with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
            erasing.enter(conn, world.municipality_id)
            insert_consent(world, conn)

    with ThreadPoolExecutor(1) as pool, psycopg.connect(dsns["nastavnik_engine"], row_factory=dict_row) as conn:
        erasing.enter(conn, world.municipality_id)
        conn.execute("SELECT erase_person(%s)", (world.id("erasure"),))
        giving = pool.submit(give_consent)
        waits(root, "nastavnik_api", giving)
        conn.commit()
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="erased person"):
            giving.result(timeout=20)
    assert erasing.found_in(root) == []


def test_two_erasures_in_one_school_come_one_after_the_other(root: Conn, world: World, dsns: dict[str, str]) -> None:
    row = root.execute("SELECT person_id FROM mentor").fetchone()
    assert row is not None
    erasing.enter(root, world.municipality_id)
    other = erasing.ask(world, row["person_id"])
    root.commit()
    with ThreadPoolExecutor(1) as pool, psycopg.connect(dsns["nastavnik_engine"], row_factory=dict_row) as conn:
        erasing.enter(conn, world.municipality_id)
        conn.execute("SELECT erase_person(%s)", (other,))
        deed = pool.submit(erase, world, dsns["nastavnik_engine"])
        waits(root, "nastavnik_engine", deed)
        conn.commit()
        assert deed.result(timeout=20) is not None
    assert erasing.found_in(root) == []
