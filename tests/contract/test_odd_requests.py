"""Requests no schema generates: odd headers, paths, queries and methods. Each is refused in the one format, and leaves
nothing."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Ground
from tests.contract.sending import PERSON, refused, send
from tests.http import API


def test_another_content_type_is_refused(shared_ground: Ground) -> None:
    for kind in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "",
        "json",
        "application/json;;=",
        "*/*",
    ):
        answer = send(shared_ground, "POST", "/people", (PERSON % "").encode(), Content_Type=kind)
        if kind.startswith("application/json"):
            assert answer.status_code in (201, 400, 415)
        else:
            refused(answer, 415, 422)


def test_a_body_in_another_encoding_is_refused_or_read(shared_ground: Ground) -> None:
    for charset in ("windows-1251", "utf-16", "nonsense", "utf-7"):
        answer = send(
            shared_ground,
            "POST",
            "/people",
            (PERSON % "").encode("cp1251"),
            Content_Type=f"application/json; charset={charset}",
        )
        refused(answer, 400, 415, 422)


@pytest.mark.parametrize(
    "value",
    ["", "*", "v1", 'W/"v1"', '"v1", "v2"', '"v-1"', '"v１"', '"v99999999999"', '"v1', "ÿ", '"v1"\t"v1"', "x" * 9000],
)
def test_an_odd_if_match_is_refused(ground: Ground, value: str) -> None:
    person = ground.world.first("person_id")
    body = b'{"given_name": "\xd0\x90"}'
    refused(send(ground, "PATCH", f"/people/{person}", body, If_Match=value), 412, 422, 428)


@pytest.mark.parametrize("value", ["", "k" * 201, "ключ".encode().decode("latin-1"), "a\tb", "\x7f"])
def test_an_odd_idempotency_key_is_refused(shared_ground: Ground, value: str) -> None:
    refused(send(shared_ground, "POST", "/people", (PERSON % "").encode(), Idempotency_Key=value), 422)


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer nst_1_x",
        "Bearer nst_99999999999999999999_x",
        "Bearer ÿ",
        "nst",
        "Bearer nst_１_x",
        "Bearer " + "x" * 8000,
        "Bearer nst_1_\xff",
    ],
)
def test_an_odd_token_is_no_token(shared_ground: Ground, value: str) -> None:
    answer = send(shared_ground, "GET", "/me", Authorization=value)
    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1" * 30, "１", "1.0", "0x1", "\xb2"])
def test_an_odd_municipality_is_refused_to_the_administrator(shared_ground: Ground, value: str) -> None:
    admin = shared_ground.world.accounts["admin"]
    headers = {"Authorization": f"Bearer {admin.token}", "X-Municipality": value}
    answer = shared_ground.app.test_client().get(f"{API}/schools", headers=headers)
    refused(answer, 422)


def test_odd_languages_and_request_ids_are_ignored(shared_ground: Ground) -> None:
    for language in ("", "xx", "ru;q=nonsense", "\xff", "en-US,en;q=0.5", "*" * 5000):
        answer = send(shared_ground, "GET", "/me", Accept_Language=language, X_Request_Id="\xff" * 10)
        assert answer.status_code == 200
        assert answer.headers["X-Request-Id"].isascii()


@pytest.mark.parametrize(
    "path",
    [
        "/people/%00",
        "/people/%D9%A1",
        "/people/1%2F..",
        "/people/0",
        "/people/01",
        "/people/-1",
        "/people/1.0",
        "/people/+1",
        "/people/1e3",
        "/jobs/%00",
        "/jobs/not-a-uuid",
        "/packs/%00/1",
        "/packs/%FF/1",
        "/packs/order_428/0",
        "/packs/order_428/999999999999999999",
        "/programmes/1/activities/%00",
        "/programmes/1/activities/%ED%A0%80",
        "/links/%00",
        "/answers/%FF%FE",
        "/answers/nsl_1_%00",
        "/people/%",
        "//people",
        "/people/1;x=1",
        "/%E2%80%AE",
    ],
)
def test_an_odd_path_is_not_found(shared_ground: Ground, path: str) -> None:
    refused(send(shared_ground, "GET", path), 401, 404, 422)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=%00",
        "limit=١",
        "limit=1&limit=x",
        "after=-1",
        "after=" + "9" * 19,
        "limit=1e2",
        "limit=",
        "ended=maybe",
        "unknown=1",
        "kind=%00",
        "%00=1",
        "%FF",
    ],
)
def test_an_odd_query_is_refused_with_its_place(shared_ground: Ground, query: str) -> None:
    problem = refused(send(shared_ground, "GET", f"/people?{query}"), 422)
    assert problem.get("errors") or problem["code"] == "input.invalid"


def test_a_misspelt_dry_run_moves_nothing(ground: Ground) -> None:
    path = f"/programmes/{ground.world.first('programme_id')}"
    for query in ("dryrun=true", "dry_run=false&dry_run=true", "dry-run=true"):
        answer = send(ground, "POST", f"{path}/transitions?{query}", b'{"trigger": "advance"}', If_Match='"v2"')
        assert refused(answer, 422)["errors"][0]["path"].startswith("query.dry")


def test_a_method_that_is_not_used_is_refused_with_those_that_are(shared_ground: Ground) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
        answer = send(shared_ground, method, "/people")
        refused(answer, 405)
        assert "POST" in answer.headers["Allow"]
