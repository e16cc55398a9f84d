"""Spells the schema of a database out of its catalogue, for reading; knows no table of ours and changes nothing.

pg_dump would say the same in another order, at ten times the length, and differently for every server version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn

HEAD = """-- The schema as the migrations leave it, for reading. Generated: python -m services.cli schema
-- Tables are in the order of their making; under each: its indexes, triggers, policies and grants.
"""


def schema_text(conn: Conn) -> str:
    """Return the whole schema as SQL text; the same for every database with the same migrations."""
    conn.execute("SELECT set_config('search_path', 'public', true)")
    parts = [HEAD, *(f"{row['text'].rstrip()};\n" for row in _queries().functions(conn))]
    parts += ["\n".join(_table(conn, row)) + "\n" for row in _queries().tables(conn)]
    return "\n".join(parts)


def _table(conn: Conn, table: Mapping[str, Any]) -> Iterator[str]:
    name, oid = table["name"], table["oid"]
    inside = [f"    {row['text']}" for row in _queries().columns(conn, table_oid=oid)]
    inside += [f"    {row['text']}" for row in _queries().constraints(conn, table_oid=oid)]
    yield f"CREATE TABLE {name} (\n" + ",\n".join(inside) + f"\n){table['options']};"
    for query in (_queries().comments, _queries().indexes, _queries().triggers):
        yield from (f"{row['text']};" for row in query(conn, table_oid=oid))
    if table["is_protected"]:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    if table["is_forced"]:
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
    for query in (_queries().policies, _queries().grants):
        yield from (f"{row['text']};" for row in query(conn, table_oid=oid))


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("catalogue.sql"), "psycopg")
