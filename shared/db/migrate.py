"""Applies the numbered SQL files of ``migrations/`` in order; knows nothing of their content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 4_282_020
_LOCK_TIMEOUT = "5s"
"""How long a migration waits for a table before it gives up: all who come after it would wait behind it."""
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class MigrationError(RuntimeError):
    """The files and the database do not fit together; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; ``checksum`` is the sha256 of its text in hex."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return all files in order; MigrationError for a bad name or a gap."""
    found = []
    for place, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != place:
            raise MigrationError(f"{path.name}: expected number {place:04d} and a name of small letters")
        found.append(Migration(place, path.name, path.read_text(encoding="utf-8")))
    return found


def migrate(owner_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing, a transaction each, under an advisory lock; return the names applied.

    Raises MigrationError when an applied file was changed, or the database is newer than the files.
    """
    migrations = read_migrations(folder)
    with psycopg.connect(owner_url, autocommit=True) as conn:
        # A killed migrator's statement ends within a second, and its locks with it.
        conn.execute("SET client_connection_check_interval = 1000")
        conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        conn.execute(
            "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL,"
            " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {row[0]: row[2] for row in conn.execute("SELECT number, name, checksum FROM migration")}
        _compare(migrations, applied)
        missing = [m for m in migrations if m.number not in applied]
        for migration in missing:
            with conn.transaction():
                conn.execute("SELECT set_config('lock_timeout', %s, true)", (_LOCK_TIMEOUT,))
                conn.execute(migration.sql.encode())
                conn.execute(
                    "INSERT INTO migration (number, name, checksum) VALUES (%s, %s, %s)",
                    (migration.number, migration.name, migration.checksum),
                )
        return [m.name for m in missing]


def _compare(migrations: list[Migration], applied: dict[int, str]) -> None:
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise MigrationError(f"{migration.name} was changed after it was applied; write a new migration")
    if applied and max(applied) > len(migrations):
        raise MigrationError(f"the database is at migration {max(applied)}, newer than this release")
