"""A restore of an older day: whoever was erased since is erased again, or nothing is restored at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy import archive, backup, erasures, restore
from deploy.archive import BackupError
from deploy.embedded.databases import drop_database, prepare_database
from deploy.embedded.postgres import PostgresServer
from services.cli.__main__ import main as cli
from shared.privacy import erasure_log
from tests.builders_world_rows import World
from tests.db import erasing
from tests.worker.machinery import make_programme


@pytest.fixture
def source(server: PostgresServer, dsns: dict[str, str]) -> str:
    return server.dsn(str(conninfo_to_dict(dsns["nastavnik_owner"])["dbname"]), "postgres")


@pytest.fixture
def target(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database that `python -m deploy.restore` fills."""
    name = f"r_{uuid.uuid4().hex}"
    prepare_database(server, name)
    monkeypatch.setenv("BACKUP_DATABASE_URL", server.dsn(name, "postgres"))
    yield server.dsn(name, "postgres")
    drop_database(server, name)


@pytest.fixture
def child(source: str, dsns: dict[str, str]) -> World:
    """A programme with the child, committed; the world's connection is closed."""
    with psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        key = make_programme(conn, "Район")
    with psycopg.connect(source, row_factory=dict_row) as root:
        erasing.enter(root, key.municipality_id)
        world = World(root, key.municipality_id, key.school_id, key.id)
        world.rows["child"] = ("person", erasing.add_child(world))
    return world


def erase(source: str, world: World, *, withdrawn: bool) -> int:
    """Erase the child as the engine does; return the erasure's id."""
    with psycopg.connect(source, row_factory=dict_row) as root:
        erasing.enter(root, world.municipality_id)
        world.conn = root
        if withdrawn:
            root.execute("UPDATE consent SET withdrawn_on = '2020-10-05' WHERE person_id = %s", (world.id("child"),))
        erasure = erasing.ask(world, world.id("child"), "withdrawn" if withdrawn else "request")
        row = root.execute("SELECT erase_person(%s) AS tally", (erasure,)).fetchone()
    assert row is not None
    assert row["tally"] is not None
    return erasure


def found_in(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url, row_factory=dict_row) as conn:
        return erasing.found_in(conn)


