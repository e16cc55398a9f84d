"""Build the scene of the tenancy proof: over HTTP, and by SQL what only jobs write.

Knows how a school comes to have a row in every table; no walker's rights, and nothing of what is proved with it.
"""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
from psycopg import sql

from tests.builders import School
from tests.builders_world import World as Rows
from tests.builders_world import put_result
from tests.contract import world as contract
from tests.http import Account, Api
from tests.security.foreigners import of_other_places, without_an_account
from tests.security.scene import (
    FIRST_ID,
    MUNICIPALITY,
    SCHOOL,
    SECRET,
    SECRETS,
    SHARED_WITH_ITS_SCHOOLS,
    Row,
    Scene,
    Superuser,
    tables,
)


def build(api: Api, dsn: str) -> Scene:
    """Make the scene over HTTP, and by SQL what only jobs write; ``dsn`` is a superuser's."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        _begin_ids(conn)
        world = contract.build(api, dsn)
        school = world.rows["programme"][0]
        victim = School(
            api, school["municipality_id"], school["school_id"], world.accounts["curator"], world.accounts["methodist"]
        )
        insiders = {**world.accounts, "psychologist": _fill_the_rest(victim, world, conn)}
        neighbour = School.begin(api, "Соседняя", victim.municipality_id)
        stranger = School.begin(api, "Дальняя")
        places = {SCHOOL: neighbour, MUNICIPALITY: stranger}
        links = {side: _settle(place, f"{side} stranger") for side, place in places.items()} | {"victim": world.links}
        walkers = (*of_other_places(api, neighbour, stranger), *without_an_account(api, stranger, links, conn))
        _mark(conn, victim)
        own = {side: _harmless(_rows(conn, "school_id", place.school_id)) for side, place in places.items()}
        rows = _rows(conn, "municipality_id", victim.municipality_id)
    chosen = {table: _of_school(found, victim.school_id) for table, found in rows.items()}
    return Scene(victim.municipality_id, victim.school_id, chosen, own, walkers, links, insiders)


def _begin_ids(conn: Superuser) -> None:
    columns = conn.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_identity = 'YES' ORDER BY 1"
    ).fetchall()
    for number, (table, column) in enumerate(columns):
        statement = sql.SQL("ALTER TABLE {} ALTER COLUMN {} RESTART WITH {}")
        first = sql.Literal(FIRST_ID + number * 100_000)
        conn.execute(statement.format(sql.Identifier(table), sql.Identifier(column), first))


def _fill_the_rest(victim: School, world: contract.World, conn: Superuser) -> Account:
    """Add what the contract tests' world does without: confidential records, answers, results; return their author."""
    first = world.first
    base = f"/programmes/{first('programme_id')}"
    psychologist = victim.api.account(victim.municipality_id, "psychologist", victim.school_id)
    psych = {"given_by": "representative", "kind": "psych", "representative": "Мать"}
    mentee = world.rows["mentee"][0]
    body = {**psych, "given_on": "2020-09-01", "document": "Согласие"}
    victim.curator.post(f"/people/{mentee['person_id']}/consents", body)
    note = {"noted_on": "2020-12-10", "text": "Заметка"}
    psychologist.post(f"/pairs/{first('pair_id')}/support-notes", note)
    case = {"mentee_id": mentee["id"], "opened_on": "2020-12-10", "text": "Случай"}
    psychologist.post(f"{base}/safety-cases", case)
    _answer(victim.api, world.links[0])
    victim.methodist.transition(first("programme_id"), "suspend", reason="Карантин")
    victim.methodist.transition(first("programme_id"), "resume", reason="Карантин кончился")
    victim.methodist.call("PUT", "/calendar", {"days": [{"day_on": "2020-12-07", "is_working": False}]})
    _write_the_rest(victim, world, conn)
    return psychologist


def _answer(api: Api, link: str) -> None:
    """Answer every question of the survey behind a personal link."""
    client, path = api.app.test_client(), f"/api/v1/answers/{link}"
    questions = client.get(path).get_json()["questions"]
    answers = {one["key"]: "Слова" if one["kind"] == "open" else one["maximum"] for one in questions}
    answered = client.post(path, json={"answers": answers})
    assert answered.status_code < 300, answered.get_data(as_text=True)


