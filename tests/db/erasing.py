"""A child with everything that can be kept about one, in a programme of others; knows columns, no code under test."""

from __future__ import annotations

import json
from typing import Any

from shared.db.pool import Conn
from tests.builders_world_rows import YEAR, World

FAMILY, CONTACT, MOTHER = "Щербаковская", "+7 900 555-35-35", "Львова Вера Ильинична"
SECRET = "тайная мечта"
"""What the child said or others wrote of the child alone."""
NAMED = "Хорошо занималась со Щербаковской Анной"
"""What others wrote about something else, in another case."""
WORDS = ("Щербаковск", CONTACT, MOTHER, SECRET)
"""What nobody may find after the erasure."""


def begin(conn: Conn, *, stage: str = "work") -> World:
    """Make a municipality, a school and a programme; ``conn`` is a superuser's, inside a transaction."""
    place = _one(conn, "INSERT INTO municipality (name) VALUES (%s) RETURNING id", f"Район {stage}")
    school = _one(conn, "INSERT INTO school (municipality_id, name) VALUES (%s, 'Школа № 1') RETURNING id", place)
    enter(conn, place)
    world = World(conn, place, school)
    world.programme_id = world.put(
        "programme",
        of_programme=False,
        school_year=YEAR,
        pack_code="order_428",
        pack_version=1,
        stage=stage,
    )
    return world


def enter(conn: Conn, place: int) -> None:
    """Enter the municipality."""
    conn.execute(
        "SELECT set_config('app.municipality_id', %s, true), set_config('app.school_id', 'all', true)", (str(place),)
    )


def add_person(world: World, family: str, given: str, kind: str = "pupil", **more: Any) -> int:
    """Make somebody of the school, with a consent in force."""
    made = world.put("person", of_programme=False, kind=kind, family_name=family, given_name=given, **more)
    world.put(
        "consent",
        f"consent_{made}",
        of_programme=False,
        person_id=made,
        kind="processing",
        given_by="representative",
        representative=more.get("representative", "родитель"),
        given_on="2020-09-01",
        document=f"Согласие № 7, {family}",
    )
    return made


def add_child(world: World) -> int:
    """Make the child with a mentor of her own, a group beside others, answers, notes, cases and mentions."""
    child = add_person(
        world, FAMILY, "Анна", patronymic="Павловна", birth_on="2009-05-05", contact=CONTACT, representative=MOTHER
    )
    school: dict[str, Any] = {"of_programme": False, "person_id": child}
    world.put("person_grade", school_year=YEAR, grade=5, class_letter="Ы", end_reason=SECRET, **school)
    mentee = world.put("mentee", "mentee", person_id=child, topics=[SECRET], wish=SECRET, joined_on="2020-10-01")
    other = world.put("mentee", "other", person_id=add_person(world, "Иванов", "Иван"))
    mentor = world.put("mentor", "mentor", person_id=add_person(world, "Белов", "Олег", "teacher"), origin="teachers")
    _add_pair(world, mentee, mentor)
    _add_group(world, (mentee, other), mentor)
    _add_feedback(world, mentee, mentor)
    world.put("waiting_entry", mentee_id=mentee, reason=SECRET, since_on="2020-10-02")
    world.put("safety_case", "case", mentee_id=mentee, opened_on="2021-01-01", text=SECRET, reported_to=SECRET,
              reported_on="2021-01-02", closed_on="2021-01-03", outcome=SECRET)  # fmt: skip
    _add_mentions(world)
    return child


def _add_pair(world: World, mentee: int, mentor: int) -> None:
    pair = world.put("pair", "pair", mentor_id=mentor, kind="pair", form="teacher_pupil", format=SECRET,
                     starts_on="2020-10-10")  # fmt: skip
    member = world.put("pair_member", "member", pair_id=pair, mentee_id=mentee, end_reason=SECRET)
    goal = world.put("pair_goal", pair_id=pair, text=SECRET)
    days: dict[str, Any] = {"starts_on": "2020-10-11", "ends_on": "2020-12-31"}
    world.put("pair_task", pair_id=pair, goal_id=goal, text=SECRET, **days)
    world.put("plan_event", pair_id=pair, title=SECRET, planned_on="2020-10-20")
    world.put("meeting", pair_id=pair, held_on="2020-10-20", minutes=45, topic=SECRET)
    world.put("trait", pair_id=pair, side="mentee", kind="strength", text=SECRET, noted_on="2020-10-12")
    world.put(
        "trait", "own_trait", pair_id=pair, side="mentor", kind="strength", text="терпелив", noted_on="2020-10-12"
    )
    world.put("support", pair_id=pair, mode="declined", declined_by=MOTHER, decided_on="2020-10-12")
    world.put("support_note", pair_id=pair, noted_on="2020-10-13", text=SECRET)
    for purpose, subject in (("log_meeting", pair), ("confirm_pair", member)):
        _add_link(world, purpose, subject)


def _add_group(world: World, mentees: tuple[int, ...], mentor: int) -> None:
    group = world.put("pair", "group", mentor_id=mentor, kind="group", form="teacher_pupil", format="кружок")
    for mentee in mentees:
        world.put("pair_member", pair_id=group, mentee_id=mentee)
    world.put("pair_goal", "shared_goal", pair_id=group, text="Сделать стенгазету")
    world.put("support_note", "shared_note", pair_id=group, noted_on="2020-11-01", text=NAMED)
    _add_link(world, "log_meeting", group)


