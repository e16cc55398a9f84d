"""Hostile and mistaken uploads are refused with a clear sentence, leave nothing behind, and formulas stay text."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask

from tests.api.beginnings import Beginning, begin
from tests.api.hostile_files import no_csv, workbook
from tests.conftest import ConnAs
from tests.http import Api

WRITTEN = ("person", "person_grade", "consent", "mentee", "mentor", "idempotency", "pack")


@pytest.fixture
def school(api: Api) -> Beginning:
    return begin(api)


def rows(conn_as: ConnAs) -> dict[str, int]:
    """How many rows all tenants together have in the tables that an upload could write to."""
    conn = conn_as("owner", None)
    found = {}
    for table in WRITTEN:
        conn.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY".encode())
        row = conn.execute(f"SELECT count(*) AS n FROM {table}".encode()).fetchone()
        assert row is not None
        found[table] = row["n"]
    conn.rollback()
    return found


def upload(school: Beginning, many: str, body: bytes, **more: Any) -> Any:
    kind = more.pop("content_type", "text/csv")
    return school.curator.call("POST", f"{school.path}/{many}:import", data=body, content_type=kind, **more)


def test_what_is_no_csv_is_refused_with_its_reason_and_nothing_is_written(school: Beginning, conn_as: ConnAs) -> None:
    before = rows(conn_as)
    for name, (body, code) in no_csv().items():
        for many in ("mentees", "mentors"):
            answer = upload(school, many, body)
            told = answer.get_json()
            assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), name
            assert [error["code"] for error in told["errors"]] == [code], name
            assert told["errors"][0]["detail"]
            assert len(answer.get_data()) < 1000, "an answer is no mirror"
    assert rows(conn_as) == before


def test_a_workbook_under_any_name_is_told_to_be_saved_as_csv(school: Beginning) -> None:
    excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for kind in (excel, "text/csv; charset=utf-8", "application/octet-stream"):
        told = upload(school, "mentees", workbook(), content_type=kind).get_json()
        assert "сохраните лист как «CSV" in told["errors"][0]["detail"]
    english = upload(school, "mentees", workbook(), headers={"Accept-Language": "en"}).get_json()
    assert "save the sheet as CSV" in english["errors"][0]["detail"]


def test_a_file_in_a_form_is_no_csv_either(school: Beginning, conn_as: ConnAs) -> None:
    before = rows(conn_as)
    answer = school.curator.call(
        "POST", f"{school.path}/mentees:import", data={"file": (io.BytesIO("ФИО\nИванов Иван\n".encode()), "base.csv")}
    )
    assert answer.status_code == 422
    assert rows(conn_as) == before


def test_what_russian_excel_saves_as_csv_is_read(school: Beginning) -> None:
    body = "ФИО наставляемого;Класс\r\nЁлкин Ёж Львович;5 «А»\r\n".encode("cp1251")
    assert upload(school, "mentees", body, content_type="application/vnd.ms-excel").get_json()["people_created"] == 1
    (person,) = school.curator.get("/people")["items"]
    assert (person["family_name"], person["patronymic"]) == ("Ёлкин", "Львович")


NAMES = (("=1+1", "@Иван"), ("Петров,=2", "Пётр"), ("＝СУММ(1)", "+Анна"), ("-Орлов", 'Олег"=3'), ("'=4", "Инна"))


@pytest.mark.parametrize("many", ["mentees", "mentors"])
def test_an_export_holds_no_formula_and_comes_back_unchanged(school: Beginning, many: str) -> None:
    kind = "pupil" if many == "mentees" else "teacher"
    more = {} if many == "mentees" else {"origin": "teachers"}
    for family, given in NAMES:
        person = school.person(family, given, kind)
        school.curator.post(f"{school.path}/{many}", {"person_id": person, **more})
    body = school.curator.call("GET", f"{school.path}/{many}:export?names=true").get_data()
    exported = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(exported) == len(NAMES) + 1
    for delimiter in (";", ",", "\t"):
        for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.lstrip().startswith(tuple("=+-@＝＋"))], delimiter
    before = school.curator.get("/people")["items"], school.curator.get(f"{school.path}/{many}")["items"]
    report = upload(school, many, body).get_json()
    assert (report["people_created"], report["members_created"], report["updated"]) == (0, 0, 0), report
    assert report["skipped"] == len(NAMES)
    assert (school.curator.get("/people")["items"], school.curator.get(f"{school.path}/{many}")["items"]) == before


PACKS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",
    "billion laughs": "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30)),
    "depth": "[" * 50_000,
    "mappings": "{a: " * 50_000,
    "code": "!!python/object/apply:os.system ['true']",
    "NUL": "code: a\0b\n",
    "half": 'code: "order',
    "empty": " ",
    "large": "# " + "x" * 300_000,
    "nodes": "a: [" + "x," * 50_000 + "]",
}


@pytest.mark.parametrize("name", PACKS)
def test_a_hostile_pack_is_refused_with_its_mistakes(api: Api, conn_as: ConnAs, name: str) -> None:
    methodist = api.account(api.municipality(), "methodist")
    before = rows(conn_as)
    answer = methodist.call("POST", "/packs", {"body": PACKS[name]})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["errors"]
    assert rows(conn_as) == before


PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
FORMS = {
    "a long field": (b"login=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
    "fields without end": (b"a&" * 4_000_000, "application/x-www-form-urlencoded"),
    "parts without end": (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2000,
        "multipart/form-data; boundary=b",
    ),
}


@pytest.mark.parametrize("path", ["/enter", "/leave", "/programmes/1"])
def test_a_form_is_bounded_before_anybody_is_known(app: Flask, path: str) -> None:
    for name, (body, kind) in FORMS.items():
        whole = app.test_client().post(path, data=body, content_type=kind)
        in_pieces = app.test_client().post(
            path, input_stream=io.BytesIO(body), content_type=kind, environ_overrides={"wsgi.input_terminated": True}
        )
        for answer in (whole, in_pieces):
            assert answer.status_code == (405 if path == "/programmes/1" else 413), name
            assert len(answer.get_data()) < 20_000, name


BODIES = {
    "deep list": b"[" * 500_000,
    "deep object": b'{"entries":' * 200_000,
    "half": b'{"kind": "processing", "entries": [{"person_',
    "no JSON": workbook(),
    "UTF-16": '{"kind": "processing"}'.encode("utf-16"),
    "cp1251": '{"kind": "согласие"}'.encode("cp1251"),
    "wrong type": b'{"kind": {"$ne": 1}, "entries": "all"}',
    "wrong entries": json.dumps({"entries": [{}] * 10_000}).encode(),
    "wrong values": b'{"entries": [' + b"0," * 20_000 + b"0]}",
    "values without end": b"[" + b"{}," * 1_000_000 + b"{}]",
    "many entries": json.dumps({"entries": [{"person_id": 1}] * 20_000}).encode(),
    "numbers": b'{"entries": [{"person_id": 1e999}]}',
}


def test_a_hostile_consent_sheet_is_refused_and_nothing_is_written(school: Beginning, conn_as: ConnAs) -> None:
    before = rows(conn_as)
    for name, body in BODIES.items():
        answer = school.curator.call("POST", "/consents:bulk", data=body, content_type="application/json")
        assert answer.status_code in (400, 413, 422), name
        assert answer.mimetype == "application/problem+json", name
        assert len(answer.get_data()) < 200_000, name
    assert rows(conn_as) == before
