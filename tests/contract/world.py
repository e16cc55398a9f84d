"""A small world for the fuzz: one programme with at least a row of every noun, so that 404 is not all it meets."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from shared.db.tenancy import PLATFORM
from tests.builders import School
from tests.http import Account, Api

Row = dict[str, Any]
NOW = "2020-12-11T10:00:00+03:00"
TABLES = {"grade": "person_grade", "link": "personal_link", "job": "job_run", "session": "account_session"}
"""Stem of a path parameter -> its table, where that is not its name."""
REFERENCES = {
    "author_id": "person",
    "responsible_id": "person",
    "goal_id": "pair_goal",
    "pair_ids": "pair",
}
"""Field of a body -> the table it refers to, where that is not its name."""


WORDS: Mapping[str, tuple[Any, ...]] = {
    "form": ("pupil_pupil", "teacher_pupil"),
    "activity_key": ("I.1", "VI.5"),
    "activity_keys": (["I.1", "I.3"], []),
    "stage_key": ("work", "closing"),
    "criterion": ("climate", "logic", "goals"),
    "questionnaire": (None,),
    "trigger": ("advance", "reopen", "suspend", "cancel", "complete"),
    "to": ("conditions", None),
    "timezone": ("Europe/Kaliningrad",),
    "school_year": ("2022/23", "2019/20"),
    "code": ("order_428",),
    "version": (1,),
    "weights": ({"meetings_held": 0.5, "relationship": 0.5}, None),
    "tie_rule": ("shared_place",),
    "held_on": ("2020-12-10",),
    "waiver": (None,),
    "valid_until": (None,),
    "withdrawn_on": (None,),
    "url": ("https://hooks.example.org/in",),
}
"""Field of a body -> words that mean something here, where any other text would be refused at once."""
FIXED: Mapping[str, tuple[Any, ...]] = {
    "key": ("I.1", "VI.5"),
    "code": ("order_428",),
    "version": (1,),
    "kind": ("processing", "publication"),
}
"""Path parameters that are no ids."""


@dataclass(frozen=True, slots=True)
class World:
    """Who may act by role, a live personal link of each purpose, and the rows there are, by table."""

    accounts: Mapping[str, Account]
    links: tuple[str, ...]
    rows: Mapping[str, tuple[Row, ...]]

    def path_of(self, parameters: list[str], chance: random.Random) -> dict[str, Any]:
        """Return values of path parameters that lead to one row: its id, and those of what it hangs under."""
        if parameters[0] == "link":
            return {"link": chance.choice(self.links)}
        ids = [name for name in parameters if name.endswith("_id")]
        rows = self.rows.get(table_of(ids[-1]), ()) if ids else ()
        row = chance.choice(rows[:1] * 3 + rows[:3]) if rows else {}
        found = {name: row.get(name) for name in ids[:-1]} | {name: row.get("id") for name in ids[-1:]}
        found |= {name: chance.choice(FIXED[name]) for name in parameters if name in FIXED}
        return {name: value for name, value in found.items() if value is not None}

    def first(self, parameter: str) -> Any:
        """Return the id of the first row that a path parameter may name."""
        return self.rows[table_of(parameter)][0]["id"]

    def meant(self, field: str) -> tuple[Any, ...]:
        """Return values that a field of a body may have: words, or ids it may refer to."""
        if field in WORDS:
            return WORDS[field]
        table = REFERENCES.get(field) or (table_of(field) if field.endswith("_id") else "")
        ids = tuple(row["id"] for row in self.rows.get(table, ()))
        return (list(ids),) if field.endswith("_ids") and ids else ids[:4]


def table_of(parameter: str) -> str:
    """Return the table whose ids a parameter takes: 'grade_id' -> 'person_grade'."""
    stem = parameter.removesuffix("_id")
    return TABLES.get(stem, stem)


def build(api: Api, dsn: str) -> World:
    """Make the world over HTTP; ``dsn`` is a superuser's, to read the ids."""
    school = School.begin(api)
    director = api.account(school.municipality_id, "director", school.school_id)
    programme_id = school.programme()
    school.programme("2021/22")
    school.meet_stage_one(programme_id)
    school.curator.transition(programme_id, "advance")
    links = _fill(school, programme_id)
    _subscribe(school)
    admin = Account(api.app, api.admin.token, school.municipality_id)
    accounts = {"curator": school.curator, "methodist": school.methodist, "admin": admin, "director": director}
    return World(accounts, links, _rows(dsn))


