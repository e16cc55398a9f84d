"""What somebody with ill will, or a broken client, tries: each of these once went through or broke the server."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from shared.db.tenancy import Tenant
from tests.api.beginnings import begin
from tests.api.surveyed import WHOLE_ANSWER, Holder, invited, survey
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import API, Account, Api


def test_the_role_of_links_reads_no_stored_answer_but_its_links_own(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    beginning.pair(1)
    holders: list[Holder] = invited(beginning, survey(beginning))
    holders[0].post("answers", {"answers": WHOLE_ANSWER}, key="k")
    link_id = int(holders[0].token.split("_")[1])
    tenant = Tenant(beginning.municipality_id, beginning.school_id, 1)
    api_conn = conn_as("api", tenant)
    kept = api_conn.execute("SELECT principal_id, convert_from(answer, 'UTF8') AS answer FROM idempotency").fetchall()
    assert any(row["answer"] and "Ученик" in row["answer"] for row in kept), "names are in what is kept for accounts"
    own = Tenant(beginning.municipality_id, beginning.school_id, 1, link_id)
    seen = conn_as("respondent", own).execute("SELECT principal_id FROM idempotency").fetchall()
    assert [row["principal_id"] for row in seen] == [-link_id]
    other = conn_as("respondent", Tenant(beginning.municipality_id, beginning.school_id, 1, link_id + 1))
    assert other.execute("SELECT FROM idempotency").fetchall() == []
    assert other.execute("UPDATE idempotency SET status = 500").rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.execute("DELETE FROM idempotency")


def test_an_account_bound_to_no_link_is_no_link(conn_as: ConnAs, api: Api) -> None:
    begin(api)
    assert conn_as("respondent", Tenant(1)).execute("SELECT FROM idempotency").fetchall() == []


def test_a_municipality_is_not_made_inside_another(api: Api) -> None:
    inside = Account(api.app, api.admin.token, api.municipality())
    answer = inside.call("POST", "/municipalities", {"name": "Новая"})
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "X-Municipality")


def test_nobody_is_made_in_a_municipality_that_does_not_exist(api: Api) -> None:
    nowhere = Account(api.app, api.admin.token, api.municipality() + 1)
    answer = nowhere.call("POST", "/principals", {"name": "Методист", "role": "methodist"})
    assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "unknown")


def test_a_methodist_gets_no_token_of_another_methodist(api: Api) -> None:
    place = api.municipality()
    inside = Account(api.app, api.admin.token, place)
    one, other = api.account(place, "methodist"), api.account(place, "methodist")
    other_id = other.get("/me")["principal_id"]
    (token,) = inside.get(f"/tokens?principal_id={other_id}")["items"]
    attempts: list[tuple[str, str, Any, int | None]] = [
        ("POST", "/tokens", {"principal_id": other_id, "label": "x"}, None),
        ("POST", f"/tokens/{token['id']}:rotate", None, None),
        ("DELETE", f"/tokens/{token['id']}", None, None),
        ("DELETE", f"/principals/{other_id}", None, 1),
    ]
    for method, path, body, version in attempts:
        assert one.call(method, path, body, version=version).status_code == 403, path
    assert other.call("GET", "/me").status_code == 200
    assert other.post(f"/tokens/{token['id']}:rotate")["principal_id"] == other_id


@pytest.mark.parametrize(
    "path",
    ["/people?kind=%00", "/programmes/1/requests?audience=%00", "/packs/%00/1", "/programmes/1/activities/%00"],
)
def test_a_nul_in_an_address_is_the_clients_mistake(api: Api, path: str) -> None:
    school = School.begin(api)
    school.programme()
    answer = school.curator.call("GET", path)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "input.invalid")


@pytest.mark.parametrize("body", ["[" * 100_000, '{"kind": ' + "9" * 5_000 + "}"], ids=["deep", "endless number"])
def test_json_that_no_parser_can_read_is_the_clients_mistake(api: Api, body: str) -> None:
    curator = School.begin(api).curator
    answer = curator.app.test_client().post(
        f"{API}/people",
        data=body,
        headers={"Authorization": f"Bearer {curator.token}", "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")
