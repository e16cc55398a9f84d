"""Where notices of an account go by mail."""

from __future__ import annotations

import pytest

from tests.builders import School
from tests.http import Account, Api


def principal(school: School) -> str:
    """Make a curator; return the path."""
    made = school.methodist.post(
        "/principals",
        {"name": "Куратор", "role": "curator", "school_id": school.school_id, "email": "curator@school.example"},
    )
    assert made["email"] == "curator@school.example"
    return f"/principals/{made['id']}"


def test_an_account_has_an_address_that_may_change_and_be_taken_away(api: Api) -> None:
    school = School.begin(api)
    path = principal(school)
    assert school.methodist.patch(path, {"email": "new@school.example"})["email"] == "new@school.example"
    assert school.methodist.patch(path, {"name": "Другое имя"})["email"] == "new@school.example"
    changed = school.methodist.patch(path, {"email": None})
    assert (changed["email"], changed["name"], changed["version"]) == (None, "Другое имя", 4)


def test_an_account_without_one_is_as_before(api: Api) -> None:
    school = School.begin(api)
    made = school.methodist.post("/principals", {"name": "К", "role": "curator", "school_id": school.school_id})
    assert made["email"] is None


@pytest.mark.parametrize(
    "email", ["", "a", "a@", "@b.example", "a b@c.example", "a@b@c", "кто@где.рф", "a@b.example\nBcc: x@y"]
)
def test_what_is_no_address_is_refused_in_words(api: Api, email: str) -> None:
    school = School.begin(api)
    path = principal(school)
    answer = school.methodist.call("PATCH", path, {"email": email}, version=1)
    assert answer.status_code == 422
    assert "name@example.org" in answer.get_data(as_text=True)


def test_a_stale_version_an_ended_account_and_a_foreign_one_are_refused(api: Api) -> None:
    school = School.begin(api)
    path = principal(school)
    assert school.methodist.call("PATCH", path, {"email": None}).status_code == 428
    assert school.methodist.call("PATCH", path, {"email": None}, version=7).status_code == 412
    other = School.begin(api, "Школа № 2")
    assert other.methodist.call("PATCH", path, {"email": None}, version=1).status_code == 404
    assert school.curator.call("PATCH", path, {"email": None}, version=1).status_code == 403
    school.methodist.end(path)
    assert school.methodist.call("PATCH", path, {"email": None}, version=2).status_code == 409


def test_a_methodist_changes_no_administrator(api: Api) -> None:
    school = School.begin(api)
    admin = Account(api.app, api.admin.token, school.municipality_id)
    methodist = admin.post("/principals", {"name": "М", "role": "methodist"})
    answer = school.methodist.call("PATCH", f"/principals/{methodist['id']}", {"email": None}, version=1)
    assert answer.status_code == 403