def _write_the_rest(victim: School, world: contract.World, conn: Superuser) -> None:
    """Write results, and what scene.sql holds."""
    conn.row_factory = psycopg.rows.dict_row
    rows = Rows(conn, victim.municipality_id, victim.school_id, world.first("programme_id"))
    body = json.dumps({"school": {"lists": []}, "outside": {"threshold": 5, "lists": []}})
    summary = put_result(rows, "feedback_summary", body=body)
    score = put_result(rows, "effectiveness", based_on=summary, body=body)
    reward_list = put_result(rows, "reward_list", based_on=score, body=body)
    rows.put("reward_approval", result_id=reward_list, approved_on="2020-12-10")
    conn.row_factory = psycopg.rows.tuple_row
    place = {"m": victim.municipality_id, "s": victim.school_id, "p": rows.programme_id}
    for statement in Path(__file__).with_name("scene.sql").read_text(encoding="utf-8").split(";\n"):
        conn.execute(statement.encode(), place)


def _settle(place: School, name: str) -> tuple[str, ...]:
    """Give a foreign school rows of its own, to be named beside the victim's; return its personal links."""
    post = place.curator.post
    programme_id = place.programme()
    base = f"/programmes/{programme_id}"
    mentee_person, mentor_person = place.person("pupil", name), place.person("teacher", f"{name}а")
    place.consent(mentee_person)
    place.consent(mentor_person, given_by="self", representative=None)
    mentee = post(f"{base}/mentees", {"person_id": mentee_person, "topics": ["учёба"]})["id"]
    mentor = post(f"{base}/mentors", {"person_id": mentor_person, "origin": "teachers", "capacity": 2})["id"]
    pair = post(f"{base}/pairs", {"mentor_id": mentor, "kind": "pair", "form": "teacher_pupil"})["id"]
    member = post(f"/pairs/{pair}/members", {"mentee_id": mentee})["id"]
    post(f"{base}/trainings", {"title": "Чужая школа", "held_on": "2020-12-10", "hours": 8})
    post(f"/pairs/{pair}/goals", {"text": "Чужая цель"})
    survey = post(f"{base}/surveys", {"side": "mentee", "moment": "before"})["id"]
    answer = post(f"/surveys/{survey}:invite", {}, status=200)["items"][0]["token"]
    meeting = post(f"/pairs/{pair}/links", {})["token"]
    agreement = post(f"/pair-members/{member}/links", {"as": "guardian"})["token"]
    return answer, meeting, agreement


def _mark(conn: Superuser, victim: School) -> None:
    """Write the texts that stand nowhere else; triggers and checks stay in force."""
    for table, columns in SECRETS.items():
        column = "municipality_id" if table in SHARED_WITH_ITS_SCHOOLS else "school_id"
        column = "id" if table in ("municipality", "school") else column
        value = victim.school_id if column == "school_id" or table == "school" else victim.municipality_id
        told = [
            sql.SQL("{} = {} || id").format(sql.Identifier(one), sql.Literal(f"{SECRET} {table} {one} "))
            for one in columns
        ]
        statement = sql.SQL("UPDATE {} SET {} WHERE {} = %s")
        conn.execute(
            statement.format(sql.Identifier(table), sql.SQL(", ").join(told), sql.Identifier(column)), (value,)
        )


def _rows(conn: Superuser, column: str, value: int) -> dict[str, tuple[Row, ...]]:
    found: dict[str, tuple[Row, ...]] = {}
    for table, by_school in [*tables(conn), ("municipality", False)]:
        if column == "school_id" and not by_school and table != "school":
            continue
        named = "id" if table == "municipality" or (table, column) == ("school", "school_id") else column
        query = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE {} = %s ORDER BY to_jsonb(t) -> 'id'").format(
            sql.Identifier(table), sql.Identifier(named)
        )
        found[table] = tuple(row for (row,) in conn.execute(query, (value,)))
    return found


def _harmless(rows: dict[str, tuple[Row, ...]]) -> dict[str, tuple[Row, ...]]:
    """Leave out the walkers' own accounts: who ends one of them would walk no further."""
    return {table: found for table, found in rows.items() if table not in ("principal", "token", "account_session")}


def _of_school(rows: tuple[Row, ...], school_id: int) -> tuple[Row, ...]:
    """Return the victim's rows, those of its school first."""
    return tuple(sorted(rows, key=lambda row: row.get("school_id") != school_id))