def _add_feedback(world: World, mentee: int, mentor: int) -> None:
    asked_ones: list[tuple[str, dict[str, Any]]] = [
        ("mentee", {"mentee_id": mentee}),
        ("mentor", {"mentor_id": mentor}),
    ]
    for side, who in asked_ones:
        survey = world.put("survey", side=side, moment="after", questionnaire=f"{side}_after")
        asked = world.put(
            "invitation", f"asked_{side}", survey_id=survey, sent_at="2021-05-01", answered_at="2021-05-02", **who
        )
        _add_link(world, "answer", asked)
        said = SECRET if side == "mentee" else NAMED
        for question, value, words in (("comfort", 9, None), ("valued", None, said)):
            world.conn.execute(
                "INSERT INTO answer (municipality_id, school_id, programme_id, survey_id, invitation_id, question,"
                " value, words) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (world.municipality_id, world.school_id, world.programme_id, survey, asked, question, value, words),
            )


def _add_mentions(world: World) -> None:
    """Mention the child wherever people can write, also in what is frozen."""
    world.put("evidence", "paper", title=NAMED, kinds=["order"], number="112-о", dated_on="2020-11-02", body="order")
    world.put("popularisation", kind="site", title=NAMED, published_on="2021-05-18")
    world.put("reflection", held_on="2021-05-14", participants=5, conclusions=NAMED)
    rules: dict[str, Any] = {
        "weights": json.dumps({"meetings_held": 1}),
        "minimum_meetings": 5,
        "tie_rule": "shared_place",
    }
    first = world.put("reward_rules", **rules, frozen_at="2020-12-14", ended_at="2020-12-15")
    world.put("reward_rules", **rules, frozen_at="2020-12-15", replaces_id=first, reopen_reason=NAMED)
    world.put("decision", mentor_id=world.id("mentor"), outcome="declined", decided_on="2020-12-01", reason=NAMED)


def add_history(world: World) -> None:
    """Mention the child in a reason of the history and in stored answers, as no test with invariants may."""
    keys = (world.municipality_id, world.school_id, world.programme_id)
    for seq, reason in ((1, "по плану"), (2, NAMED)):
        world.conn.execute(
            "INSERT INTO programme_event (municipality_id, school_id, programme_id, seq, at, trigger, dst, actor_id,"
            " body, prev_hash, hash) VALUES (%s, %s, %s, %s, now(), 'x', 'work', 1, '{}', '', '')",
            (*keys, seq),
        )
        world.conn.execute("INSERT INTO event_reason VALUES (%s, %s, %s, %s, 'salt', %s)", (*keys, seq, reason))
    for role, school in (("curator", world.school_id), ("methodist", None)):
        principal = _one(
            world.conn,
            "INSERT INTO principal (municipality_id, school_id, name, role) VALUES (%s, %s, 'К', %s) RETURNING id",
            *(world.municipality_id, school, role),
        )
        world.conn.execute(
            "INSERT INTO idempotency (municipality_id, principal_id, method, path, key, request_hash, status, headers,"
            " answer) VALUES (%s, %s, 'POST', '/api/v1/people', 'k', '', 201, '{}', %s)",
            (world.municipality_id, principal, FAMILY.encode()),
        )


def _add_link(world: World, purpose: str, subject: int) -> None:
    world.put(
        "personal_link",
        f"link_{purpose}_{subject}",
        of_programme=False,
        secret_hash=b"\1" * 32,
        purpose=purpose,
        subject_id=subject,
        expires_at="2100-01-01",
    )


def ask(world: World, person_id: int, reason: str = "request", *, days: int = 0) -> int:
    """Write an erasure that waits; ``days``: so many days ago."""
    return _one(
        world.conn,
        "INSERT INTO erasure (municipality_id, school_id, person_id, reason, consent_id, requested_at, planned_at,"
        " due_at) SELECT %(place)s, %(school)s, %(person)s, %(reason)s, (SELECT max(id) FROM consent"
        " WHERE person_id = %(person)s), at, at + interval '7 days',"
        " at + interval '30 days' FROM (SELECT now() - make_interval(days => %(days)s) AS at) AS t RETURNING id",
        place=world.municipality_id,
        school=world.school_id,
        person=person_id,
        reason=reason,
        days=days,
    )


def found_in(conn: Conn, *, apart_from: tuple[str, ...] = ("erasure_act",)) -> list[tuple[str, str]]:
    """Return every table with a row that holds one of `WORDS`, and the word; answers of bytes are read, too."""
    tables = conn.execute(
        "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    found = []
    for table in sorted({row["name"] for row in tables} - set(apart_from)):
        for word in WORDS:
            row = conn.execute(
                f"SELECT count(*) AS n FROM {table} t WHERE strpos(lower(row_to_json(t)::text), lower(%s)) > 0"
                " OR strpos(row_to_json(t)::text, encode(%s, 'hex')) > 0".encode(),
                (word, word.encode()),
            ).fetchone()
            if row is not None and row["n"]:
                found.append((table, word))
    return found


def _one(conn: Conn, statement: str, *values: Any, **named: Any) -> int:
    row = conn.execute(statement.encode(), named or values).fetchone()
    assert row is not None
    return int(row["id"])
