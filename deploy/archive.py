"""The form of a backup: one zip with a file of rows a table and a manifest; what makes two copies of a table equal.

Knows tables, rows and sequences as PostgreSQL's catalogue tells them; must not know what the rows mean. The schema is
not in it: the migrations make that, and the manifest names them with their checksums.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

FORMAT = 1
MANIFEST = "manifest.json"
NAMES = "nastavnik-*.zip"
MIGRATIONS = "migration"
"""The migrator's own table: written by it, compared with the manifest, never copied."""
Conn = psycopg.Connection[Any]


class BackupError(Exception):
    """It cannot be done; the message says why and what helps, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that are stored; ``order``: expressions that sort its rows alike on every server."""

    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a table held: ``digest`` is the sha256 of its rows in PostgreSQL's text form, in the order of the key."""

    columns: tuple[str, ...]
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds and of when it is.

    ``migrations``: name -> checksum; ``sequences``: name -> (last value, whether it was given out);
    ``chain_heads``: municipality -> (number, hash) of the last link of its audit chain.
    """

    format: int
    begun_at: str
    server: str
    migrations: Mapping[str, str]
    tables: Mapping[str, Rows]
    sequences: Mapping[str, tuple[int, bool]]
    chain_heads: Mapping[str, tuple[int, str]]

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """Return the manifest of an opened backup. Raises BackupError for one that is none or of another form."""
    try:
        raw = json.loads(archive.read(MANIFEST))
        tables = {name: Rows(tuple(t["columns"]), t["rows"], t["digest"]) for name, t in raw["tables"].items()}
        pairs = {name: {key: tuple(pair) for key, pair in raw[name].items()} for name in ("sequences", "chain_heads")}
        made = Manifest(**{**raw, **pairs, "tables": tables})
    except (AttributeError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
        raise BackupError("the file is no backup of ours: its manifest is missing or cannot be read") from None
    if made.format != FORMAT:
        raise BackupError(f"the backup is of form {made.format}, this release reads form {FORMAT}")
    return made


def check_sum(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sum_file(path: Path) -> Path:
    """Return where the checksum of a backup lies: a line that `sha256sum --check` reads."""
    return path.with_name(path.name + ".sha256")


def database_url(given: str) -> str:
    """Return the superuser's address: given, BACKUP_DATABASE_URL, or the file that BACKUP_DATABASE_URL_FILE names."""
    url = given or os.environ.get("BACKUP_DATABASE_URL", "")
    if not url and (path := os.environ.get("BACKUP_DATABASE_URL_FILE")):
        url = Path(path).read_text(encoding="ascii").strip()
    if not url:
        raise BackupError("no database: set BACKUP_DATABASE_URL or BACKUP_DATABASE_URL_FILE (a superuser's address)")
    return url


def url_as(url: str, role: str) -> str:
    """Return the address of the same login acting as another role from the first statement on."""
    parts = urlsplit(url)
    option = f"options={quote(f'-c role={role}')}"
    return urlunsplit(parts._replace(query=f"{parts.query}&{option}" if parts.query else option))


def open_as_superuser(url: str) -> Conn:
    """Connect. Raises BackupError for a role that row-level security binds: it would see, and copy, nothing."""
    conn = psycopg.connect(url, autocommit=True, application_name="nastavnik-backup")
    row = conn.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is None or not row[0]:
        conn.close()
        raise BackupError("the role is no superuser: row-level security would hide the rows from it")
    conn.execute("SET row_security = off")
    return conn


def applied_migrations(conn: Conn) -> dict[str, str]:
    """Return name -> checksum of the migrations applied, in order; empty where there is no schema."""
    if conn.execute("SELECT to_regclass('public.migration')").fetchone() == (None,):
        return {}
    return dict(conn.execute("SELECT name, checksum FROM migration ORDER BY number").fetchall())


def tables(conn: Conn) -> list[Table]:
    """Return all tables but the migrator's, by name."""
    found = conn.execute(
        "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''),"
        " (SELECT array_agg(format('%%I%%s', k.attname, CASE WHEN k.attcollation <> 0 THEN ' COLLATE \"C\"' END)"
        "                   ORDER BY array_position(i.indkey::int2[], k.attnum))"
        "  FROM pg_index i JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey::int2[])"
        "  WHERE i.indrelid = c.oid AND i.indisprimary)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> %s"
        " GROUP BY c.oid, c.relname ORDER BY c.relname",
        (MIGRATIONS,),
    )
    return [Table(name, tuple(columns), tuple(order or ())) for name, columns, order in found]


def row_blocks(conn: Conn, table: Table) -> Iterator[bytes]:
    """Yield a table's rows in text form, in the order of its key: equal rows give equal bytes."""
    # Quoted by PostgreSQL itself, see `tables`.
    order = sql.SQL(", ".join(table.order) or "1")
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)), sql.Identifier(table.name), order
    )
    with conn.cursor() as cursor, cursor.copy(query) as copy:
        yield from map(bytes, copy)


class Counter:
    """Counts and digests the blocks of a table as they pass."""

    def __init__(self, table: Table) -> None:
        self._table, self._rows, self._digest = table, 0, hashlib.sha256()

    def add(self, block: bytes) -> bytes:
        """Take a block into account; return it."""
        self._rows += block.count(b"\n")  # a newline inside a value is written as \n by COPY
        self._digest.update(block)
        return block

    def rows(self) -> Rows:
        """Return what has passed."""
        return Rows(self._table.columns, self._rows, self._digest.hexdigest())


def in_a_line(error: Exception) -> str:
    """Return the first line of an error; the others may show rows."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def sequences(conn: Conn) -> dict[str, tuple[int, bool]]:
    """Return name -> (last value, whether it was given out) of all sequences."""
    names = conn.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY relname"
    ).fetchall()
    found = {}
    for (name,) in names:
        row = conn.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))).fetchone()
        assert row is not None  # noqa: S101  a sequence has its one row
        found[str(name)] = (int(row[0]), bool(row[1]))
    return found
