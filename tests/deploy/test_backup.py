"""Backup and restore: whole or not there, equal afterwards, and never over anything that could be lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from deploy import archive, backup, restore
from deploy.archive import BackupError
from deploy.embedded.children import wait_until
from deploy.embedded.databases import drop_database, prepare_database
from deploy.embedded.postgres import PostgresServer
from services.worker.chainer import chain_all
from shared.access import audit
from shared.access.model import Actor, Role
from shared.db.pool import Database
from shared.db.tenancy import Tenant, enter
from shared.settings import Settings
from tests.deploy.deploy_files import ROOT
from tests.worker.machinery import make_programme


@pytest.fixture
def filled(server: PostgresServer, dsns: dict[str, str]) -> str:
    """A database with a programme, audit rows in a chain and one beside it; returns a superuser's address."""
    with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        key = make_programme(conn, "Школа\tс \\ N и\nпереводом строки")
        audit.record(conn, Actor(1, Role.ADMIN, Tenant(key.municipality_id)), "x", "y", 1)
    engine = Database(dsns["nastavnik_engine"], Settings(), name="test")
    chain_all(engine)
    engine.close()
    with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(key.municipality_id))
        audit.record(conn, Actor(1, Role.ADMIN, Tenant(key.municipality_id)), "late", "y", 1)
    return server.dsn(str(psycopg.conninfo.conninfo_to_dict(dsns["nastavnik_owner"])["dbname"]), "postgres")


