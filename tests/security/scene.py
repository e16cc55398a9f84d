"""The scene of the tenancy proof: a victim's school with a row in every table, and everybody who is foreign to it.

Knows tables and accounts, no route. The victim's rows have ids of their own range and texts that are nobody else's, so
that a glimpse of them is seen in any answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shared.access.rights import RIGHTS
from shared.access.tokens import SESSION, new_secret
from tests.builders import School
from tests.builders_world import World as Rows
from tests.builders_world import put_result
from tests.contract import world as contract
from tests.http import Account, Api

Superuser = psycopg.Connection[Any]
Row = dict[str, Any]
FIRST_ID = 4_280_000_000
"""Ids of the scene begin here, each table's in a range of its own: such a number in an answer is an id."""
SCHOOL, MUNICIPALITY, OUTSIDE = "school", "municipality", "outside"
"""How far a walker is from the victim: another school of its municipality, another municipality, no account at all."""
SECRET = "тайна"
"""How those texts of the victim begin that stand nowhere else."""
SECRETS: Mapping[str, tuple[str, ...]] = {
    "person": ("family_name", "contact", "representative"),
    "evidence": ("title",),
    "goal": ("text",),
    "support_note": ("text",),
    "safety_case": ("text",),
    "school": ("name",),
    "municipality": ("name",),
    "principal": ("name",),
    "webhook": ("description",),
    "token": ("label",),
}
"""Columns of the victim's rows that get a text which stands nowhere else."""
SHARED_WITH_ITS_SCHOOLS = frozenset({"municipality", "principal", "webhook", "token"})
"""Tables whose rows belong to the municipality: another school of it may be shown them."""


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody foreign. ``role`` None: no principal. ``headers`` are sent with every request of theirs."""

    name: str
    side: str
    role: str | None
    headers: Mapping[str, str]
    token: str = ""

    def may(self, right: str) -> bool:
        """Whether the role has the right in its own place: whoever lacks it is stopped before any row is read."""
        return self.role is not None and self.role in {str(role) for role in RIGHTS.get(right, ())}


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything by table name; ``own``: rows of a side's own place."""

    municipality_id: int
    school_id: int
    rows: Mapping[str, tuple[Row, ...]]
    own: Mapping[str, Mapping[str, tuple[Row, ...]]]
    walkers: tuple[Walker, ...]
    links: Mapping[str, tuple[str, ...]]
    """Personal links by side; those of ``victim`` are the victim's."""
    insiders: Mapping[str, Account]
    """Accounts of the victim's own people, by role: they are no walkers."""


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
        walkers = (*_insiders(api, neighbour, stranger), *_outsiders(api, stranger, links, conn))
        _mark(conn, victim)
        own = {side: _harmless(_rows(conn, "school_id", place.school_id)) for side, place in places.items()}
        rows = _rows(conn, "municipality_id", victim.municipality_id)
    chosen = {table: _of_school(found, victim.school_id) for table, found in rows.items()}
    return Scene(victim.municipality_id, victim.school_id, chosen, own, walkers, links, insiders)


def tables(conn: Superuser) -> list[tuple[str, bool]]:
    """Return every table with a tenant, and whether its rows name a school."""
    found = conn.execute(
        "SELECT c.relname, EXISTS (SELECT FROM pg_attribute s WHERE s.attrelid = c.oid AND s.attname = 'school_id')"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'municipality_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND c.relname NOT LIKE '%record_template' ORDER BY 1"
    ).fetchall()
    return [(str(name), bool(by_school)) for name, by_school in found]


def victims_rows(scene: Scene, side: str, conn: Superuser) -> Iterator[tuple[str, str, int]]:
    """Yield table, column and value that say which rows are the victim's, as seen from a side."""
    for table, by_school in tables(conn):
        if side != SCHOOL:
            yield table, "municipality_id", scene.municipality_id
        elif by_school:
            yield table, "school_id", scene.school_id
    yield ("school", "id", scene.school_id) if side == SCHOOL else ("municipality", "id", scene.municipality_id)


def fingerprint(scene: Scene, side: str, conn: Superuser) -> list[Any]:
    """Return count and hash of the victim's rows of every table: equal only when no row of theirs has changed."""
    parts = [
        sql.SQL("SELECT {}, count(*), sum(hashtextextended(t::text, 0)) FROM {} t WHERE {} = {}").format(
            sql.Literal(table), sql.Identifier(table), sql.Identifier(column), sql.Literal(value)
        )
        for table, column, value in victims_rows(scene, side, conn)
    ]
    return conn.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()


