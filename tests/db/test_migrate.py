"""The migrator: once is enough, half is nothing, and files that changed are refused before anything is done."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.databases import drop_database, prepare_database
from deploy.embedded.postgres import PostgresServer
from shared.db.migrate import FOLDER, MigrationError, migrate, read_migrations
from tests.worker.machinery import wait_until


@pytest.fixture
def owner_url(server: PostgresServer) -> Iterator[str]:
    """Address of an empty database, as its owner."""
    yield prepare_database(server, "t_migrate")["nastavnik_owner"]
    drop_database(server, "t_migrate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small migrations of our own; the second may be made slow."""
    for number, text in enumerate(
        ("CREATE TABLE one (a int);", "CREATE TABLE two (a int);", "CREATE TABLE three (a int);"), start=1
    ):
        (tmp_path / f"{number:04d}_step.sql").write_text(text, encoding="utf-8")
    return tmp_path


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute(query.encode()).fetchall()


def tables(url: str) -> set[object]:
    return {name for (name,) in rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def advisory_locks(url: str) -> int:
    """Return how many there are on the whole server: these tests have it for themselves."""
    return len(rows(url, "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"))


def is_sleeping(url: str) -> bool:
    """Say whether a migration is in the middle of its slow file."""
    query = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    return bool(rows(url, query))


def test_the_shipped_files_are_applied_in_order_and_a_second_time_changes_nothing(owner_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    assert migrate(owner_url) == names
    before = rows(owner_url, "SELECT number, name, checksum, applied_at FROM migration ORDER BY number")
    assert [name for _, name, *_ in before] == names
    assert migrate(owner_url) == []
    assert rows(owner_url, "SELECT number, name, checksum, applied_at FROM migration ORDER BY number") == before
    assert advisory_locks(owner_url) == 0


def test_a_later_release_applies_only_what_is_new(owner_url: str, folder: Path) -> None:
    migrate(owner_url, folder)
    (folder / "0004_more.sql").write_text("CREATE TABLE four (a int);", encoding="utf-8")
    assert migrate(owner_url, folder) == ["0004_more.sql"]
    assert tables(owner_url) == {"migration", "one", "two", "three", "four"}


def test_a_file_changed_after_it_was_applied_is_refused_and_nothing_is_done(owner_url: str, folder: Path) -> None:
    migrate(owner_url, folder)
    (folder / "0002_step.sql").write_text("CREATE TABLE two (a int, b int);", encoding="utf-8")
    (folder / "0004_more.sql").write_text("CREATE TABLE four (a int);", encoding="utf-8")
    with pytest.raises(MigrationError, match=r"0002_step\.sql was changed after it was applied"):
        migrate(owner_url, folder)
    assert "four" not in tables(owner_url)
    assert advisory_locks(owner_url) == 0


def test_a_database_newer_than_the_release_is_refused(owner_url: str, folder: Path) -> None:
    migrate(owner_url, folder)
    (folder / "0003_step.sql").unlink()
    with pytest.raises(MigrationError, match="the database is at migration 3, newer than this release"):
        migrate(owner_url, folder)


@pytest.mark.parametrize("name", ["0005_gap.sql", "0004-dash.sql", "0004_Large.sql", "4_short.sql"])
def test_a_gap_or_a_bad_name_is_refused_before_the_database_is_touched(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1;", encoding="utf-8")
    with pytest.raises(MigrationError, match=re.escape(name) if name[0] == "0" else "expected number"):
        migrate("postgresql://nobody@127.0.0.1:1/none", folder)


def test_a_mistake_in_a_file_takes_back_the_whole_file_and_keeps_those_before(owner_url: str, folder: Path) -> None:
    (folder / "0002_step.sql").write_text("CREATE TABLE two (a int); SELECT 1 / 0;", encoding="utf-8")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(owner_url, folder)
    assert tables(owner_url) == {"migration", "one"}
    (folder / "0002_step.sql").write_text("CREATE TABLE two (a int);", encoding="utf-8")
    assert migrate(owner_url, folder) == ["0002_step.sql", "0003_step.sql"]


def test_killed_in_the_middle_it_leaves_no_lock_and_no_half(owner_url: str, folder: Path) -> None:
    slow = folder / "0002_step.sql"
    slow.write_text("CREATE TABLE two (a int); SELECT pg_sleep(60);", encoding="utf-8")
    child = get_context("fork").Process(target=migrate, args=(owner_url, folder))
    child.start()
    wait_until(lambda: is_sleeping(owner_url))
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    wait_until(lambda: advisory_locks(owner_url) == 0)
    assert tables(owner_url) == {"migration", "one"}
    slow.write_text("CREATE TABLE two (a int);", encoding="utf-8")
    assert migrate(owner_url, folder) == ["0002_step.sql", "0003_step.sql"]


def test_two_at_once_apply_every_file_once(owner_url: str, folder: Path) -> None:
    (folder / "0001_step.sql").write_text("CREATE TABLE one (a int); SELECT pg_sleep(0.3);", encoding="utf-8")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: migrate(owner_url, folder), range(4)))
    assert sorted(found) == [[], [], [], ["0001_step.sql", "0002_step.sql", "0003_step.sql"]]


def test_a_table_in_use_is_given_up_after_some_seconds(owner_url: str, folder: Path) -> None:
    migrate(owner_url, folder)
    (folder / "0004_more.sql").write_text("ALTER TABLE one ADD COLUMN b int;", encoding="utf-8")
    with psycopg.connect(owner_url) as user:
        user.execute("SELECT count(*) FROM one")
        began = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(owner_url, folder)
        assert time.monotonic() - began < 20
    assert migrate(owner_url, folder) == ["0004_more.sql"]


def test_the_files_may_lie_anywhere_and_line_ends_count(owner_url: str, tmp_path: Path) -> None:
    """A checkout that rewrites line ends would change every checksum: it is told so instead of half-trusted."""
    copied = tmp_path / "copied"
    shutil.copytree(FOLDER, copied)
    migrate(owner_url)
    assert migrate(owner_url, copied) == []
    first = copied / read_migrations()[0].name
    first.write_bytes(first.read_bytes() + b"\n")
    with pytest.raises(MigrationError, match="was changed after it was applied"):
        migrate(owner_url, copied)
