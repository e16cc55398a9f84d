"""Tokens narrowed by scopes: what is left of the role, what is refused and why, whose tokens one may end; last use."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from services.cli.__main__ import main
from shared.access.model import Actor, Role
from shared.access.rights import NEVER_SCOPED, RIGHTS, carried, may
from shared.access.tokens import ACCOUNT, split
from shared.db.tenancy import PLATFORM, Tenant
from shared.errors import NotAuthenticated
from tests.api.entering import inside
from tests.api.lock_queue import wait_for_a_lock
from tests.api.visiting import visit
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Account, Api


def managing(api: Api, school: School) -> Account:
    return Account(api.app, api.admin.token, school.municipality_id)


def narrowed(api: Api, school: School, *scopes: str, of: Account | None = None) -> tuple[Account, dict[str, Any]]:
    """Return a second token of the school's curator (or another account) with these scopes, and its row."""
    me = (of or school.curator).get("/me")
    fields = {"principal_id": me["principal_id"], "label": "система", "scopes": list(scopes)}
    row: dict[str, Any] = managing(api, school).post("/tokens", fields)
    return Account(api.app, row["token"]), row


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_a_reading_token_reads_and_is_told_which_right_it_lacks(api: Api) -> None:
    school = School.begin(api)
    person_id = school.person()
    reader, row = narrowed(api, school, "*.read")
    assert row["scopes"] == ["*.read"]
    assert [item["id"] for item in reader.get("/people")["items"]] == [person_id]
    answer = reader.call(
        "POST", "/people", {"kind": "pupil", "family_name": "А", "given_name": "Б"}, headers={"Accept-Language": "en"}
    )
    assert refused(answer) == (403, "access.scope")
    assert "people.write" in answer.get_json()["detail"]
    assert school.curator.post("/people", {"kind": "pupil", "family_name": "А", "given_name": "Б"})


def test_what_the_role_lacks_is_refused_as_ever_whatever_the_scope(api: Api) -> None:
    school = School.begin(api)
    reader, _ = narrowed(api, school, "programmes.*")
    assert refused(reader.call("GET", "/webhooks")) == (403, "access.forbidden")
    assert refused(reader.call("GET", "/people")) == (403, "access.scope")


def test_confidential_records_are_read_only_by_a_token_that_names_them(api: Api) -> None:
    school = School.begin(api)
    programme_id = school.programme()
    path = f"/programmes/{programme_id}/safety-cases"
    assert school.curator.call("GET", path).status_code == 200
    assert refused(narrowed(api, school, "*.read")[0].call("GET", path)) == (403, "access.scope")
    assert narrowed(api, school, "*.read", "confidential.read")[0].call("GET", path).status_code == 200
    record = f"/people/{school.person()}/record"  # holds them, too
    answering = narrowed(api, school, "privacy.answer")[0]
    assert refused(answering.call("GET", record)) == (403, "access.scope")
    assert visit(api.app, record, answering).status_code == 403
    assert narrowed(api, school, "privacy.answer", "confidential.read")[0].call("GET", record).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "place", "code"),
    [
        (["people.fly"], "scopes.0", "unknown"),
        (["*.read", "*.*"], "scopes.1", "unknown"),
        (["principals.manage"], "scopes.0", "unknown"),
        (["account.own"], "scopes.0", "unknown"),
        (["links.answer"], "scopes.0", "unknown"),
        (["webhooks.manage"], "scopes.0", "role"),
        (["People.Read"], "scopes.0", "scope"),
        (["people.read\n"], "scopes.0", "scope"),
        ([], "scopes", "length"),
    ],
)
def test_a_scope_that_is_no_scope_of_the_role_is_refused_at_its_place(
    api: Api, scopes: list[str], place: str, code: str
) -> None:
    school = School.begin(api)
    fields = {"principal_id": school.curator.get("/me")["principal_id"], "label": "x", "scopes": scopes}
    answer = managing(api, school).call("POST", "/tokens", fields)
    assert answer.status_code == 422
    assert [(error["path"], error["code"]) for error in answer.get_json()["errors"]] == [(place, code)]


def test_everybody_learns_who_they_are_and_how_narrow(api: Api) -> None:
    school = School.begin(api)
    token, row = narrowed(api, school, "jobs.read", "events.read", "jobs.read")
    me = token.get("/me")
    assert (me["token_id"], me["scopes"]) == (row["id"], ["events.read", "jobs.read"])
    assert school.curator.get("/me")["scopes"] is None


