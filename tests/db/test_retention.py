"""Until when a person is needed: a programme that names somebody, in whatever part, keeps the person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy.embedded.postgres import PostgresServer
from shared.db.pool import Conn
from tests.builders_world_rows import YEAR, World
from tests.db import erasing

ENTERED = 2010
PARTS: dict[str, dict[str, Any]] = {
    "activity_plan.responsible_id": {"activity_key": "I.1", "planned_on": "2020-10-01"},
    "appointment.person_id": {"duty": "curator", "appointed_on": "2020-10-01"},
    "conclusion.author_id": {"subject": "feedback", "text": "Хорошо"},
    "mentee.person_id": {},
    "mentor.person_id": {"origin": "teachers"},
    "specialist.person_id": {"schedule": "По средам"},
    "survey.responsible_id": {"side": "mentee", "moment": "after", "questionnaire": "q"},
}
"""Table and column that lead from a programme to a person, and what else the row needs."""


@pytest.fixture
def conn(server: PostgresServer, dsns: dict[str, str]) -> Iterator[Conn]:
    """A superuser's connection."""
    name = str(conninfo_to_dict(dsns["nastavnik_owner"])["dbname"])
    with psycopg.connect(server.dsn(name, "postgres"), row_factory=dict_row) as opened:
        yield opened


def last_year(world: World, person_id: int) -> int:
    row = world.conn.execute("SELECT last_school_year(%s, %s) AS it", (world.municipality_id, person_id)).fetchone()
    assert row is not None
    return int(row["it"])


def test_every_part_of_a_programme_that_names_a_person_keeps_the_person(conn: Conn) -> None:
    named = conn.execute(
        "SELECT format('%s.%s', c.conrelid::regclass, a.attname) AS it FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[cardinality(c.conkey)]"
        " WHERE c.contype = 'f' AND c.confrelid = 'person'::regclass AND EXISTS (SELECT FROM pg_attribute p"
        "   WHERE p.attrelid = c.conrelid AND p.attname = 'programme_id')"
    ).fetchall()
    assert {row["it"] for row in named} == PARTS.keys()
    world = erasing.begin(conn)
    for part, values in PARTS.items():
        person = erasing.add_person(world, "Щербаковская", part, "teacher", created_at=f"{ENTERED}-10-01")
        assert last_year(world, person) == ENTERED
        table, _, column = part.partition(".")
        world.put(table, **values, **dict[str, Any]({column: person}))
        assert last_year(world, person) == YEAR, part
