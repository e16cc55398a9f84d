"""Packs over HTTP: uploaded with the same check as the command line, never replaced, lived by."""

from __future__ import annotations

import pytest

from shared.pack.library import shipped
from tests.builders import School
from tests.http import Account, Api


@pytest.fixture
def school(api: Api) -> School:
    return School.begin(api)


def _own(code: str = "local_2026", old: str = "", new: str = "") -> str:
    return shipped("order_428", 1).text.replace("code: order_428", f"code: {code}", 1).replace(old, new, 1)


def test_a_municipality_uploads_its_own_pack_and_lives_by_it(school: School) -> None:
    made = school.methodist.post("/packs", {"body": _own()})
    assert (made["code"], made["version"]) == ("local_2026", 1)
    assert made["memo"]
    body = {"school_id": school.school_id, "school_year": "2026/27", "pack": {"code": "local_2026", "version": 1}}
    programme = school.curator.post("/programmes", body)
    assert school.curator.get(f"/programmes/{programme['id']}")["of"] == 22


def test_the_same_bytes_again_change_nothing_and_other_bytes_are_refused(school: School) -> None:
    school.methodist.post("/packs", {"body": _own()})
    school.methodist.post("/packs", {"body": _own()}, status=200)
    other = school.methodist.call("POST", "/packs", {"body": _own() + "# changed\n"})
    assert (other.status_code, other.get_json()["code"]) == (409, "duplicate")
    shipped_code = school.methodist.call("POST", "/packs", {"body": _own("order_428") + "# mine\n"})
    assert shipped_code.status_code == 409


def test_every_mistake_is_named_with_its_line(school: School) -> None:
    text = _own(old="documents_on_file", new="documents_on_fire").replace("month: 12", "month: 13")
    problem = school.methodist.call("POST", "/packs", {"body": text}).get_json()
    assert problem["code"] == "pack.invalid"
    assert len(problem["errors"]) > 3
    assert all(error["line"] > 0 for error in problem["errors"])
    assert school.methodist.get("/packs")["items"][-1]["code"] == "order_428"


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "a: &x 1\nb: *x", "x" * 300_000, "code: \x00"])
def test_what_is_no_pack_is_refused_and_nothing_is_kept(school: School, text: str) -> None:
    answer = school.methodist.call("POST", "/packs", {"body": text})
    assert answer.status_code == 422
    assert len(school.methodist.get("/packs")["items"]) == 1


def test_another_municipality_does_not_see_the_pack(school: School, api: Api) -> None:
    school.methodist.post("/packs", {"body": _own()})
    stranger = School.begin(api, "Чужая")
    assert stranger.methodist.call("GET", "/packs/local_2026/1").status_code == 404
    body = {"school_id": stranger.school_id, "school_year": "2026/27", "pack": {"code": "local_2026", "version": 1}}
    answer = stranger.curator.call("POST", "/programmes", body)
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "pack")


def test_a_curator_uploads_no_pack_and_an_administrator_names_the_municipality(school: School, api: Api) -> None:
    assert school.curator.call("POST", "/packs", {"body": _own()}).status_code == 403
    assert api.admin.call("POST", "/packs", {"body": _own()}).status_code == 422
    inside = Account(api.app, api.admin.token, school.municipality_id)
    assert inside.call("POST", "/packs", {"body": _own()}).status_code == 201


def test_the_diagram_is_drawn_as_svg_and_as_mermaid(school: School) -> None:
    svg = school.curator.call("GET", "/packs/order_428/1/diagram")
    mermaid = school.curator.call("GET", "/packs/order_428/1/diagram?format=mermaid")
    assert (svg.mimetype, svg.get_data(as_text=True)[:4]) == ("image/svg+xml", "<svg")
    assert "stateDiagram" in mermaid.get_data(as_text=True)
