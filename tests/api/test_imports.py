"""The two bases come in from CSV files whole or not at all, and go out without names unless asked for."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.conftest import ConnAs
from tests.http import Account, Api

NOW = "2020-11-10T10:00:00+03:00"
CONSENT = "Согласие: кем дано;Согласие: представитель;Согласие: дата;Согласие: документ;Согласие: срок"
GIVEN = "представитель;Иванова Мария;01.09.2020;Лист 1;31.08.2021"
CLASS_LIST = "ФИО;Класс\nИванов Иван Иванович;5А\nПетрова Анна;5А\n"
MENTEES = (
    "№;ФИО наставляемого;Контактные данные для связи (данные представителя);Год рождения наставляемого;"
    "Основной запрос наставляемого;Дата вхождения в программу;ФИО наставника;Форма наставничества;"
    "Место работы/учёбы наставника;Дата завершения программы;Результаты программы;"
    f"Обратная связь наставляемого (ссылка);Отметка о прохождении программы;{CONSENT}\n"
    "1;Иванов Иван Иванович;+7 900 000-00-00;02.03.2009;Алгебра;01.10.2020;Учителева А.;учитель - ученик;"
    f";;;;;{GIVEN}\n"
    "2;Петрова Анна;+7 900 000-00-01;2010;Чтение;;;;;;;;;;;;;\n"
)


@pytest.fixture
def school(api: Api, clock: Callable[[str], None]) -> Beginning:
    clock(NOW)
    return begin(api)


def send(
    school: Beginning,
    body: bytes | str,
    many: str = "mentees",
    *,
    dry_run: bool = False,
    account: Account | None = None,
    **more: Any,
) -> TestResponse:
    data = body.encode() if isinstance(body, str) else body
    path = f"{school.path}/{many}:import?dry_run={str(dry_run).lower()}"
    kind = more.pop("content_type", "text/csv")
    return (account or school.curator).call("POST", path, data=data, content_type=kind, **more)


def done(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def refused(answer: TestResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return [(error["path"], error["code"]) for error in answer.get_json()["errors"]]


def count(conn_as: ConnAs, school: Beginning) -> dict[str, int]:
    """How many rows the tables of an import hold."""
    conn = conn_as("api", Tenant(school.municipality_id))
    tables = ("person", "person_grade", "consent", "mentee", "mentor")
    query = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in tables)
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return dict(row)


def test_a_class_list_brings_people_who_await_consent(school: Beginning) -> None:
    report = done(send(school, CLASS_LIST))
    assert report == {
        "rows": 2,
        "people_created": 2,
        "members_created": 2,
        "consents_created": 0,
        "updated": 0,
        "skipped": 0,
        "awaiting_consent": 2,
        "warnings_total": 0,
        "warnings": [],
    }
    person = school.curator.get("/people")["items"][0]
    assert (person["family_name"], person["given_name"], person["patronymic"]) == ("Иванов", "Иван", "Иванович")
    grade = school.curator.get(f"/people/{person['id']}/grades")["items"][0]
    assert (grade["school_year"], grade["grade"], grade["class_letter"]) == ("2020/21", 5, "А")
    assert [mentee["topics"] for mentee in school.curator.get(f"{school.path}/mentees")["items"]] == [[], []]


def test_the_dry_run_says_the_same_and_writes_nothing(school: Beginning, conn_as: ConnAs) -> None:
    dry = done(send(school, MENTEES, dry_run=True))
    assert count(conn_as, school)["person"] == 0
    assert done(send(school, MENTEES)) == dry
    assert dry["people_created"] == 2


def test_importing_twice_changes_nothing(school: Beginning, conn_as: ConnAs) -> None:
    done(send(school, MENTEES))
    before = count(conn_as, school)
    again = done(send(school, MENTEES))
    assert (again["people_created"], again["members_created"], again["updated"], again["skipped"]) == (0, 0, 0, 2)
    assert count(conn_as, school) == before
    assert [m["version"] for m in school.curator.get(f"{school.path}/mentees")["items"]] == [1, 1]


def test_the_customary_table_keeps_details_only_with_a_consent(school: Beginning) -> None:
    report = done(send(school, MENTEES.encode("cp1251"), content_type="text/csv; charset=windows-1251"))
    assert (report["consents_created"], report["awaiting_consent"]) == (1, 1)
    ivan, anna = school.curator.get("/people")["items"]
    assert (ivan["contact"], ivan["birth_on"]) == ("+7 900 000-00-00", "2009-03-02")
    assert (anna["contact"], anna["birth_on"]) == (None, None)
    first, second = school.curator.get(f"{school.path}/mentees")["items"]
    assert (first["topics"], first["joined_on"]) == (["Алгебра"], "2020-10-01")
    assert (second["topics"], second["joined_on"]) == ([], None)
    warned = {(w["row"], w["column"], w["code"]) for w in report["warnings"]}
    assert (3, "Основной запрос наставляемого", "consent.missing") in warned
    assert (None, "ФИО наставника", "column.elsewhere") in warned
    assert (None, "Год рождения", "birth.year_only") in warned


def test_a_consent_that_comes_later_lets_the_details_in(school: Beginning) -> None:
    done(send(school, "ФИО;Класс;Запрос\nИванов Иван;5А;Алгебра\n"))
    report = done(send(school, f"ФИО;Класс;Запрос;{CONSENT}\nИванов Иван;5А;Алгебра;{GIVEN}\n"))
    assert (report["people_created"], report["updated"], report["awaiting_consent"]) == (0, 1, 0)
    mentee = school.curator.get(f"{school.path}/mentees")["items"][0]
    assert (mentee["topics"], mentee["version"]) == (["Алгебра"], 2)


def test_the_mentors_table_fills_the_base_of_mentors(school: Beginning) -> None:
    text = (
        "ФИО наставника;Форма наставничества;Основные компетенции наставника;"
        f"Ресурс времени на программу наставничества;Сколько наставляемых;Желаемый возраст наставляемых;{CONSENT}\n"
        "Учителева Анна Петровна;Учитель – ученик;математика;4 часа в месяц;3;5–7 классы;"
        "лично;;01.10.2020;Согласие 5;\n"
    )
    report = done(send(school, text, "mentors"))
    assert (report["people_created"], report["members_created"], report["warnings_total"]) == (1, 1, 0)
    mentor = school.curator.get(f"{school.path}/mentors")["items"][0]
    assert (mentor["origin"], mentor["form"], mentor["capacity"], mentor["hours_per_month"]) == (
        "teachers",
        "teacher_pupil",
        3,
        4,
    )
    assert (mentor["competencies"], mentor["wished_grades"]) == ("математика", "5–7 классы")


def test_any_mistake_stops_the_whole_file_and_all_are_told(school: Beginning, conn_as: ConnAs) -> None:
    text = "ФИО;Класс;Дата вхождения\nИванов Иван;5А;\nПетрова;5А;\nСидоров Семён;13;31.11.2020\n"
    answers = [send(school, text, dry_run=True), send(school, text)]
    expected = [
        ("rows.3.name", "name.single_word"),
        ("rows.4.class", "class.invalid"),
        ("rows.4.joined_on", "date.invalid"),
    ]
    assert [refused(answer) for answer in answers] == [expected, expected]
    assert answers[1].get_json()["total"] == 3
    assert not any(count(conn_as, school).values())


def test_a_file_that_cannot_be_is_refused_with_its_place(school: Beginning, conn_as: ConnAs) -> None:
    cases: dict[bytes, tuple[str, str]] = {
        b"": ("file", "file.empty"),
        "ФИО;Класс\n".encode(): ("file", "file.no_rows"),
        'ФИО;Класс\n"Иванов Иван;5А\n'.encode(): ("rows.2", "file.quotes"),
        "ФИО;Класс\nИванов\0 Иван;5А\n".encode(): ("file", "file.nul"),
        ("ФИО\n" + "А Б\n" * 20_001).encode(): ("file", "file.too_many_rows"),
        b'{"items":\n[1, 2]}': ("columns.name", "column.missing"),
        "ФИО;ФИО\nИванов Иван;5А\n".encode(): ("columns.name", "column.repeated"),
        "ФИО;Класс\nИванов Иван;5А\nИванов Иван;5А\n".encode(): ("rows.3.name", "row.duplicate"),
    }
    assert {body: refused(send(school, body)) for body in cases} == {body: [case] for body, case in cases.items()}
    assert not any(count(conn_as, school).values())


def test_a_refusal_names_no_value_of_the_file(school: Beginning) -> None:
    answer = send(school, "ФИО;Тайный столбец\nСекретов;31.11.2020\n")
    assert answer.status_code == 422
    assert not any(word in answer.get_data(as_text=True) for word in ("Секретов", "Тайный", "31.11.2020"))


def test_a_body_over_the_limit_is_refused(school: Beginning) -> None:
    assert send(school, b"x" * (school.curator.app.config["MAX_CONTENT_LENGTH"] + 1)).status_code == 413


def test_the_other_schools_programme_is_not_there(school: Beginning, api: Api) -> None:
    other = begin(api, school="Школа № 2", municipality_id=school.municipality_id)
    assert send(school, CLASS_LIST, account=other.curator).status_code == 404
    assert send(school, CLASS_LIST, dry_run=True, account=other.curator).status_code == 404
    assert other.curator.call("GET", f"{school.path}/mentees:export").status_code == 404
    assert send(other, CLASS_LIST).status_code == 200
    assert school.curator.get("/people")["items"] == []


def test_people_of_all_schools_are_closed_to_the_methodist(school: Beginning, api: Api) -> None:
    methodist = api.account(school.municipality_id, "methodist")
    assert send(school, CLASS_LIST, account=methodist).status_code == 403
    assert methodist.call("GET", f"{school.path}/mentees:export").status_code == 403


def test_a_key_carries_an_import_out_once(school: Beginning) -> None:
    first = send(school, CLASS_LIST, key="class-5a")
    again = send(school, CLASS_LIST, key="class-5a")
    assert (first.get_data(), again.headers["Idempotent-Replayed"]) == (again.get_data(), "true")
    assert send(school, MENTEES, key="class-5a").status_code == 422


def test_a_programme_that_is_over_takes_no_import(school: Beginning, api: Api) -> None:
    api.account(school.municipality_id, "methodist").transition(school.programme_id, "cancel", reason="закрыта")
    assert [send(school, CLASS_LIST, dry_run=dry).status_code for dry in (True, False)] == [409, 409]


def test_every_record_of_an_import_is_audited_without_names(school: Beginning, conn_as: ConnAs) -> None:
    done(send(school, MENTEES))
    conn = conn_as("api", Tenant(school.municipality_id))
    rows = conn.execute(
        "SELECT action, count(*) AS n FROM audit WHERE programme_id = %s GROUP BY 1", (school.programme_id,)
    )
    found = {row["action"]: row["n"] for row in rows}
    expected = {"person.create": 2, "consent.create": 1, "mentee.create": 2, "mentee.import": 1}
    assert {action: found.get(action) for action in expected} == expected


def test_twenty_thousand_rows_keep_their_order_and_take_seconds(school: Beginning) -> None:
    text = "ФИО;Класс\n" + "".join(f"Ф{n} И;{5 + n % 7}А\n" for n in range(20_000))
    started = time.monotonic()
    report = done(send(school, text))
    assert (report["people_created"], report["awaiting_consent"]) == (20_000, 20_000)
    assert time.monotonic() - started < 60
    items = school.curator.get("/people")["items"]
    assert [person["family_name"] for person in items] == [f"Ф{n}" for n in range(100)]
    grades = [school.curator.get(f"/people/{items[n]['id']}/grades")["items"][0]["grade"] for n in (0, 6, 99)]
    assert grades == [5, 11, 6]


def export(school: Beginning, many: str, query: str = "") -> tuple[TestResponse, list[dict[str, str]]]:
    answer = school.curator.call("GET", f"{school.path}/{many}:export{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    text = answer.get_data().decode("utf-8-sig")
    return answer, list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_an_export_carries_no_names_by_default(school: Beginning) -> None:
    done(send(school, MENTEES))
    answer, rows = export(school, "mentees")
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["Согласие в силе"], row["Число тем запроса"]) for row in rows] == [("да", "1"), ("нет", "0")]
    assert "Иванов" not in answer.get_data().decode()


def test_names_are_exported_when_asked_for_and_that_is_audited(school: Beginning, conn_as: ConnAs) -> None:
    school.curator.post("/people", {"kind": "teacher", "family_name": "=HYPERLINK(1)", "given_name": "Анна"})
    person_id = school.curator.get("/people")["items"][0]["id"]
    school.curator.post(f"{school.path}/mentors", {"person_id": person_id, "origin": "teachers"})
    assert export(school, "mentors", "?names=true")[1][0]["ФИО"] == "'=HYPERLINK(1) Анна"
    rows = conn_as("api", Tenant(school.municipality_id)).execute("SELECT action FROM audit").fetchall()
    assert "mentor.export_names" in {row["action"] for row in rows}
