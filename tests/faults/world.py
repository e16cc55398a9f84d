"""Schools for the fault tests, made without HTTP; knows rows of accounts, no rules."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from shared.db.pool import Conn, connect_options
from shared.settings import Settings
from tests.db import life
from tests.faults.system import System
from tests.worker.machinery import make_programme

_SECRET = "f" * 43
_ACCOUNT = """
WITH p AS (
    INSERT INTO principal (municipality_id, name, role, school_id) VALUES (%s, %s, %s, %s)
    RETURNING municipality_id, id)
INSERT INTO token (municipality_id, principal_id, label, secret_hash, expires_at)
SELECT municipality_id, id, 'faults', %s, now() + interval '1 day' FROM p RETURNING id
"""


@dataclass(frozen=True, slots=True)
class School:
    """A school's programme and tokens of its curator and its municipality's methodist; ``version`` when made."""

    municipality_id: int
    school_id: int
    programme: int
    curator: str
    methodist: str
    version: int


def plain(system: System, name: str, *, municipality_id: int | None = None) -> School:
    """Make a programme without facts: the methodist may suspend and resume it for ever."""
    with psycopg.connect(system.dsns["nastavnik_api"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        key = make_programme(conn, name, municipality_id=municipality_id)
    return _school(system, key.municipality_id, key.school_id, key.id, version=1)


def ready(system: System, name: str) -> School:
    """Make a programme in stage `work` with all facts: `advance` demands a job, `reopen` to `work` undoes it."""
    one = life.begin(system.dsns, name)
    one.held = {}
    with closing(one):
        life.fill(one)
        for _ in range(5):
            programme = one.move(one.curator, "advance")
    assert programme.stage == "work"
    return _school(system, programme.municipality_id, programme.school_id, programme.id, version=programme.version)


def _school(system: System, municipality_id: int, school_id: int, programme: int, *, version: int) -> School:
    with psycopg.connect(system.dsns["postgres"], **connect_options(Settings(), "faults")) as conn:
        curator = _token(conn, municipality_id, "curator", school_id)
        methodist = _token(conn, municipality_id, "methodist", None)
    return School(municipality_id, school_id, programme, curator, methodist, version)


def _token(conn: Conn, municipality_id: int, role: str, school_id: int | None) -> str:
    digest = hashlib.sha256(_SECRET.encode("ascii")).digest()
    row = conn.execute(_ACCOUNT, (municipality_id, role, role, school_id, digest)).fetchone()
    assert row is not None
    return f"nst_{row['id']}_{_SECRET}"
