"""Who comes in: tokens granted, rotated, revoked; roles and tenants; administrators inside a named municipality."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.builders import School
from tests.http import Account, Api


@pytest.mark.parametrize(
    "token",
    ["", "nst_1_", "nst_999999_" + "a" * 43, "nst_1_" + "a" * 43, "bearer", "nst_٣_" + "a" * 43, "nsl_1_" + "a" * 43],
)
def test_a_bad_token_is_401_whatever_is_wrong_with_it(app: Flask, api: Api, token: str) -> None:
    answer = app.test_client().get(
        "/api/v1/me", headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (401, "access.token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_and_an_ended_principal_stop_at_once(api: Api) -> None:
    municipality_id = api.municipality()
    inside = Account(api.app, api.admin.token, municipality_id)
    principal = inside.post("/principals", {"name": "Методист", "role": "methodist"})
    granted = inside.post("/tokens", {"principal_id": principal["id"], "label": "a"})
    other = inside.post("/tokens", {"principal_id": principal["id"], "label": "b"})
    one, two = Account(api.app, granted["token"]), Account(api.app, other["token"])
    inside.call("DELETE", f"/tokens/{granted['id']}")
    assert (one.call("GET", "/me").status_code, two.call("GET", "/me").status_code) == (401, 200)
    inside.end(f"/principals/{principal['id']}")
    assert two.call("GET", "/me").status_code == 401


def test_rotation_replaces_a_token_by_one_that_works(api: Api) -> None:
    municipality_id = api.municipality()
    inside = Account(api.app, api.admin.token, municipality_id)
    principal = inside.post("/principals", {"name": "Методист", "role": "methodist"})
    old = inside.post("/tokens", {"principal_id": principal["id"], "label": "a", "days": 30})
    new = inside.post(f"/tokens/{old['id']}:rotate")
    assert new["label"] == "a"
    assert Account(api.app, old["token"]).call("GET", "/me").status_code == 401
    assert Account(api.app, new["token"]).get("/me")["role"] == "methodist"
    assert inside.call("POST", f"/tokens/{old['id']}:rotate").status_code == 409


def test_the_secret_is_shown_once_and_never_stored_or_listed(api: Api) -> None:
    municipality_id = api.municipality()
    inside = Account(api.app, api.admin.token, municipality_id)
    principal = inside.post("/principals", {"name": "Методист", "role": "methodist"})
    body = {"principal_id": principal["id"], "label": "a"}
    first = inside.call("POST", "/tokens", body, key="k")
    again = inside.call("POST", "/tokens", body, key="k")
    assert "token" in first.get_json()
    assert (again.status_code, again.get_json()["code"]) == (409, "idempotency.secret_not_kept")
    assert all("token" not in row for row in inside.get("/tokens")["items"])
    assert len(inside.get("/tokens")["items"]) == 1


def test_only_an_administrator_makes_methodists_and_administrators(api: Api) -> None:
    school = School.begin(api)
    for role in ("admin", "methodist"):
        answer = school.methodist.call("POST", "/principals", {"name": "x", "role": role})
        assert answer.status_code == 403
    made = school.methodist.post("/principals", {"name": "Директор", "role": "director", "school_id": school.school_id})
    assert made["role"] == "director"


def test_role_and_school_must_fit(api: Api) -> None:
    school = School.begin(api)
    answer = school.methodist.call("POST", "/principals", {"name": "x", "role": "curator"})
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "role")
    foreign = School.begin(api, "Чужая")
    answer = school.methodist.call(
        "POST", "/principals", {"name": "x", "role": "curator", "school_id": foreign.school_id}
    )
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "school_id")


def test_an_administrator_sees_a_municipality_only_when_naming_it(api: Api) -> None:
    school = School.begin(api)
    programme_id = school.programme()
    assert api.admin.call("GET", f"/programmes/{programme_id}").status_code == 404
    inside = Account(api.app, api.admin.token, school.municipality_id)
    assert inside.get(f"/programmes/{programme_id}")["id"] == programme_id
    assert inside.call("GET", f"/programmes/{programme_id}/mentees").status_code == 403


def test_a_methodist_sees_figures_of_all_schools_and_nobodys_name(api: Api) -> None:
    school = School.begin(api)
    programme_id = school.programme()
    school.person()
    assert school.methodist.get(f"/programmes/{programme_id}")["id"] == programme_id
    for path in ("/people", f"/programmes/{programme_id}/mentees", f"/programmes/{programme_id}/pairs"):
        assert school.methodist.call("GET", path).status_code == 403


def test_two_schools_of_one_municipality_do_not_see_each_others_people(api: Api) -> None:
    one = School.begin(api)
    two = School.begin(api, "Школа № 2", one.municipality_id)
    person_id = one.person()
    assert [person["id"] for person in two.curator.get("/people")["items"]] == []
    assert two.curator.call("GET", f"/people/{person_id}").status_code == 404
    programme_id = two.programme()
    answer = two.curator.call("POST", f"/programmes/{programme_id}/mentees", {"person_id": person_id}, key="k")
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "person_id")


def test_without_a_consent_only_name_and_class_are_kept(api: Api) -> None:
    school = School.begin(api)
    programme_id = school.programme("2026/27")
    person_id = school.person()
    refused = school.curator.call("PATCH", f"/people/{person_id}", {"contact": "+7 900 000-00-00"}, version=1)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.missing")
    mentee = {"person_id": person_id, "topics": ["учёба"]}
    assert school.curator.call("POST", f"/programmes/{programme_id}/mentees", mentee).status_code == 409
    by_self = {"kind": "processing", "given_by": "self", "given_on": "2026-09-01", "document": "x"}
    minor = school.curator.call("POST", f"/people/{person_id}/consents", by_self)
    assert (minor.status_code, minor.get_json()["errors"][0]["code"]) == (422, "minor")
    school.consent(person_id, given_on="2026-09-01")
    school.curator.patch(f"/people/{person_id}", {"contact": "+7 900 000-00-00"})
    assert school.curator.post(f"/programmes/{programme_id}/mentees", mentee)["topics"] == ["учёба"]


def test_a_record_is_versioned_ended_and_kept(api: Api) -> None:
    school = School.begin(api)
    path = f"/programmes/{school.programme()}/goals"
    goal = school.curator.post(path, {"kind": "task", "text": "Помочь"})
    one = f"{path}/{goal['id']}"
    assert school.curator.call("PATCH", one, {"text": "Иначе"}).status_code == 428
    assert school.curator.call("PATCH", one, {"text": "Иначе"}, version=9).get_json()["current"] == 1
    assert school.curator.patch(one, {"text": "Иначе"})["version"] == 2
    assert school.curator.call("PATCH", one, {}, version=2).status_code == 422
    ended = school.curator.end(one, "Внесена по ошибке")
    assert (ended["end_reason"], school.curator.get(path)["items"]) == ("Внесена по ошибке", [])
    assert len(school.curator.get(f"{path}?ended=true")["items"]) == 1
    again = school.curator.call("PATCH", one, {"text": "Снова"}, version=3)
    assert (again.status_code, again.get_json()["code"]) == (409, "record.ended")


def test_a_list_is_paged_by_key(api: Api) -> None:
    school = School.begin(api)
    path = f"/programmes/{school.programme()}/goals"
    made = [school.curator.post(path, {"kind": "task", "text": f"Задача {n}"})["id"] for n in range(5)]
    first = school.curator.get(f"{path}?limit=2")
    second = school.curator.get(f"{path}?limit=2&after={first['next']}")
    last = school.curator.get(f"{path}?limit=2&after={second['next']}")
    assert [row["id"] for page in (first, second, last) for row in page["items"]] == made
    assert last["next"] is None
