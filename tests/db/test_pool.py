"""A process's connections: never shared with a forked child, never carrying one borrower's tenant to the next."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier

import psycopg
import pytest

from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant, enter
from shared.errors import Unavailable
from shared.settings import Settings

SMALL = Settings(pool_size=3, pool_timeout_seconds=5.0)
SCHOOLS = "SELECT name FROM school ORDER BY name"
TENANT = (
    "SELECT current_setting('app.municipality_id', true) AS a, current_setting('app.school_id', true) AS b,"
    " current_setting('app.subject_id', true) AS c, current_setting('app.now', true) AS d"
)


@pytest.fixture
def database(dsns: dict[str, str]) -> Iterator[Database]:
    """A pool of three connections as the API's role."""
    made = Database(dsns["nastavnik_api"], SMALL, name="test")
    yield made
    made.close()


@pytest.fixture
def places(database: Database) -> list[tuple[Tenant, str]]:
    """Five municipalities with one school each, and the school's name."""
    return [_place(database, number) for number in range(5)]


def _place(database: Database, number: int) -> tuple[Tenant, str]:
    name = f"школа {number}"
    with database.transaction() as conn:
        enter(conn, Tenant(0))
        row = conn.execute("INSERT INTO municipality (name) VALUES (%s) RETURNING id", (name,)).fetchone()
        assert row is not None
        enter(conn, Tenant(row["id"]))
        conn.execute("INSERT INTO school (municipality_id, name) VALUES (%s, %s)", (row["id"], name))
    return Tenant(row["id"]), name


def in_child(action: object) -> int:
    """Run in a forked child; 0 when it raised RuntimeError, 1 when it did anything else."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()  # type: ignore[operator]
        except RuntimeError as error:
            status = 0 if "forked child" in str(error) else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def use(database: Database) -> None:
    with database.transaction() as conn:
        conn.execute("SELECT 1")


def test_a_forked_child_that_uses_its_parents_pool_is_told_at_once(database: Database) -> None:
    use(database)
    assert in_child(lambda: use(database)) == 0
    use(database)


def test_a_child_may_open_its_own_and_a_pool_unused_before_the_fork_is_its_own(dsns: dict[str, str]) -> None:
    unused = Database(dsns["nastavnik_api"], SMALL, name="test")

    def own() -> None:
        use(unused)
        unused.close()
        raise RuntimeError("forked child: done")

    assert in_child(own) == 0


def test_a_child_that_closes_its_parents_pool_leaves_the_parents_connections_alone(database: Database) -> None:
    with database.transaction() as conn:
        backend = conn.info.backend_pid

        def close_and_say() -> None:
            database.close()
            raise RuntimeError("forked child: closed")

        assert in_child(close_and_say) == 0
        row = conn.execute("SELECT pg_backend_pid() AS pid").fetchone()
    assert row == {"pid": backend}


def test_a_borrower_finds_no_tenant_of_the_one_before(database: Database, places: list[tuple[Tenant, str]]) -> None:
    backends = set()
    for tenant, name in places * 4:
        with database.transaction() as conn:
            backends.add(conn.info.backend_pid)
            enter(conn, replace(tenant, subject_id=7), now="2020-11-10T10:00:00+03:00")
            assert conn.execute(SCHOOLS).fetchall() == [{"name": name}]
        with database.transaction() as conn:
            backends.add(conn.info.backend_pid)
            assert {value or "" for value in (conn.execute(TENANT).fetchone() or {}).values()} == {""}
            assert conn.execute(SCHOOLS).fetchall() == []
    assert len(backends) <= SMALL.pool_size, "otherwise nothing was borrowed twice"


def test_two_hundred_interleaved_borrowers_see_their_own_schools_only(
    database: Database, places: list[tuple[Tenant, str]]
) -> None:
    numbers = count()

    def borrow(seed: int) -> tuple[list[str], list[str]]:
        dice = random.Random(seed)
        tenant, name = dice.choice([*places, (None, "")])
        next(numbers)
        with database.transaction() as conn:
            if tenant is not None:
                enter(conn, tenant)
            seen = [row["name"] for _ in range(dice.randint(1, 3)) for row in conn.execute(SCHOOLS)]
            if dice.random() < 0.2:
                conn.execute("SELECT pg_sleep(0.005)")
            if dice.random() < 0.3:
                raise_back(conn, dice)
        return sorted(set(seen)), [name] if name else []

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(borrow, range(200)))
    assert next(numbers) == 200
    assert [(seen, own) for seen, own in found if seen != own] == []


def raise_back(conn: Conn, dice: random.Random) -> None:
    """Fail inside and take it back, or not: neither may leave a tenant behind."""
    try:
        with conn.transaction():
            enter(conn, Tenant(dice.randint(1, 9)))
            conn.execute("SELECT 1 / 0")
    except psycopg.errors.DivisionByZero:
        return
    raise AssertionError("one divided by zero")


def fail(database: Database, tenant: Tenant) -> None:
    with database.transaction() as conn:
        enter(conn, tenant)
        conn.execute("SELECT 1 / 0")


def test_a_failed_transaction_gives_a_clean_connection_back(
    database: Database, places: list[tuple[Tenant, str]]
) -> None:
    for _ in range(2 * SMALL.pool_size):
        with pytest.raises(psycopg.errors.DivisionByZero):
            fail(database, places[0][0])
        with database.transaction() as conn:
            assert conn.execute(SCHOOLS).fetchall() == []


def test_a_tenant_is_entered_inside_a_transaction_only(dsns: dict[str, str]) -> None:
    with (
        psycopg.connect(dsns["nastavnik_api"], autocommit=True, row_factory=psycopg.rows.dict_row) as conn,
        pytest.raises(RuntimeError, match="inside a transaction only"),
    ):
        enter(conn, Tenant(1))


def test_a_connection_lost_while_it_lay_in_the_pool_is_replaced(database: Database, dsns: dict[str, str]) -> None:
    with database.transaction() as conn:
        backend = conn.info.backend_pid
    with psycopg.connect(dsns["nastavnik_api"]) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", (backend,))
    with database.transaction() as conn:
        assert conn.info.backend_pid != backend


def lose(database: Database, dsns: dict[str, str]) -> None:
    with database.transaction() as conn:
        with psycopg.connect(dsns["nastavnik_api"]) as other:
            other.execute("SELECT pg_terminate_backend(%s, 2000)", (conn.info.backend_pid,))
        conn.execute("SELECT 1")


def test_a_connection_lost_on_the_way_is_told_as_unavailable(database: Database, dsns: dict[str, str]) -> None:
    with pytest.raises(Unavailable):
        lose(database, dsns)
    use(database)


def test_without_a_free_connection_it_is_unavailable_after_the_wait(dsns: dict[str, str]) -> None:
    database = Database(dsns["nastavnik_api"], replace(SMALL, pool_size=1, pool_timeout_seconds=0.2), name="test")
    with database.transaction(), pytest.raises(Unavailable):
        use(database)
    use(database)
    database.close()


def test_threads_that_come_at_once_share_one_pool(dsns: dict[str, str]) -> None:
    made = Database(dsns["nastavnik_api"], SMALL, name="at_once")
    start = Barrier(8)

    def ask(_number: int) -> None:
        start.wait(60)
        with made.transaction() as conn:
            conn.execute("SELECT 1")

    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(ask, range(8)))
        with psycopg.connect(dsns["nastavnik_api"]) as conn:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%at_once%'"
            row = conn.execute(query).fetchone()
    finally:
        made.close()
    assert row is not None
    assert 1 <= row[0] <= SMALL.pool_size
