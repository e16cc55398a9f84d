"""`python -m deploy.restore FILE`: the rows of a backup into an empty server, held against the file afterwards.

Refuses where there is anything to lose. Knows the migrations' folder and the form of a backup; must not know what the
rows mean: that the rules and the hash chains hold is asked with the operators' own commands at the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from deploy import archive, erasures
from deploy.archive import BackupError, Conn, Counter, Manifest, Table
from shared.db.migrate import FOLDER, MigrationError, migrate, read_migrations

ROOT = Path(__file__).resolve().parents[1]
ROLES = ("nastavnik_owner", "nastavnik_api", "nastavnik_respondent", "nastavnik_engine", "nastavnik_auditor")
CHECKS = (("invariants",), ("audit", "verify"))
"""What the operators ask the restored database, as `nastavnik ...`."""
_BLOCK = 1 << 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, restore, check, tell; returns the exit status. A refusal is one sentence."""
    parser = argparse.ArgumentParser(prog="python -m deploy.restore", description="Fill an empty server from a backup.")
    parser.add_argument("file", type=Path, help="the backup")
    parser.add_argument("--data", type=Path, help="fill this new data folder of `make run` instead of a running server")
    log = parser.add_mutually_exclusive_group()
    log.add_argument("--erasures", type=Path, help="the erasure log; without: the one beside the backup")
    log.add_argument("--without-erasures", action="store_true", help="bring back whoever was erased since, too")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    try:
        erased = [] if options.without_erasures else erasures.log_of(options.file, options.erasures)
        with _server(options.data) as url:
            manifest = restore(url, options.file)
            took = time.monotonic() - begun
            print(
                f"nastavnik: the rows of {manifest.begun_at} are back and equal to the file: {took:.1f} s", flush=True
            )
            again = erasures.replay(url, erased)
            print(f"nastavnik: erased again of {len(erased)} in the erasure log: {again}", flush=True)
            is_whole = holds(url)
    except (BackupError, MigrationError, psycopg.Error, OSError, RuntimeError) as error:
        print(f"nastavnik: not restored: {archive.in_a_line(error)}", file=sys.stderr)
        return 1
    print(
        "nastavnik: open jobs wake as soon as a dispatcher sees an empty Valkey"
        if is_whole
        else "nastavnik: the rows are those of the backup, and they contradict themselves: see above"
    )
    return 0 if is_whole else 1


@contextmanager
def _server(data: Path | None) -> Iterator[str]:
    """A superuser's address: of the running server that is named, or of one on a data folder, for this while."""
    if data is None:
        yield archive.database_url("")
        return
    # Only where the embedded servers are installed: an image has none.
    from deploy.embedded import postgres
    from deploy.embedded.databases import prepare_database
    from deploy.embedded.folders import open_data_folder
    from deploy.embedded.stack import DATABASE

    with postgres.start(open_data_folder(data) / "postgres") as server:
        prepare_database(server, DATABASE)
        yield server.dsn(DATABASE, postgres.SUPERUSER)


def restore(url: str, path: Path) -> Manifest:
    """Make the schema of the backup, copy its rows in, compare them, and bring the schema up to this release.

    Raises BackupError (a damaged file, a server that is not empty, missing roles, rows that differ), MigrationError,
    psycopg.Error, OSError. The rows come in one transaction: all of them or none.
    """
    _check_file(path)
    with zipfile.ZipFile(path) as opened:
        manifest = archive.read_manifest(opened)
        _check_migrations(manifest)
        with archive.open_as_superuser(url) as conn:
            _check_empty(conn, manifest)
            _make_schema(url, len(manifest.migrations))
            with conn.transaction():
                _load(conn, opened, manifest)
                _compare(conn, manifest)
            conn.execute("ANALYZE")
    migrate(archive.url_as(url, ROLES[0]))
    return manifest