def _fill(school: School, programme_id: int) -> tuple[str, ...]:
    """Make a row of every noun that stage I did not need; return links of the three purposes."""
    post, base = school.curator.post, f"/programmes/{programme_id}"
    school.curator.post(f"/schools/{school.school_id}/profiles", {"school_year": "2020/21"})
    school.methodist.post(
        f"{base}/extensions", {"stage_key": "work", "due_on": "2020-12-25", "document": "№ 1", "reason": "Карантин"}
    )
    post(f"{base}/collections", {"source": "parents", "outcome": "used", "collected_on": "2020-12-01"})
    mentee, mentor, idle = _people(school, base)
    post(f"{base}/criteria", {"text": "Знание предмета", "is_general": True, "approved_on": "2020-12-08"})
    post(f"{base}/decisions", {"mentor_id": mentor, "outcome": "selected", "decided_on": "2020-12-09"})
    training = post(f"{base}/trainings", {"title": "Школа наставника", "held_on": "2020-12-10", "hours": 8})["id"]
    post(f"/trainings/{training}/participants", {"mentor_id": mentor, "completed_on": "2020-12-10"})
    pair = post(f"{base}/pairs", {"mentor_id": mentor, "kind": "pair", "form": "teacher_pupil"})["id"]
    member = post(f"/pairs/{pair}/members", {"mentee_id": mentee})["id"]
    post(f"{base}/waiting-list", {"mentee_id": idle, "reason": "Нет наставника", "since_on": "2020-12-10"})
    _work(school, base, pair)
    answer = _survey(school, base)
    meeting = post(f"/pairs/{pair}/links", {})["token"]
    agreement = post(f"/pair-members/{member}/links", {"as": "guardian"})["token"]
    _closing(school, base)
    return answer, meeting, agreement


def _people(school: School, base: str) -> tuple[int, int, int]:
    post = school.curator.post
    made = []
    for kind, family in (("pupil", "Антонов"), ("teacher", "Морозова"), ("pupil", "Быкова")):
        person_id = school.person(kind, family)
        school.consent(person_id, **({"given_by": "self"} if kind == "teacher" else {}))
        if kind == "teacher":
            body: dict[str, Any] = {"person_id": person_id, "origin": "teachers", "form": "pupil_pupil", "capacity": 2}
            made.append(post(f"{base}/mentors", body)["id"])
        else:
            post(f"/people/{person_id}/grades", {"school_year": "2020/21", "grade": 8})
            made.append(post(f"{base}/mentees", {"person_id": person_id, "topics": ["учёба"]})["id"])
    return made[0], made[1], made[2]


def _work(school: School, base: str, pair: int) -> None:
    post = school.curator.post
    noted = {"side": "mentor", "kind": "strength", "text": "ответственность", "noted_on": "2020-12-10"}
    post(f"/pairs/{pair}/traits", noted)
    goal = post(f"/pairs/{pair}/goals", {"text": "Сдать экзамен увереннее"})["id"]
    period = {"starts_on": "2020-12-11", "ends_on": "2021-02-28"}
    post(f"/pairs/{pair}/tasks", {"goal_id": goal, "text": "Две темы", **period})
    post(f"/pairs/{pair}/plan", {"title": "Знакомство", "planned_on": "2020-12-22"})
    specialist = post(f"{base}/specialists", {"outside_organisation": "Центр", "schedule": "вторник"})["id"]
    support = {"mode": "planned", "specialist_id": specialist, "decided_on": "2020-12-10"}
    post(f"/pairs/{pair}/support", support)
    post(f"/pairs/{pair}/meetings", {"planned_on": "2020-12-20"})
    post(f"{base}/reward-rules", {})


def _survey(school: School, base: str) -> str:
    post = school.curator.post
    survey = post(f"{base}/surveys", {"side": "mentee", "moment": "before"})["id"]
    token: str = post(f"/surveys/{survey}:invite", {}, status=200)["items"][0]["token"]
    return token


def _closing(school: School, base: str) -> None:
    post = school.curator.post
    post(f"{base}/criteria-ratings", {"criterion": "goals", "value": 2})
    author = school.curator.get("/people")["items"][0]["id"]
    post(f"{base}/conclusions", {"subject": "feedback", "text": "Довольны", "author_id": author})
    post(f"{base}/reflections", {"held_on": "2020-12-10", "participants": 9, "conclusions": "Сохранить пары"})
    post(f"{base}/celebrations", {"title": "Линейка", "held_on": "2020-12-10"})
    post(f"{base}/popularisations", {"kind": "site", "title": "Практики", "published_on": "2020-12-10"})
    post(f"{base}/effectiveness", status=202)


def _subscribe(school: School) -> None:
    body = {"url": "https://hooks.example.org/in", "event_types": ["*"]}
    webhook = school.methodist.post("/webhooks", body)["id"]
    school.methodist.post(f"/webhooks/{webhook}:ping", status=202)


def _rows(dsn: str) -> dict[str, tuple[Row, ...]]:
    """Return the first rows of each table with ids, the platform's own left out."""
    found: dict[str, tuple[Row, ...]] = {}
    with psycopg.connect(dsn) as conn:
        for table in _tables(conn):
            query = sql.SQL(
                "SELECT to_jsonb(t) FROM {} t WHERE to_jsonb(t) ->> 'municipality_id' IS DISTINCT FROM %s"
                " ORDER BY id LIMIT 12"
            )
            rows = conn.execute(query.format(sql.Identifier(table)), (str(PLATFORM),)).fetchall()
            found[table] = tuple(row[0] for row in rows)
    return found


def _tables(conn: psycopg.Connection[Any]) -> list[str]:
    rows = conn.execute(
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name)"
        " WHERE tables.table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'id'"
    ).fetchall()
    return sorted({row[0] for row in rows})