def test_no_scope_carries_what_makes_accounts_and_tokens(api: Api) -> None:
    every = tuple({f"{right.partition('.')[0]}.*" for right in RIGHTS} | set(RIGHTS))
    assert carried(every) & NEVER_SCOPED == set()
    school = School.begin(api)
    methodist, _ = narrowed(api, school, "*.read", "schools.write", "tokens.own", of=school.methodist)
    curator_id = school.curator.get("/me")["principal_id"]
    for method, path, body in (
        ("POST", "/tokens", {"principal_id": curator_id, "label": "x"}),
        ("POST", "/principals", {"name": "x", "role": "director", "school_id": school.school_id}),
        ("GET", "/principals", None),
        ("GET", "/tokens", None),
    ):
        assert refused(methodist.call(method, path, body)) == (403, "access.scope"), path


def test_rotation_keeps_the_scopes(api: Api) -> None:
    school = School.begin(api)
    _, row = narrowed(api, school, "people.read")
    successor = managing(api, school).post(f"/tokens/{row['id']}:rotate")
    assert successor["scopes"] == ["people.read"]
    assert refused(Account(api.app, successor["token"]).call("GET", "/schools")) == (403, "access.scope")


def test_one_lists_ends_and_rotates_ones_own_tokens_and_nobody_elses(api: Api) -> None:
    school = School.begin(api)
    _, second = narrowed(api, school, "*.read")
    foreign = school.methodist.get("/me/tokens")["items"][0]["id"]
    assert [item["id"] for item in school.curator.get("/me/tokens")["items"]][-1] == second["id"]
    assert foreign not in [item["id"] for item in school.curator.get("/me/tokens")["items"]]
    assert school.curator.call("DELETE", f"/me/tokens/{foreign}").status_code == 404
    assert school.curator.call("POST", f"/me/tokens/{foreign}:rotate", key="k").status_code == 404
    renewed = school.curator.post(f"/me/tokens/{second['id']}:rotate")
    assert (renewed["scopes"], renewed["principal_id"]) == (["*.read"], second["principal_id"])
    assert Account(api.app, second["token"]).call("GET", "/me").status_code == 401
    ended = school.curator.call("DELETE", f"/me/tokens/{renewed['id']}").get_json()
    assert ended["revoked_at"] is not None
    assert Account(api.app, renewed["token"]).call("GET", "/me").status_code == 401


def test_a_narrow_token_gets_no_wider_one(api: Api) -> None:
    school = School.begin(api)
    narrow, row = narrowed(api, school, "tokens.own", "people.read")
    _, wide = narrowed(api, school, "people.*")
    first = school.curator.get("/me")["token_id"]
    for other in (first, wide["id"]):
        assert refused(narrow.call("POST", f"/me/tokens/{other}:rotate", key=f"k{other}")) == (403, "access.scope")
        assert refused(narrow.call("DELETE", f"/me/tokens/{other}")) == (403, "access.scope")
    assert narrow.post(f"/me/tokens/{row['id']}:rotate")["scopes"] == ["people.read", "tokens.own"]
    assert school.curator.get("/me")["token_id"] == first


def test_pages_show_a_narrow_token_no_more_than_the_api_does(api: Api) -> None:
    school = School.begin(api)
    programme_id = school.programme()
    lead = school.person("teacher", "Орлова", "Мария")
    school.curator.patch(f"/programmes/{programme_id}/activities/I.1", {"responsible_id": lead})
    path = f"/programmes/{programme_id}"
    whole = visit(api.app, path, school.curator).get_data(as_text=True)
    narrow = visit(api.app, path, narrowed(api, school, "programmes.read")[0]).get_data(as_text=True)
    assert "Орлова" in whole
    assert "/notices" in whole
    assert 'href="/account"' in whole
    assert "Орлова" not in narrow
    assert "/notices" not in narrow
    assert 'href="/account"' not in narrow
    assert visit(api.app, f"/people/{lead}/record", narrowed(api, school, "programmes.read")[0]).status_code == 403


def test_an_idempotent_answer_of_a_wide_token_is_not_replayed_to_a_narrow_one(api: Api) -> None:
    school = School.begin(api)
    narrow, _ = narrowed(api, school, "programmes.read")
    body = {"kind": "pupil", "family_name": "Антонов", "given_name": "Илья"}
    school.curator.post("/people", body, key="the-same")
    answer = narrow.call("POST", "/people", body, key="the-same")
    assert refused(answer) == (403, "access.scope")
    assert "Антонов" not in answer.get_data(as_text=True)


def test_the_last_use_is_written_once_an_hour_and_also_of_a_refused_request(api: Api, conn_as: ConnAs) -> None:
    school = School.begin(api)
    reader, row = narrowed(api, school, "*.read")
    managed = managing(api, school)
    assert row["last_used_at"] is None
    reader.call("GET", "/people/999999999")
    first = managed.get(f"/tokens/{row['id']}")["last_used_at"]
    assert first is not None
    reader.get("/people")
    assert managed.get(f"/tokens/{row['id']}")["last_used_at"] == first
    conn = conn_as("api", Tenant(school.municipality_id))
    conn.execute("UPDATE token SET last_used_at = now() - interval '61 minutes' WHERE id = %s", (row["id"],))
    conn.commit()
    reader.get("/people")
    assert managed.get(f"/tokens/{row['id']}")["last_used_at"] > first