def holds(url: str) -> bool:
    """Ask the restored database, as the auditor, whether rules and hash chains hold; prints what the commands say."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("NASTAVNIK_")}
    env = {**kept, "NASTAVNIK_AUDITOR_DATABASE_URL": archive.url_as(url, "nastavnik_auditor")}
    answers = [
        subprocess.run([sys.executable, "-m", "services.cli", *words], cwd=ROOT, env=env, check=False).returncode
        for words in CHECKS
    ]
    return not any(answers)


def _check_file(path: Path) -> None:
    kept = archive.sum_file(path)
    if not path.is_file() or not kept.is_file():
        raise BackupError(f"{path} and its checksum {kept.name} must lie side by side")
    if kept.read_text(encoding="ascii").split()[:1] != [archive.check_sum(path)]:
        raise BackupError(f"{path.name} does not match its checksum: the file is damaged")
    if not zipfile.is_zipfile(path):
        raise BackupError(f"{path.name} is no backup of ours")


def _check_migrations(manifest: Manifest) -> None:
    ours = {item.name: item.checksum for item in read_migrations()}
    foreign = [name for name, checksum in manifest.migrations.items() if ours.get(name) != checksum]
    if foreign:
        raise BackupError(
            f"the backup was made by a newer or another release: migration {foreign[0]} is not here or differs"
        )


def _check_empty(conn: Conn, manifest: Manifest) -> None:
    present = {row[0] for row in conn.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", (list(ROLES),))}
    if missing := [role for role in ROLES if role not in present]:
        raise BackupError(f"the server lacks the role {missing[0]}: run deploy/roles.sql first")
    applied = archive.applied_migrations(conn)
    known = list(manifest.migrations)
    for table in archive.tables(conn):
        found = conn.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table.name))).fetchone()
        if found is not None:
            raise BackupError(f"the server is not empty: there are rows in {table.name}. Restore into a new one")
    if list(applied) != known[: len(applied)]:
        raise BackupError("the server is not empty: its schema is newer than the backup's. Restore into a new one")


def _make_schema(url: str, count: int) -> None:
    """Apply the backup's own migrations and no later one: its rows fit no other schema."""
    with tempfile.TemporaryDirectory() as name:
        for migration in read_migrations()[:count]:
            shutil.copyfile(FOLDER / migration.name, Path(name) / migration.name)
        migrate(archive.url_as(url, ROLES[0]), Path(name))


def _load(conn: Conn, opened: zipfile.ZipFile, manifest: Manifest) -> None:
    # Neither triggers nor foreign keys: the rows were consistent where they came from, and are compared afterwards.
    conn.execute("SELECT set_config('session_replication_role', 'replica', true)")
    conn.execute("SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true)")
    for table in archive.tables(conn):
        held = manifest.tables.get(table.name)
        if held is None or set(held.columns) != set(table.columns):
            raise BackupError(f"the backup and its own migrations disagree about the table {table.name}")
        target = Table(table.name, held.columns, table.order)
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(target.name), sql.SQL(", ").join(map(sql.Identifier, target.columns))
        )
        with opened.open(f"{table.name}.copy") as entry, conn.cursor() as cursor, cursor.copy(query) as copy:
            while block := entry.read(_BLOCK):
                copy.write(block)
    for name, (last, is_called) in manifest.sequences.items():
        conn.execute("SELECT setval(format('public.%%I', %s::text)::regclass, %s, %s)", (name, last, is_called))


def _compare(conn: Conn, manifest: Manifest) -> None:
    present = {table.name: table for table in archive.tables(conn)}
    for name, held in manifest.tables.items():
        table = Table(name, held.columns, present[name].order)
        counter = Counter(table)
        for block in archive.row_blocks(conn, table):
            counter.add(block)
        if counter.rows() != held:
            raise BackupError(f"the rows of {name} are not those of the backup; nothing was kept")


if __name__ == "__main__":
    sys.exit(main())
