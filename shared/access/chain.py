"""Protocol H for the audit log: what a link hashes, and how committed rows get their links.

Knows the columns of an audit row; must not know when chaining is done, nor who keeps the heads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiosql

from shared.canonical import canonical
from shared.db.pool import Conn
from shared.failpoint import failpoint

GENESIS = "0" * 64
BATCH = 1000
BODY_VERSION = 1
_FIRST_BODY = (
    "municipality_id",
    "id",
    "school_id",
    "at",
    "actor_id",
    "actor_role",
    "request_id",
    "action",
    "entity",
    "entity_id",
    "entity_uuid",
    "programme_id",
)
BODIES: Mapping[int, tuple[str, ...]] = MappingProxyType({1: _FIRST_BODY})
"""Version -> columns in the hashed text. A new column of the log means a new version: the old ones stay as they are."""


def body(row: Mapping[str, Any], version: int = BODY_VERSION) -> str:
    """Return the text that is hashed: canonical JSON of the version and its columns."""
    return canonical({"v": version, **{name: row[name] for name in BODIES[version]}})


def link_hash(prev_hash: str, text: str) -> str:
    """Return sha256(prev_hash, newline, text) in hex."""
    return hashlib.sha256(f"{prev_hash}\n{text}".encode()).hexdigest()


def waiting_municipalities(conn: Conn) -> list[int]:
    """Return the municipalities whose log has rows without a link; as the engine, outside any tenant."""
    return [row["municipality_id"] for row in queries().waiting_municipalities(conn)]


def chain_some(conn: Conn, municipality_id: int, *, armed: str = "") -> int:
    """Give links to at most BATCH committed rows of the tenant entered; return how many.

    0 also when another process is at it. Nothing is kept unless the caller's transaction commits.
    """
    if not queries().try_lock(conn, municipality_id=municipality_id)["is_ours"]:
        return 0
    rows = list(queries().waiting_rows(conn, municipality_id=municipality_id, limit=BATCH))
    if not rows:
        return 0
    last = queries().last_link(conn, municipality_id=municipality_id)
    chain_no, prev_hash = (last["chain_no"], last["hash"]) if last else (0, GENESIS)
    hashes = _hashes(prev_hash, rows)
    audit_ids = [row["id"] for row in rows]
    queries().insert_links(
        conn,
        municipality_id=municipality_id,
        body_version=BODY_VERSION,
        numbers=list(range(chain_no + 1, chain_no + 1 + len(rows))),
        audit_ids=audit_ids,
        prev_hashes=[prev_hash, *hashes[:-1]],
        hashes=hashes,
    )
    failpoint("chain_after_links", armed)
    queries().settle(conn, municipality_id=municipality_id, audit_ids=audit_ids)
    return len(rows)


def _hashes(prev_hash: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    made = []
    for row in rows:
        prev_hash = link_hash(prev_hash, body(row))
        made.append(prev_hash)
    return made


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named queries of chain.sql."""
    return aiosql.from_path(Path(__file__).with_name("chain.sql"), "psycopg")
