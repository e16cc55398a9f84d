"""Facts are the same for every role that may ask, and nobody else sees the programme (I11, I9)."""

from __future__ import annotations

import psycopg
import pytest

from shared.db.pool import Conn, connect_options
from shared.db.tenancy import Tenant
from shared.errors import NotFound
from shared.programme.facts import load_facts
from shared.programme.timeline import load_timeline
from shared.settings import Settings
from tests.builders_world import World, act_for


def _open(dsns: dict[str, str], role: str) -> Conn:
    return psycopg.connect(dsns[f"nastavnik_{role}"], **(connect_options(Settings(), "test") | {"autocommit": False}))


def test_facts_and_timeline_are_equal_for_every_role_that_may_ask(built: World, world_dsns: dict[str, str]) -> None:
    found = []
    for role in ("api", "engine"):
        for school_id in (None, built.school_id):
            with _open(world_dsns, role) as conn:
                act_for(conn, Tenant(built.municipality_id, school_id))
                found.append((load_facts(conn, built.programme_id), load_timeline(conn, built.programme_id)))
    assert len(found) == 4
    assert all(facts == found[0] for facts in found)
    assert found[0][0].bases.mentees == 4


@pytest.mark.parametrize("role", ["api", "engine"])
def test_another_tenant_does_not_find_the_programme(built: World, world_dsns: dict[str, str], role: str) -> None:
    strangers = (Tenant(built.municipality_id + 1), Tenant(built.municipality_id, built.school_id + 1))
    for stranger in strangers:
        with _open(world_dsns, role) as conn:
            act_for(conn, stranger)
            with pytest.raises(NotFound):
                load_facts(conn, built.programme_id)
            with pytest.raises(NotFound):
                load_timeline(conn, built.programme_id)


def test_pairs_of_another_programme_change_nothing(world: World) -> None:
    before = load_facts(world.conn, world.programme_id)
    own = world.programme_id
    world.programme_id = world.put(
        "programme",
        of_programme=False,
        school_year=2021,
        pack_code="order_428",
        pack_version=1,
        stage="conditions",
    )
    mentee = world.put("mentee", person_id=world.id("mentee_a_person"), topics=["другая тема"])
    mentor = world.put("mentor", person_id=world.id("mentor_t_person"), origin="other")
    pair = world.put("pair", mentor_id=mentor, kind="pair", form="teacher_pupil")
    world.put("pair_member", pair_id=pair, mentee_id=mentee)
    world.put("evidence", title="Иное", kinds=["regulation"], dated_on="2020-10-01", body="other")
    assert load_facts(world.conn, own) == before
    assert load_facts(world.conn, world.programme_id).bases.mentees == 1
