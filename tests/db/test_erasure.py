"""What an erasure destroys, what it leaves with which reason, and that nobody else loses anything by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy.embedded.postgres import PostgresServer
from shared.db.pool import Conn
from shared.privacy.record import personal_record
from shared.privacy.words import SECTIONS
from tests.builders_world_rows import World
from tests.db import erasing
from tests.db.erasing import FAMILY, NAMED, SECRET

CODE = "a code of ours or of the pack"
DAY = "a day of the programme's own history, nobody's without the name"
STAYS = {
    **dict.fromkeys(
        ("kind", "given_by", "duty", "activity_key", "source", "origin", "form", "outcome", "goal_attained", "mode"),
        CODE,
    ),
    **dict.fromkeys(("side", "moment", "questionnaire", "subject", "purpose", "question"), CODE),
    **dict.fromkeys(("given_on", "valid_until", "withdrawn_on", "appointed_on", "planned_on", "joined_on"), DAY),
    **dict.fromkeys(("decided_on", "completed_on", "starts_on", "ends_on", "mentor_agreed_on", "closed_on"), DAY),
    **dict.fromkeys(("mentor_guardian_agreed_on", "mentee_agreed_on", "guardian_agreed_on", "since_on"), DAY),
    **dict.fromkeys(("noted_on", "done_on", "held_on", "scheduled_on", "closes_on", "signed_on", "opened_on"), DAY),
    **dict.fromkeys(("status", "why_cancelled"), CODE),
    "reported_on": DAY,
}
"""Columns of a person's rows that an erasure leaves, by their names, and why."""
WHOLE = {
    ("person", column)
    for column in ("family_name", "given_name", "patronymic", "birth_on", "contact", "representative", "end_reason")
} | {
    ("consent", "representative"),
    ("consent", "document"),
    ("consent", "end_reason"),
    ("person_grade", "class_letter"),
    ("person_grade", "end_reason"),
    ("personal_link", "end_reason"),
    ("mentee", "topics"),
}
"""Columns that go whole, beside the free texts of the migration's list."""

OF_THE_MACHINE = frozenset(
    re.findall(
        r"\w+",
        """
    actor_role request_id action entity audience stage resume_stage pack_code trigger src dst body prev_hash hash
    stage_key waiver criterion tie_rule type channel error_code cause worker error_ru error_en traceparent canonical
    digest inputs_digest code once algorithm_version to_role number name email role
    """,
    )
)
"""Columns of all tables of a school where no free text about a pupil or mentor can stand."""


@pytest.fixture
def conn(server: PostgresServer, dsns: dict[str, str]) -> Iterator[Conn]:
    """A superuser's connection: it sees every row, whoever's."""
    name = str(conninfo_to_dict(dsns["nastavnik_owner"])["dbname"])
    with psycopg.connect(server.dsn(name, "postgres"), row_factory=dict_row) as opened:
        yield opened


@pytest.fixture
def world(conn: Conn) -> World:
    made = erasing.begin(conn)
    erasing.add_history(made)
    return made


def erase(world: World, person_id: int) -> object:
    """Erase as the engine does, in the superuser's transaction."""
    erasure = erasing.ask(world, person_id)
    world.conn.execute("SET LOCAL ROLE nastavnik_engine")
    row = world.conn.execute("SELECT erase_person(%s) AS tally", (erasure,)).fetchone()
    world.conn.execute("RESET ROLE")
    assert row is not None
    return row["tally"]


def text_of(world: World, name: str, column: str) -> object:
    table, row_id = world.rows[name]
    row = world.conn.execute(f"SELECT {column} AS it FROM {table} WHERE id = %s".encode(), (row_id,)).fetchone()
    assert row is not None
    return row["it"]


def test_every_column_of_a_persons_rows_goes_or_stays_for_a_reason(conn: Conn) -> None:
    columns = conn.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = ANY(%s) AND data_type IN ('text', 'ARRAY', 'jsonb', 'date')",
        (list(SECTIONS.keys() - {"result"}),),
    ).fetchall()
    free = {(row["tab"], row["col"]) for row in conn.execute("SELECT tab, col FROM free_texts()")}
    there = {(row["table_name"], row["column_name"]) for row in columns}
    assert {pair for pair in there - free - WHOLE if pair[1] not in STAYS} == {("erasure", "reason")}, "a code"
    assert {column for column in STAYS if column not in {name for _, name in there}} == set()
    assert {pair for pair in free if pair[1] in STAYS} == {("safety_case", "outcome")}, "words there, a code elsewhere"


