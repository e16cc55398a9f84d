"""The answer to an access request: whole, in words, and nobody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.db.tenancy import Tenant
from shared.errors import NotFound
from shared.privacy import record as module
from shared.privacy.codes import CODES
from shared.privacy.record import PersonalRecord, personal_record
from shared.privacy.words import COLUMNS, SECTIONS
from tests.builders_world import World, act_for, build_world, put_result
from tests.conftest import ConnAs

STATEMENT = Path(module.__file__).with_name("record.sql").read_text(encoding="utf-8")
KEYS = {"id", "version", "created_by", "requested_by", "run_by", "ended_by"}
"""Columns of these tables that say nothing about a person."""
NOT_ABOUT_A_PERSON = {
    "training": "what was taught; joined to the participant's row",
    "school": "where the person belongs",
    "programme": "what the person takes part in",
    "erasure_act": "the paper that proves a destruction, read at an address of its own",
}
LEADING = """
WITH RECURSIVE leads AS (
    SELECT 'person'::regclass::oid AS tab
    UNION
    SELECT c.conrelid FROM pg_constraint c JOIN leads l ON c.confrelid = l.tab
    WHERE c.contype = 'f' AND l.tab NOT IN ('survey'::regclass::oid, 'conclusion'::regclass::oid)
) SELECT tab::regclass::text AS name FROM leads
"""
"""Every table with a foreign key that leads to a person; a survey's or a conclusion's own rows are nobody's."""


@pytest.fixture
def world(conn_as: ConnAs) -> World:
    return build_world(conn_as("api", None), conn_as("engine", None))


def test_every_table_that_leads_to_a_person_is_read(conn_as: ConnAs) -> None:
    conn = conn_as("auditor", Tenant(1))
    leading = {row["name"] for row in conn.execute(LEADING)} - set(NOT_ABOUT_A_PERSON)
    read = set(re.findall(r"SELECT '(\w+)'", STATEMENT))
    assert leading - read == set()
    assert read == set(SECTIONS)


def test_every_column_and_code_has_words(conn_as: ConnAs) -> None:
    conn = conn_as("auditor", Tenant(1))
    columns = conn.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_name = ANY(%s)",
        (list(SECTIONS.keys() - {"result"}),),
    ).fetchall()
    unsaid = {
        row["column_name"]
        for row in columns
        if not row["column_name"].endswith(("_id", "_hash")) and row["column_name"] not in COLUMNS
    }
    assert unsaid == KEYS
    checks = conn.execute(
        "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint"
        " WHERE contype = 'c' AND conrelid::regclass::text = ANY(%s)",
        (list(SECTIONS.keys() - {"result"}),),
    ).fetchall()
    codes = {code for row in checks for code in re.findall(r"'([a-z_0-9]+)'::text", row["text"])}
    assert codes - CODES.keys() == set()


def test_a_mentee_and_a_mentor_see_their_own_side_and_nobody_elses(world: World) -> None:
    act_for(world.conn, Tenant(world.municipality_id, world.school_id))
    conn = world.conn
    pairs = conn.execute(
        "SELECT p.id, t.person_id AS mentee, r.person_id AS mentor FROM pair p"
        " JOIN pair_member m ON m.pair_id = p.id JOIN mentee t ON t.id = m.mentee_id"
        " JOIN mentor r ON r.id = p.mentor_id ORDER BY p.id LIMIT 1"
    ).fetchone()
    assert pairs is not None
    mentee, mentor = (keyed(personal_record(conn, pairs[side])) for side in ("mentee", "mentor"))
    assert {row["side"] for row in mentee["trait"]} == {"mentee"}
    assert {row["side"] for row in mentor["trait"]} == {"mentor"}
    assert len(mentee["person"]) == len(mentor["person"]) == 1
    assert "decision" in mentor
    assert "decision" not in mentee
    assert len(mentee["pair"]) == 1
    answers = conn.execute(
        "SELECT count(*) AS n FROM answer a JOIN invitation i ON i.id = a.invitation_id"
        " JOIN mentee t ON t.id = i.mentee_id WHERE t.person_id = %s",
        (pairs["mentee"],),
    ).fetchone()
    assert answers is not None
    assert len(mentee.get("answer", ())) == answers["n"]


def test_a_stranger_is_not_found(world: World) -> None:
    person = world.conn.execute("SELECT min(id) AS id FROM person").fetchone()
    assert person is not None
    act_for(world.conn, Tenant(world.municipality_id, world.school_id + 1))
    with pytest.raises(NotFound):
        personal_record(world.conn, person["id"])


def test_of_a_reward_list_a_mentor_sees_their_own_line_only(world: World, conn_as: ConnAs) -> None:
    act_for(world.conn, Tenant(world.municipality_id))
    mentors = [row["id"] for row in world.conn.execute("SELECT id FROM mentor ORDER BY id LIMIT 2")]
    places = [{"mentor": str(mentor), "place": place} for place, mentor in enumerate(mentors, 1)]
    reader, engine = world.conn, conn_as("engine", None)
    act_for(engine, Tenant(world.municipality_id))
    world.conn = engine
    score = engine.execute("SELECT max(id) AS id FROM result WHERE kind = 'effectiveness'").fetchone()
    assert score is not None
    body = {"school": {"lists": [{"group": "teachers", "places": places, "insufficient": []}]}}
    put_result(world, "reward_list", based_on=score["id"], body=json.dumps(body))
    engine.commit()
    reader.rollback()
    act_for(reader, Tenant(world.municipality_id, world.school_id))
    row = reader.execute("SELECT person_id FROM mentor WHERE id = %s", (mentors[1],)).fetchone()
    assert row is not None
    assert [line["place"] for line in keyed(personal_record(reader, row["person_id"]))["result"]] == [2]


def keyed(record: PersonalRecord) -> dict[str, list[Mapping[str, Any]]]:
    """Return the rows by section."""
    return {section.key: list(section.rows) for section in record.sections}
