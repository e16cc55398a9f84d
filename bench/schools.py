"""Fills a database with schools whose programmes have all of stage I, but for some; knows tables, measures nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosql
import psycopg
from psycopg.rows import dict_row

from shared.pack.library import shipped_packs

_SECRET = "b" * 43


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme in stage I and its curator's token."""

    id: int
    token: str


@dataclass(frozen=True, slots=True)
class District:
    """One client's programmes: ``ready`` may leave stage I, ``unready`` lack the approval of the roadmap."""

    municipality_id: int
    ready: tuple[Programme, ...]
    unready: tuple[Programme, ...]


def fill(superuser_dsn: str, *, districts: int, ready: int, unready: int) -> list[District]:
    """Make ``districts`` municipalities and commit; statistics are fresh afterwards."""
    with psycopg.connect(superuser_dsn, autocommit=True, row_factory=dict_row) as conn:
        found = [_district(conn, f"Район {number}", ready=ready, unready=unready) for number in range(districts)]
        conn.execute("VACUUM ANALYZE")
    return found


def _district(conn: psycopg.Connection[dict[str, Any]], name: str, *, ready: int, unready: int) -> District:
    queries = aiosql.from_path(Path(__file__).with_name("schools.sql"), "psycopg")
    with conn.transaction():
        number: int = queries.insert_municipality(conn, name=name)["id"]
        queries.insert_programmes(conn, municipality_id=number, count=ready + unready)
        digest = hashlib.sha256(_SECRET.encode("ascii")).digest()
        accounts = list(queries.insert_accounts(conn, municipality_id=number, secret_hash=digest))
        for insert in ("events", "documents", "information", "requests", "group", "goals"):
            getattr(queries, f"insert_{insert}")(conn, municipality_id=number)
        keys = [activity.key for activity in shipped_packs()[0].activities()]
        queries.insert_roadmap(conn, municipality_id=number, keys=keys)
        queries.insert_approvals(conn, municipality_id=number, spared=unready)
    programmes = tuple(map(_programme, accounts))
    return District(number, programmes[unready:], programmes[:unready])


def _programme(row: Mapping[str, int]) -> Programme:
    return Programme(row["programme_id"], f"nst_{row['token_id']}_{_SECRET}")


def stages(superuser_dsn: str) -> dict[str, int]:
    """Return how many programmes stand in each stage."""
    with psycopg.connect(superuser_dsn) as conn:
        return dict(conn.execute("SELECT stage, count(*) FROM programme GROUP BY stage").fetchall())
