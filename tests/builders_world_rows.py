"""The rows of a whole programme, stage by stage; knows table columns, no code under test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from shared.db.pool import Conn

YEAR = 2020

ACTIVITIES = (
    *("I.1", "I.2", "I.3", "I.4", "I.5", "II.1", "II.2", "III.1", "III.2", "IV.1", "IV.2", "V.1"),
    *("VI.1", "VI.2", "VI.3", "VI.4", "VI.5", "VI.6", "C.1", "C.2", "C.3", "C.4"),
)
CRITERIA = (
    *("goals", "principles", "approaches", "climate", "logic"),
    *("participants", "partners", "interest", "application"),
)


@dataclass
class World:
    """One programme's rows. ``ids`` by name; ``put`` inserts a row and remembers it, ``end`` and ``change`` edit it."""

    conn: Conn
    municipality_id: int
    school_id: int
    programme_id: int = 0
    rows: dict[str, tuple[str, int]] = field(default_factory=dict)

    def put(self, table: str, name: str = "", *, of_programme: bool = True, **values: Any) -> int:
        """Insert a row, remember it under ``name`` and return its id."""
        owner = {"municipality_id": self.municipality_id, "school_id": self.school_id}
        if of_programme:
            owner["programme_id"] = self.programme_id
        found = {**owner, **values}
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, found)),
            sql.SQL(", ").join(sql.Placeholder() for _ in found),
        )
        row = self.conn.execute(statement, list(found.values())).fetchone()
        assert row is not None
        row_id = int(row["id"])
        if name:
            self.rows[name] = (table, row_id)
        return row_id

    def id(self, name: str) -> int:
        """Return the id of a row by its name."""
        return self.rows[name][1]

    def end(self, name: str) -> None:
        """End a record: it is no longer alive."""
        self.change(name, ended_at="2021-05-20")

    def change(self, name: str, **values: Any) -> None:
        """Change columns of one row."""
        table, row_id = self.rows[name]
        statement = sql.SQL("UPDATE {} SET {} WHERE id = %s").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in values),
        )
        cursor = self.conn.execute(statement, [*values.values(), row_id])
        assert cursor.rowcount == 1, f"{name} was not changed"

    def end_last_pair(self) -> None:
        """Finish the one live pair."""
        self.change("pair_live", outcome="completed", closed_on="2021-05-18")


def add_person(world: World, name: str, kind: str, *, birth_on: str | None = None, has_consent: bool = True) -> int:
    person_id = world.put(
        "person",
        name,
        of_programme=False,
        kind=kind,
        family_name="Ф",
        given_name=name,
        birth_on=birth_on,
    )
    if has_consent:
        is_pupil = kind == "pupil"
        world.put(
            "consent",
            f"{name}_consent",
            of_programme=False,
            person_id=person_id,
            kind="processing",
            given_by="representative" if is_pupil else "self",
            representative="родитель" if is_pupil else None,
            given_on="2020-11-01",
            document="согласие",
        )
    return person_id


def add_conditions(world: World) -> None:
    world.put("evidence", "regulation", title="Положение", kinds=["regulation"], dated_on="2020-11-02", body="other")
    order = world.put(
        "evidence", "order", title="Приказ", kinds=["order", "event_plan"], dated_on="2020-11-03", body="order"
    )
    for audience in ("staff", "students"):
        world.put("information", f"informed_{audience}", audience=audience, informed_on="2020-11-05", way="собрание")
    for audience in ("students", "teachers", "young_specialists"):
        world.put(
            "request",
            f"request_{audience}",
            audience=audience,
            topic="учёба",
            number_of_people=3,
            collected_on="2020-11-06",
        )
    curator = add_person(world, "curator", "teacher", has_consent=False)
    member = add_person(world, "member", "teacher", has_consent=False)
    world.put("appointment", "curator_duty", person_id=curator, duty="curator", appointed_on="2020-11-03")
    world.put("appointment", "member_duty", person_id=member, duty="member", appointed_on="2020-11-04")
    world.put("goal", "task", kind="task", text="задача")
    world.put("goal", "form", kind="form", text="учитель - ученик", form="teacher_pupil")
    world.put("goal", "form_pupils", kind="form", text="ученик - ученик", form="pupil_pupil")
    world.put("goal", "result", kind="expected_result", text="результат", topics=["Учёба", "общение"])
    for key in ACTIVITIES:
        world.put("activity_plan", f"line_{key}", activity_key=key, responsible_id=curator, planned_on="2020-11-30")
    world.put("roadmap_approval", "approval", approved_on="2020-11-20", evidence_id=order)


def add_mentees(world: World) -> None:
    for source in ("parents", "homeroom_teachers", "psychologists", "career_tests"):
        world.put("collection", f"collection_{source}", source=source, outcome="used", collected_on="2020-12-01")
    for name, birth_on in (("a", "2008-03-01"), ("b", "2007-03-01"), ("c", None), ("d", "2002-01-01")):
        person = add_person(world, f"mentee_{name}_person", "pupil", birth_on=birth_on)
        topics = ["учёба"] if name in "ab" else ["учеба ", "Общение"]
        world.put("mentee", f"mentee_{name}", person_id=person, topics=topics)