def test_every_free_text_of_the_list_exists_and_no_text_of_a_school_is_forgotten(conn: Conn) -> None:
    columns = conn.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c WHERE c.table_schema = 'public'"
        " AND c.data_type = 'text' AND EXISTS (SELECT FROM information_schema.columns s WHERE s.table_schema = 'public'"
        " AND s.table_name = c.table_name AND s.column_name = 'school_id')"
        " AND c.table_name NOT IN ('record_template', 'programme_record_template', 'erasure_act')"
    ).fetchall()
    there = {(row["table_name"], row["column_name"]) for row in columns}
    free = {(row["tab"], row["col"]) for row in conn.execute("SELECT tab, col FROM free_texts()")}
    assert free - there == set()
    unknown = {pair for pair in there - free - WHOLE if pair[1] not in STAYS.keys() | OF_THE_MACHINE}
    assert unknown == {("event_reason", "reason"), ("notice", "link"), ("erasure", "reason")}, (
        "removed whole; ours; a code"
    )


def test_nothing_in_the_whole_database_tells_of_the_person_any_more(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    kept: dict[str, Any] = dict.fromkeys(("requested_at", "planned_at", "due_at", "ended_at"), "2021-02-01")
    kept |= {"reason": "request", "status": "cancelled", "why_cancelled": "by_hand", "cancel_reason": SECRET}
    world.put("erasure", of_programme=False, person_id=child, **kept)
    tables = {"person", "answer", "support_note", "idempotency", "erasure"}
    assert {table for table, _ in erasing.found_in(conn)} >= tables
    tally = erase(world, child)
    assert erasing.found_in(conn) == []
    act = conn.execute("SELECT * FROM erasure_act").fetchone()
    assert act is not None
    assert act["subject"] == f"{FAMILY} Анна Павловна"
    assert act["operator"] == "Школа № 1"
    assert act["categories"] == {key: number for key, number in dict(tally).items() if number}  # type: ignore[call-overload]
    assert {"name", "birth", "contact", "answers", "safety", "support", "named"} <= act["categories"].keys()


def test_the_answer_to_an_access_request_holds_no_words_any_more(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    erase(world, child)
    erasing.enter(conn, world.municipality_id)
    said = [
        (section.key, key, value)
        for section in personal_record(conn, child).sections
        for row in section.rows
        for key, value in row.items()
        if re.search("[а-яё]", str(value), re.IGNORECASE) and str(value) != "Удалено"
    ]
    assert said == [("pair", "format", "кружок"), ("pair_goal", "text", "Сделать стенгазету")]


def test_what_is_about_others_stays_with_them(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    erase(world, child)
    assert text_of(world, "own_trait", "text") == "терпелив"
    assert text_of(world, "shared_goal", "text") == "Сделать стенгазету"
    assert text_of(world, "shared_note", "text") == "Удалено"
    assert (text_of(world, "paper", "title"), text_of(world, "paper", "number")) == ("Удалено", "112-о")
    assert text_of(world, "group", "outcome") is None
    assert (text_of(world, "pair", "outcome"), text_of(world, "mentee", "topics")) == ("early", [])
    names = conn.execute("SELECT family_name FROM person WHERE erased_at IS NULL ORDER BY 1").fetchall()
    assert [row["family_name"] for row in names] == ["Белов", "Иванов"]
    kept = conn.execute("SELECT seq FROM event_reason").fetchall()
    assert [row["seq"] for row in kept] == [1], "a reason that names nobody stays"
    links = conn.execute("SELECT purpose, ended_at IS NULL AS is_open FROM personal_link ORDER BY id").fetchall()
    assert [(row["purpose"], row["is_open"]) for row in links] == [
        ("log_meeting", True),
        ("confirm_pair", False),
        ("log_meeting", True),
        ("answer", False),
        ("answer", True),
    ], "those of the mentor stay; of a pair with nobody left it is the withdrawal that stops it"


def test_a_programme_that_is_over_keeps_its_counts(conn: Conn) -> None:
    world = erasing.begin(conn, stage="completed")
    child = erasing.add_child(world)
    before = conn.execute("SELECT inputs_version FROM programme").fetchone()
    erase(world, child)
    assert text_of(world, "mentee", "ended_at") is None
    assert text_of(world, "pair", "outcome") is None
    assert text_of(world, "asked_mentee", "answered_at") is not None
    assert conn.execute("SELECT inputs_version FROM programme").fetchone() == before


def test_a_mentors_erasure_leaves_the_mentees_their_records(conn: Conn, world: World) -> None:
    erasing.add_child(world)
    row = conn.execute("SELECT person_id FROM mentor").fetchone()
    assert row is not None
    erase(world, row["person_id"])
    assert text_of(world, "own_trait", "text") == "Удалено"
    assert text_of(world, "case", "text") == SECRET
    assert text_of(world, "shared_note", "text") == NAMED
    assert text_of(world, "pair", "format") == SECRET
    assert text_of(world, "pair", "outcome") == "early"


def test_of_namesakes_only_the_one_who_is_meant_is_destroyed(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    erasing.add_person(world, "Щербаковский", "Пётр")
    notes = {"И Пётр Щербаковский пришёл": True, "Щербаковская молодец": True, "Щербаковской А. помочь": False}
    for place, text in enumerate(notes):
        world.put("reflection", f"note_{place}", held_on="2021-05-14", participants=5, conclusions=text)
    erase(world, child)
    kept = [text_of(world, f"note_{place}", "conclusions") == text for place, text in enumerate(notes)]
    assert kept == list(notes.values())


def test_a_family_name_that_is_a_little_word_is_not_found_in_every_text(conn: Conn, world: World) -> None:
    child = erasing.add_person(world, "Не", "Анна")
    notes = {"Никто не пришёл": True, "Не Анна, а чудо": False, "Помочь Не А.": False}
    for place, text in enumerate(notes):
        world.put("reflection", f"note_{place}", held_on="2021-05-14", participants=5, conclusions=text)
    erase(world, child)
    kept = [text_of(world, f"note_{place}", "conclusions") == text for place, text in enumerate(notes)]
    assert kept == list(notes.values())


def test_a_name_is_found_in_its_cases_and_no_other_word_is(conn: Conn) -> None:
    for name, text, is_named in (
        ("Иванов", "письмо Иванову", True),
        ("Иванов", "с Ивановым", True),
        ("Иванов", "Марья Ивановна", False),
        ("Иванов", "Иван пришёл", False),
        ("Ёлкина", "без Елкиной", True),
        ("Достоевский", "Достоевского ждали", True),
        ("Ли", "пришёл Ли", True),
        ("Ли", "лицей", False),
        ("Петрова-Водкина", "для Петровой-Водкиной", True),
        ("Шевченко", "Шевченко Т.", True),
        ("О'Нил", "с о'нилом", True),
        ("(.*)", "что угодно", False),
    ):
        row = conn.execute("SELECT translate(lower(%s), 'ё', 'е') ~ name_pattern(%s) AS is_so", (text, name)).fetchone()
        assert row == {"is_so": is_named}, (name, text)


def test_a_stone_does_not_change_and_is_not_erased_twice(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    erase(world, child)
    assert erase(world, child) is None
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="does not change"):
        conn.execute("UPDATE person SET contact = 'x' WHERE id = %s", (child,))


def test_an_open_safety_case_holds_the_erasure(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    world.change("case", closed_on=None, outcome=None)
    assert erase(world, child) is None
    world.change("case", closed_on="2021-02-01", outcome="Помирились")
    row = conn.execute("SELECT id, erasure_verdict(id) AS verdict FROM erasure").fetchone()
    assert row is not None
    assert row["verdict"] == "ready"


def test_no_process_may_destroy_by_its_own_rights(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    erasure = erasing.ask(world, child)
    for role, statement in (
        ("engine", "UPDATE person SET contact = NULL"),
        ("engine", "DELETE FROM answer"),
        ("engine", "SELECT wipe('person', '{contact}', 'id', '{}')"),
        ("engine", "SELECT subject FROM erasure_act"),
        ("api", f"SELECT erase_person({erasure})"),
        ("respondent", f"SELECT erase_person({erasure})"),
        ("auditor", f"SELECT erase_person({erasure})"),
    ):
        conn.execute(b"SAVEPOINT before")
        conn.execute(f"SET LOCAL ROLE nastavnik_{role}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement.encode())
        conn.execute(b"ROLLBACK TO before")


def test_another_municipalitys_engine_finds_nothing_to_destroy(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    erasure = erasing.ask(world, child)
    erasing.enter(conn, world.municipality_id + 1)
    conn.execute("SET LOCAL ROLE nastavnik_engine")
    row = conn.execute("SELECT erase_person(%s) AS tally", (erasure,)).fetchone()
    assert row == {"tally": None}


def test_only_a_restore_may_pass_over_what_holds_it(conn: Conn, world: World) -> None:
    child = erasing.add_child(world)
    world.change("case", closed_on=None, outcome=None)
    erasure = erasing.ask(world, child)
    conn.execute("SET SESSION AUTHORIZATION nastavnik_engine")
    assert conn.execute("SELECT erase_person(%s, true) AS tally", (erasure,)).fetchone() == {"tally": None}
    conn.execute("RESET SESSION AUTHORIZATION")
    row = conn.execute("SELECT erase_person(%s, true) AS tally", (erasure,)).fetchone()
    assert row is not None
    assert row["tally"] is not None