@pytest.mark.parametrize("withdrawn", [True, False])
def test_an_erasure_after_the_backup_is_done_again(
    source: str, target: str, child: World, tmp_path: Path, withdrawn: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    older, _ = backup.back_up(source, tmp_path)
    erasure = erase(source, child, withdrawn=withdrawn)
    backup.back_up(source, tmp_path)
    assert restore.main([str(older)]) == 0
    said = capfd.readouterr().out
    assert "erased again of 1 in the erasure log: 1" in said
    assert "violations: 0" in said
    assert found_in(target) == []
    with psycopg.connect(target, row_factory=dict_row) as conn:
        kept = conn.execute(
            "SELECT e.id, e.status, e.reason, a.subject, a.destroyed_at = e.ended_at AS is_same FROM erasure e"
            " JOIN erasure_act a ON a.erasure_id = e.id"
        ).fetchall()
        deeds = conn.execute("SELECT action, actor_role FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        mentor = conn.execute("SELECT person_id FROM mentor").fetchone()
        assert mentor is not None
        other = erasing.ask(World(conn, child.municipality_id, child.school_id), mentor["person_id"])
    reason = "withdrawn" if withdrawn else "request"
    assert [(row["id"], row["status"], row["reason"], row["is_same"]) for row in kept] == [
        (erasure, "done", reason, True)
    ]
    assert kept[0]["subject"] == f"{erasing.FAMILY} Анна Павловна"
    assert deeds == {"action": "person.erase", "actor_role": "engine"}
    assert other > erasure


def test_without_the_log_nothing_is_restored_unless_told_so(
    source: str, target: str, child: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    older, _ = backup.back_up(source, tmp_path)
    (tmp_path / erasure_log.NAME).unlink()
    assert restore.main([str(older)]) == 1
    assert "--without-erasures" in capfd.readouterr().err
    with psycopg.connect(target) as conn:
        assert archive.applied_migrations(conn) == {}
    assert restore.main([str(older), "--without-erasures"]) == 0
    assert found_in(target) != []


def test_a_log_that_the_worker_wrote_elsewhere_is_named(source: str, target: str, child: World, tmp_path: Path) -> None:
    older, _ = backup.back_up(source, tmp_path / "backups")
    erasure = erase(source, child, withdrawn=False)
    with psycopg.connect(source, row_factory=dict_row) as conn:
        row = conn.execute("SELECT ended_at AS at FROM erasure").fetchone()
    assert row is not None
    line = erasure_log.Line(child.municipality_id, child.school_id, erasure, child.id("child"), "request", row["at"])
    log = tmp_path / "elsewhere" / "log.jsonl"
    erasure_log.append(log, [line])
    assert restore.main([str(older), "--erasures", str(log)]) == 0
    assert found_in(target) == []


def test_whoever_was_entered_after_the_deed_with_the_same_number_is_left_alone(
    source: str, target: str, child: World, tmp_path: Path
) -> None:
    older, _ = backup.back_up(source, tmp_path)
    before = datetime.now(UTC) - timedelta(days=1)
    line = erasure_log.Line(child.municipality_id, child.school_id, 999, child.id("child"), "request", before)
    erasure_log.append(tmp_path / erasure_log.NAME, [line])
    assert restore.main([str(older)]) == 0
    assert found_in(target) == found_in(source)


def test_a_number_that_somebody_else_has_by_now_is_not_mistaken_for_the_one_of_the_log(
    source: str, target: str, child: World, tmp_path: Path
) -> None:
    with psycopg.connect(source, row_factory=dict_row) as root:
        mentor = root.execute("SELECT person_id FROM mentor").fetchone()
        assert mentor is not None
        erasing.enter(root, child.municipality_id)
        child.conn = root
        taken = erasing.ask(child, mentor["person_id"])
    older, _ = backup.back_up(source, tmp_path)
    line = erasure_log.Line(
        child.municipality_id, child.school_id, taken, child.id("child"), "request", datetime.now(UTC)
    )
    erasure_log.append(tmp_path / erasure_log.NAME, [line])
    assert restore.main([str(older)]) == 0
    assert found_in(target) == []
    with psycopg.connect(target, row_factory=dict_row) as conn:
        rows = conn.execute("SELECT person_id, status FROM erasure ORDER BY id").fetchall()
    assert [(row["person_id"], row["status"]) for row in rows] == [
        (mentor["person_id"], "waiting"),
        (child.id("child"), "done"),
    ]


def test_the_log_holds_ids_alone_is_only_appended_and_never_doubled(
    source: str, child: World, dsns: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    backup.back_up(source, tmp_path)
    log = tmp_path / erasure_log.NAME
    assert log.read_text(encoding="ascii") == ""
    erasure = erase(source, child, withdrawn=False)
    for _ in range(2):
        backup.back_up(source, tmp_path)
    (line,) = erasure_log.read(log)
    assert (line.erasure_id, line.person_id) == (erasure, child.id("child"))
    assert len(log.read_text(encoding="ascii").splitlines()) == 1
    monkeypatch.setenv("NASTAVNIK_AUDITOR_DATABASE_URL", dsns["nastavnik_auditor"])
    assert cli(["erasures", "export"]) == 0
    assert erasure_log.read(_written(tmp_path / "exported", capsys.readouterr().out)) == [line]


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="ascii")
    return path


@pytest.mark.parametrize("broken", ["{}", "x", '{"at": 1}', "[]"])
def test_a_line_that_is_no_erasure_makes_a_log_unreadable(tmp_path: Path, broken: str) -> None:
    _written(tmp_path / erasure_log.NAME, f"{broken}\n")
    with pytest.raises(BackupError, match="line 1 is no erasure"):
        erasures.log_of(tmp_path / "nastavnik-1.zip", None)