@pytest.fixture
def empty(server: PostgresServer) -> Iterator[Callable[[], str]]:
    """Make an empty database; returns a superuser's address."""
    names = []

    def made() -> str:
        names.append(f"r_{uuid.uuid4().hex}")
        prepare_database(server, names[-1])
        return server.dsn(names[-1], "postgres")

    yield made
    for name in names:
        drop_database(server, name)


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_what_was_there_is_there_again_and_the_system_can_go_on(
    filled: str, empty: Callable[[], str], tmp_path: Path
) -> None:
    path, manifest = backup.back_up(filled, tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert archive.sum_file(path).read_text(encoding="ascii") == f"{archive.check_sum(path)}  {path.name}\n"
    assert manifest.tables["audit"].rows == manifest.tables["audit_chain"].rows + 1
    assert manifest.chain_heads
    target = empty()
    assert restore.restore(target, path) == manifest
    again = backup.back_up(target, tmp_path / "again")[1]
    assert (again.tables, again.sequences, again.chain_heads) == (
        manifest.tables,
        manifest.sequences,
        manifest.chain_heads,
    )
    assert restore.holds(target)
    with psycopg.connect(archive.url_as(target, "nastavnik_api"), row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        before = count(target, "programme")
        make_programme(conn, "Другой район")
    assert count(target, "programme") == before + 1
    engine = Database(archive.url_as(target, "nastavnik_engine"), Settings(), name="test")
    assert chain_all(engine) > 0
    engine.close()
    assert restore.holds(target)


def test_a_backup_under_load_is_of_one_instant(
    filled: str, dsns: dict[str, str], empty: Callable[[], str], tmp_path: Path
) -> None:
    is_over = threading.Event()

    def work() -> None:
        number = 0
        while not is_over.is_set():
            with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
                conn.execute("SELECT 1")
                make_programme(conn, f"Район {number}")
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        before = count(filled, "programme")
        assert wait_until(lambda: count(filled, "programme") > before, seconds=30)
        path, manifest = backup.back_up(filled, tmp_path)
        last = manifest.tables["programme"].rows
        assert wait_until(lambda: count(filled, "programme") > last, seconds=30)
    finally:
        is_over.set()
        worker.join()
    target = empty()
    restore.restore(target, path)
    assert restore.holds(target)
    assert count(target, "programme") == count(target, "school") == last > before


def test_a_server_with_anything_in_it_is_refused_and_stays_as_it_is(filled: str, tmp_path: Path) -> None:
    path, _ = backup.back_up(filled, tmp_path)
    before = count(filled, "audit")
    with pytest.raises(BackupError, match="the server is not empty: there are rows in activity_plan"):
        restore.restore(filled, path)
    assert count(filled, "audit") == before


def test_a_damaged_file_and_one_without_its_checksum_are_refused(
    filled: str, empty: Callable[[], str], tmp_path: Path
) -> None:
    path, _ = backup.back_up(filled, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    with pytest.raises(BackupError, match="the file is damaged"):
        restore.restore(empty(), path)
    path.write_bytes(whole)
    archive.sum_file(path).unlink()
    with pytest.raises(BackupError, match="side by side"):
        restore.restore(empty(), path)


def test_a_backup_of_another_release_is_refused_before_anything_is_made(
    filled: str, empty: Callable[[], str], tmp_path: Path
) -> None:
    path = altered(backup.back_up(filled, tmp_path)[0], lambda raw: raw["migrations"].update({"9999_later.sql": "x"}))
    target = empty()
    with pytest.raises(BackupError, match=r"migration 9999_later\.sql is not here"):
        restore.restore(target, path)
    with psycopg.connect(target) as conn:
        assert conn.execute("SELECT to_regclass('migration')").fetchone() == (None,)


def test_rows_that_are_not_those_of_the_manifest_are_not_kept_and_the_right_file_can_follow(
    filled: str, empty: Callable[[], str], tmp_path: Path
) -> None:
    path, _ = backup.back_up(filled, tmp_path)
    other = Path(shutil.copy(path, tmp_path / "other.zip"))
    altered(other, lambda raw: raw["tables"]["audit"].update({"rows": 999}))
    target = empty()
    with pytest.raises(BackupError, match="the rows of audit are not those of the backup; nothing was kept"):
        restore.restore(target, other)
    assert count(target, "programme") == 0
    restore.restore(target, path)
    assert count(target, "programme") == 1


def altered(path: Path, change: Callable[[Any], None]) -> Path:
    """Change the manifest of a backup, and its checksum with it."""
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    raw = json.loads(members[archive.MANIFEST])
    change(raw)
    with zipfile.ZipFile(path, "w") as made:
        for name, content in {**members, archive.MANIFEST: json.dumps(raw).encode()}.items():
            made.writestr(name, content)
    archive.sum_file(path).write_text(f"{archive.check_sum(path)}  {path.name}\n", encoding="ascii")
    return path


def test_a_role_that_sees_no_rows_is_refused_instead_of_copying_nothing(
    filled: str, dsns: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="no superuser"):
        backup.back_up(dsns["nastavnik_owner"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_backup_leaves_nothing_under_a_final_name(filled: str, tmp_path: Path) -> None:
    with psycopg.connect(filled) as conn:
        conn.execute("LOCK TABLE worker IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.backup", str(tmp_path)],
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "BACKUP_DATABASE_URL": filled},
        )
        waiting = b"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'worker'::regclass"
        assert wait_until(lambda: conn.execute(waiting).fetchone() == (1,), seconds=60)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]


def test_the_newest_are_kept_with_their_checksums_and_strangers_are_left_alone(filled: str, tmp_path: Path) -> None:
    paths = [backup.back_up(filled, tmp_path)[0] for _ in range(3)]
    (tmp_path / "notes.zip").write_text("mine", encoding="ascii")
    assert backup.rotate(tmp_path, 0) == []
    assert backup.rotate(tmp_path, 2) == paths[:1]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        "notes.zip",
        "erasures.jsonl",
        *(name for path in paths[1:] for name in (path.name, f"{path.name}.sha256")),
    }


def test_the_words_refuse_in_one_sentence_and_never_show_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BACKUP_DATABASE_URL", raising=False)
    monkeypatch.delenv("BACKUP_DATABASE_URL_FILE", raising=False)
    assert backup.main([str(tmp_path)]) == 1
    address = tmp_path / "address"
    address.write_text("postgresql://postgres:hidden@127.0.0.1:1/nastavnik", encoding="ascii")
    monkeypatch.setenv("BACKUP_DATABASE_URL_FILE", str(address))
    assert backup.main([str(tmp_path)]) == 1
    assert restore.main([str(tmp_path / "nothing.zip")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 3
    assert "hidden" not in said