def add_mentors(world: World) -> None:
    for name, kind, origin, form in (
        ("t", "teacher", "teachers", "teacher_pupil"),
        ("p", "pupil", "pupils_9_11", "pupil_pupil"),
        ("r", "teacher", "teachers", None),
    ):
        birth_on = "2005-05-05" if kind == "pupil" else "1980-01-01"
        person = add_person(world, f"mentor_{name}_person", kind, birth_on=birth_on)
        world.put("mentor", f"mentor_{name}", person_id=person, origin=origin, form=form, capacity=2)


def add_selection(world: World) -> None:
    world.put("criterion", "criterion", text="критерий", topics=["учёба"], approved_on="2020-12-05")
    world.put("criterion", "criterion_2", text="критерий", topics=["общение"], approved_on="2020-12-06")
    for name, outcome in (("t", "selected"), ("p", "selected"), ("r", "declined")):
        world.put(
            "decision",
            f"decision_{name}",
            mentor_id=world.id(f"mentor_{name}"),
            outcome=outcome,
            decided_on="2020-12-08",
            reason="нет времени" if outcome == "declined" else None,
        )
    world.put("training", "training", title="Школа наставника", held_on="2020-12-20", hours=8)
    for name in ("t", "p"):
        world.put(
            "training_participant",
            f"trained_{name}",
            training_id=world.id("training"),
            mentor_id=world.id(f"mentor_{name}"),
            completed_on="2020-12-21",
        )


def add_pairs(world: World) -> None:
    """The live group of the teacher (mentees a, b), the ended pair of the pupil (c), and d on the waiting list."""
    world.put("specialist", "specialist", outside_organisation="Центр «Диалог»", schedule="вторник 15-17")
    for name, kind, mentor, members in (("live", "group", "t", "ab"), ("done", "pair", "p", "c")):
        is_done = name == "done"
        pair = world.put(
            "pair",
            f"pair_{name}",
            mentor_id=world.id(f"mentor_{mentor}"),
            kind=kind,
            form="teacher_pupil" if mentor == "t" else "pupil_pupil",
            format="личные встречи",
            starts_on="2020-12-15",
            ends_on="2021-05-20",
            mentor_agreed_on="2020-12-09",
            mentor_guardian_agreed_on="2020-12-09" if mentor == "p" else None,
            closed_on="2021-05-15" if is_done else None,
            outcome="completed" if is_done else None,
        )
        for member in members:
            world.put(
                "pair_member",
                f"member_{member}",
                pair_id=pair,
                mentee_id=world.id(f"mentee_{member}"),
                mentee_agreed_on="2020-12-09",
                guardian_agreed_on="2020-12-10",
            )
        _plan(world, name, pair)
    world.put(
        "waiting_entry", "waiting", mentee_id=world.id("mentee_d"), reason="нет наставника", since_on="2020-12-09"
    )


def _plan(world: World, name: str, pair: int) -> None:
    for side in ("mentor", "mentee"):
        for kind in ("strength", "growth_area"):
            world.put(
                "trait", f"{name}_{side}_{kind}", pair_id=pair, side=side, kind=kind, text="т", noted_on="2020-12-12"
            )
    goal = world.put("pair_goal", f"goal_{name}", pair_id=pair, text="цель")
    world.put(
        "pair_task",
        f"task_{name}",
        pair_id=pair,
        goal_id=goal,
        text="задача",
        starts_on="2020-12-15",
        ends_on="2021-01-31",
    )
    world.put("plan_event", f"event_{name}", pair_id=pair, title="встреча", planned_on="2021-01-15")
    world.put(
        "support",
        f"support_{name}",
        pair_id=pair,
        mode="planned",
        specialist_id=world.id("specialist"),
        decided_on="2020-12-14",
    )


def add_feedback(world: World) -> None:
    curator = world.id("curator")
    for side in ("mentor", "mentee"):
        for moment in ("before", "after"):
            is_after = moment == "after"
            world.put(
                "survey",
                f"{side}_{moment}",
                side=side,
                moment=moment,
                questionnaire=f"{side}_{moment}",
                responsible_id=curator,
                scheduled_on="2021-05-01" if is_after else "2020-12-12",
                closed_at="2021-05-10T18:00:00+03:00" if is_after else None,
            )
    for name in ("mentor_t", "mentor_p", "mentee_a", "mentee_b", "mentee_c"):
        side = name.split("_")[0]
        world.put(
            "invitation",
            f"asked_{name}",
            survey_id=world.id(f"{side}_before"),
            sent_at="2020-12-13T10:00:00+03:00",
            mentor_id=world.id(name) if side == "mentor" else None,
            mentee_id=world.id(name) if side == "mentee" else None,
        )
    world.put(
        "reward_rules",
        "rules",
        weights=json.dumps({"meetings_held": 1}),
        minimum_meetings=5,
        tie_rule="shared_place",
        frozen_at="2020-12-14T10:00:00+03:00",
    )


def add_closing(world: World) -> None:
    curator = world.id("curator")
    for subject in ("feedback", "monitoring", "effectiveness"):
        world.put(
            "conclusion", f"conclusion_{subject}", subject=subject, text="в", author_id=curator, signed_on="2021-05-15"
        )
    world.put("reflection", "reflection", held_on="2021-05-14", participants=5, conclusions="выводы")
    for criterion in CRITERIA:
        world.put("criterion_rating", f"rating_{criterion}", criterion=criterion, value=2)
    world.put("reward_approval", "reward_approval", result_id=world.id("reward_list"), approved_on="2021-05-16")
    world.put("celebration", "celebration", title="Праздник", held_on="2021-05-17")
    world.put("popularisation", "popularisation", kind="site", title="Статья", published_on="2021-05-18")