def test_an_administrator_acting_elsewhere_has_the_use_noted_at_home(api: Api, conn_as: ConnAs) -> None:
    school = School.begin(api)
    conn = conn_as("api", Tenant(PLATFORM))
    conn.execute("UPDATE token SET last_used_at = NULL")
    conn.commit()
    managing(api, school).get("/schools")
    with conn.transaction():
        conn.execute("SELECT set_config('app.municipality_id', '0', true)")
        assert [r["used"] for r in conn.execute("SELECT last_used_at IS NOT NULL AS used FROM token")] == [True]


def test_an_operator_sees_scopes_and_last_use_in_a_shell_and_grants_narrow_tokens(
    api: Api, dsns: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NASTAVNIK_DATABASE_URL", dsns["nastavnik_api"])
    school = School.begin(api)
    me = school.curator.get("/me")
    words = ["token", "grant", "--municipality", str(school.municipality_id), "--principal", str(me["principal_id"])]
    assert main([*words, "--scope", "*.read", "--scope", "jobs.manage"]) == 0
    granted = capsys.readouterr().out.strip()
    assert Account(api.app, granted).get("/me")["scopes"] == ["*.read", "jobs.manage"]
    assert main([*words, "--scope", "webhooks.manage"]) == 1
    assert "webhooks.manage" in capsys.readouterr().err
    assert main(["token", "list", *words[2:]]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["scopes"], line["last_used_at"] is not None) for line in lines] == [
        (None, True),
        (["*.read", "jobs.manage"], True),
    ]
    assert all("secret_hash" not in line for line in lines)


def test_what_an_operator_does_to_tokens_in_a_shell_is_in_the_audit_log(
    api: Api, dsns: dict[str, str], conn_as: ConnAs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NASTAVNIK_DATABASE_URL", dsns["nastavnik_api"])
    school = School.begin(api)
    place = ["--municipality", str(school.municipality_id)]

    def run(command: str, *words: str) -> str:
        assert main(["token", command, *place, *words]) == 0
        return capsys.readouterr().out.strip()

    first = run("grant", "--principal", str(school.curator.get("/me")["principal_id"])).split("_")[1]
    second = run("rotate", "--token", first).split("_")[1]
    assert run("revoke", "--token", second) == f"revoked {second}"
    rows = conn_as("api", Tenant(school.municipality_id)).execute(
        "SELECT action, entity, entity_id FROM audit WHERE actor_id = 0 ORDER BY id"
    )
    deeds = [(row["action"], row["entity"], row["entity_id"]) for row in rows]
    wanted = [("token.grant", first), ("token.rotate", second), ("token.revoke", second)]
    assert deeds == [(action, "token", int(token_id)) for action, token_id in wanted]


def test_of_two_who_rotate_a_token_at_once_one_gets_its_successor(api: Api, dsns: dict[str, str]) -> None:
    school = School.begin(api)
    path = f"/me/tokens/{school.curator.get('/me')['token_id']}:rotate"
    with ThreadPoolExecutor(2) as pool:
        with inside(dsns, school) as conn:
            conn.execute("SELECT FROM token FOR UPDATE")
            rotating = [pool.submit(school.curator.call, "POST", path) for _ in range(2)]
            wait_for_a_lock(dsns["nastavnik_api"], *rotating)
        assert sorted(one.result(timeout=20).status_code for one in rotating) == [201, 409]


def test_the_number_in_a_token_is_written_in_one_way() -> None:
    assert split("nst_12_" + "a" * 43, ACCOUNT) == (12, "a" * 43)
    with pytest.raises(NotAuthenticated):
        split("nst_1\N{ARABIC-INDIC DIGIT TWO}_" + "a" * 43, ACCOUNT)


def test_the_database_takes_no_empty_scope(api: Api, conn_as: ConnAs) -> None:
    school = School.begin(api)
    conn = conn_as("api", Tenant(school.municipality_id))
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE token SET scopes = '{}'")


def test_every_scope_leaves_a_subset_of_the_role() -> None:
    for role in Role:
        whole = {right for right in RIGHTS if may(Actor(1, role, Tenant(1)), right)}
        for scope in ("*.read", "people.*", "confidential.read"):
            narrow = {right for right in RIGHTS if may(Actor(1, role, Tenant(1), scopes=(scope,)), right)}
            assert narrow <= whole - NEVER_SCOPED
