"""`python -m deploy.backup FOLDER`: a consistent copy of all rows while the system works.

One snapshot, one file, readable by its owner alone; under its final name it is whole or it is not there. Knows files
and snapshots; must not know what the rows mean. The copy holds personal data: keep it as the database itself is kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from deploy import archive, erasures
from deploy.archive import BackupError, Conn, Counter, Manifest, Rows
from shared.privacy import erasure_log
from shared.privacy.erasure_log import Line, LogUnreadable


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, copy, tell; returns the exit status. A refusal is one sentence."""
    parser = argparse.ArgumentParser(prog="python -m deploy.backup", description="Copy all rows into one file.")
    parser.add_argument("folder", type=Path, help="where the file is to lie")
    parser.add_argument("--keep", type=int, default=0, metavar="N", help="then remove all but the newest N")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    try:
        path, manifest = back_up(archive.database_url(""), options.folder)
        removed = rotate(options.folder, options.keep)
    except (BackupError, LogUnreadable, psycopg.Error, OSError) as error:
        print(f"nastavnik: no backup was made: {archive.in_a_line(error)}", file=sys.stderr)
        return 1
    rows = sum(table.rows for table in manifest.tables.values())
    print(
        f"nastavnik: {path}: {len(manifest.tables)} tables, {rows} rows, {path.stat().st_size} bytes,"
        f" {time.monotonic() - begun:.1f} s" + (f"; removed {len(removed)} older" if removed else "")
    )
    return 0


def back_up(url: str, folder: Path) -> tuple[Path, Manifest]:
    """Write a backup into the folder (made when absent); return its path and manifest.

    The erasure log beside it gets what it lacks: an older backup, restored, must not bring erased people back.
    Raises BackupError, LogUnreadable, psycopg.Error, OSError: then nothing lies under a final name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"nastavnik-{datetime.now(UTC):%Y%m%dT%H%M%S_%fZ}.zip"
    draft = path.with_name(f".{path.name}.part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with archive.open_as_superuser(url) as conn, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
                manifest, erased = _copy(conn, made)
            file.flush()
            os.fsync(file.fileno())
        erasure_log.complete(folder / erasure_log.NAME, erased)
        _write_sum(path, archive.check_sum(draft))
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        archive.sum_file(path).unlink(missing_ok=True)
        raise
    erasure_log.sync_folder(folder)
    return path, manifest


def rotate(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest ``keep`` backups (0: none); return what was removed. Drafts of the killed go, too."""
    found = sorted(folder.glob(archive.NAMES))
    old = found[:-keep] if keep > 0 else []
    for path in old:
        path.unlink()
        archive.sum_file(path).unlink(missing_ok=True)
    day_ago = time.time() - 86400
    for draft in folder.glob(f".{archive.NAMES}.part"):
        if draft.stat().st_mtime < day_ago:
            draft.unlink(missing_ok=True)
    return old


def _copy(conn: Conn, made: zipfile.ZipFile) -> tuple[Manifest, list[Line]]:
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = conn.execute("SELECT now(), current_setting('server_version')").fetchone()
        migrations = archive.applied_migrations(conn)
        if row is None or not migrations:
            raise BackupError("the database has no schema of ours")
        conn.execute("SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true)")
        tables = {table.name: _copy_table(conn, made, table) for table in archive.tables(conn)}
        heads = conn.execute(
            "SELECT DISTINCT ON (municipality_id) municipality_id, chain_no, hash FROM audit_chain"
            " ORDER BY municipality_id, chain_no DESC"
        ).fetchall()
        # Sequences know no snapshots: read last, they are ahead of every row copied.
        manifest = Manifest(
            archive.FORMAT,
            begun_at=row[0].astimezone(UTC).isoformat(),
            server=row[1],
            migrations=migrations,
            tables=tables,
            sequences=archive.sequences(conn),
            chain_heads={str(municipality): (number, digest) for municipality, number, digest in heads},
        )
        erased = erasures.done(conn)
    made.writestr(archive.MANIFEST, manifest.text())
    return manifest, erased


def _copy_table(conn: Conn, made: zipfile.ZipFile, table: archive.Table) -> Rows:
    counter = Counter(table)
    with made.open(f"{table.name}.copy", "w", force_zip64=True) as entry:
        for block in archive.row_blocks(conn, table):
            entry.write(counter.add(block))
    return counter.rows()


def _write_sum(path: Path, digest: str) -> None:
    with os.fdopen(os.open(archive.sum_file(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{digest}  {path.name}\n")
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    sys.exit(main())
