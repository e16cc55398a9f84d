"""A whole programme on which every guard is met, as plain rows; knows table columns, no code under test.

Each row made is kept under a name, so that a test can take away exactly one fact. The programme is closing: every
pair has ended but for one, which keeps the guards of live pairs at work; `end_last_pair` finishes it.
"""

from __future__ import annotations

import uuid
from typing import Any, LiteralString

from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from tests.builders_world_rows import (
    YEAR,
    World,
    add_closing,
    add_conditions,
    add_feedback,
    add_mentees,
    add_mentors,
    add_pairs,
    add_selection,
)

__all__ = ["NOW", "World", "act_for", "build_world", "put_result"]

NOW = "2021-05-20T12:00:00+03:00"


def build_world(api: Conn, engine: Conn) -> World:
    """Make and commit a municipality, a school and its whole programme; ``engine`` writes the results, as jobs do."""
    municipality_id = _insert(
        api, Tenant(0), "INSERT INTO municipality (name) VALUES (%s) RETURNING id", uuid.uuid4().hex
    )
    tenant = Tenant(municipality_id)
    school_id = _insert(
        api, tenant, "INSERT INTO school (municipality_id, name) VALUES (%s, %s) RETURNING id", municipality_id, "школа"
    )
    world = World(api, municipality_id, school_id)
    world.programme_id = world.put(
        "programme",
        "programme",
        of_programme=False,
        school_year=YEAR,
        pack_code="order_428",
        pack_version=1,
        stage="closing",
        inputs_version=7,
    )
    world.put("school_profile", "profile", of_programme=False, school_year=YEAR)
    for fill in (add_conditions, add_mentees, add_mentors, add_selection, add_pairs, add_feedback):
        fill(world)
    api.commit()
    act_for(engine, tenant)
    world.conn = engine
    summary = put_result(world, "feedback_summary")
    score = put_result(world, "effectiveness", based_on=summary)
    put_result(world, "reward_list", based_on=score)
    engine.commit()
    act_for(api, tenant)
    world.conn = api
    add_closing(world)
    api.commit()
    return world


def act_for(conn: Conn, tenant: Tenant) -> None:
    """Begin a transaction, if none is open, and enter the tenant at the world's fixed instant."""
    conn.execute("SELECT 1")
    enter(conn, tenant, now=NOW)


def _insert(conn: Conn, tenant: Tenant, statement: LiteralString, *values: Any) -> int:
    act_for(conn, tenant)
    row = conn.execute(statement, values).fetchone()
    assert row is not None
    return int(row["id"])


def put_result(world: World, kind: str, **values: Any) -> int:
    """Insert a computed result; only the engine's role may."""
    job = world.conn.execute(
        "INSERT INTO job_run (municipality_id, school_id, programme_id, kind, cause)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (world.municipality_id, world.school_id, world.programme_id, kind, "request:1"),
    ).fetchone()
    assert job is not None
    found: dict[str, Any] = {
        "kind": kind,
        "job_run_id": job["id"],
        "fence": 1,
        "inputs_version": 7,
        "cut_off_at": "2021-05-10T18:00:00+03:00",
        "body": "{}",
        "canonical": "{}",
        "digest": "0" * 64,
        "inputs_digest": "0" * 64,
        "pack_code": "order_428",
        "pack_version": 1,
        "algorithm_version": "1",
        "created_at": "2021-05-12T10:00:00+03:00",
    }
    return world.put("result", kind, **(found | values))