def remove_victim(scene: Scene, side: str, conn: Superuser) -> None:
    """Make the world in which the victim has never been, as seen from a side."""
    conn.execute("SET session_replication_role = replica")
    for table, column, value in victims_rows(scene, side, conn):
        statement = sql.SQL("DELETE FROM {} WHERE {} = %s")
        conn.execute(statement.format(sql.Identifier(table), sql.Identifier(column)), (value,))
    conn.execute("SET session_replication_role = DEFAULT")


def secrets_of(scene: Scene, side: str) -> frozenset[str]:
    """Return the victim's ids and texts of which a walker of this side must see none."""
    found = set()
    for table, rows in scene.rows.items():
        if side == SCHOOL and table in SHARED_WITH_ITS_SCHOOLS:
            continue
        place = "id" if table == "school" else "school_id"
        mine = [row for row in rows if side != SCHOOL or row.get(place) == scene.school_id]
        found |= {str(row["id"]) for row in mine if len(str(row.get("id", ""))) >= len(str(FIRST_ID))}
        found |= {row[column] for row in mine for column in SECRETS.get(table, ()) if row.get(column)}
    return frozenset(found)


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


def _insiders(api: Api, neighbour: School, stranger: School) -> list[Walker]:
    """Return accounts of every role that a foreign school and a foreign municipality have."""
    found = []
    for side, place in ((SCHOOL, neighbour), (MUNICIPALITY, stranger)):
        accounts = {"curator": place.curator}
        for role in ("director", "psychologist"):
            accounts[role] = api.account(place.municipality_id, role, place.school_id)
        if side == MUNICIPALITY:
            accounts["methodist"] = place.methodist
        found += [_walker(f"{role} of a foreign {side}", side, role, account) for role, account in accounts.items()]
    admin = api.admin.token
    inside = _walker("administrator inside another municipality", MUNICIPALITY, "admin", Account(api.app, admin))
    found.append(replace(inside, headers={**inside.headers, "X-Municipality": str(stranger.municipality_id)}))
    found.append(_walker("administrator inside no municipality", MUNICIPALITY, "admin", Account(api.app, admin)))
    return found


def _outsiders(api: Api, stranger: School, links: Mapping[str, tuple[str, ...]], conn: Superuser) -> Iterator[Walker]:
    """Yield those who have no account that works."""
    yield Walker("nobody", OUTSIDE, None, {})
    accounts = {name: api.account(stranger.municipality_id, "methodist") for name in ("ended", "expired", "revoked")}
    ids = {name: int(account.token.split("_")[1]) for name, account in accounts.items()}
    conn.execute(
        "UPDATE principal SET ended_at = now() WHERE id = (SELECT principal_id FROM token WHERE id = %s)",
        (ids["ended"],),
    )
    conn.execute("UPDATE token SET expires_at = now() - interval '1 minute' WHERE id = %s", (ids["expired"],))
    conn.execute("UPDATE token SET revoked_at = now() WHERE id = %s", (ids["revoked"],))
    yield _walker("ended principal", OUTSIDE, None, accounts["ended"])
    yield _walker("expired token", OUTSIDE, None, accounts["expired"])
    yield _walker("revoked token", OUTSIDE, None, accounts["revoked"])
    yield _walker("holder of a personal link", OUTSIDE, None, Account(api.app, links[MUNICIPALITY][0]))
    for name, values in (("ended session", "now(), false"), ("session that waits for its code", "NULL, true")):
        secret = new_secret()
        row = conn.execute(
            "INSERT INTO account_session (municipality_id, principal_id, secret_hash, way, idle_until, expires_at,"
            " ended_at, awaits_code) SELECT municipality_id, id, %s, 'password', now() + interval '1 hour',"
            f" now() + interval '1 hour', {values} FROM principal WHERE municipality_id = %s AND role = 'methodist'"
            " ORDER BY id LIMIT 1 RETURNING id",
            (secret.digest, stranger.municipality_id),
        ).fetchone()
        assert row is not None
        yield _walker(name, OUTSIDE, None, Account(api.app, secret.token(SESSION, row[0])))


def _walker(name: str, side: str, role: str | None, account: Account) -> Walker:
    return Walker(name, side, role, {"Authorization": f"Bearer {account.token}"}, account.token)


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
