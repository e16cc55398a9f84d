"""Requests no schema generates: broken JSON, odd headers and paths, numbers beyond all bounds. Each is refused in
the one format, and leaves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.contract.conftest import Ground
from tests.http import API

PERSON = '{"kind": "pupil", "family_name": "Антонов", "given_name": "Илья"%s}'


def send(ground: Ground, method: str, path: str, body: bytes | None = None, **headers: str) -> TestResponse:
    """Send bytes as the curator."""
    sent = {"Authorization": f"Bearer {ground.world.accounts['curator'].token}", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ground.app.test_client().open(API + path, method=method, data=body, headers=sent)


def refused(answer: TestResponse, *statuses: int) -> Any:
    """Return the problem; AssertionError unless it is one of these statuses."""
    assert answer.status_code in statuses, (answer.status_code, answer.get_data(as_text=True))
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    return problem


def test_broken_bodies_are_malformed(shared_ground: Ground) -> None:
    for body in (b"", b"{", b"{]", b"\xff\xfe", b'{"kind": pupil}', b"\x00", b"{'kind': 'pupil'}"):
        refused(send(shared_ground, "POST", "/people", body), 400, 422)


def test_a_body_that_is_no_object_is_refused(shared_ground: Ground) -> None:
    for body in (b"null", b"[]", b"7", b'"text"', b"true", b"[{}]", b"1e999", b"NaN"):
        refused(send(shared_ground, "POST", "/people", body), 400, 422)


def test_deep_nesting_is_refused_and_ends_no_process(shared_ground: Ground) -> None:
    for body in (b"[" * 100_000, b'{"a":' * 50_000, b"[" * 20_000 + b"]" * 20_000):
        refused(send(shared_ground, "POST", "/people", body), 400, 422)


@pytest.mark.parametrize("digits", [18, 19, 30, 400, 5000])
def test_numbers_beyond_the_database_are_refused(shared_ground: Ground, digits: int) -> None:
    number = "9" * digits
    base = f"/programmes/{shared_ground.world.first('programme_id')}"
    counted = '"audience": "students", "topic": "т", "collected_on": "2020-12-01"'
    bodies = {
        "/mentees": f'{{"person_id": {number}}}',
        "/requests": f'{{{counted}, "number_of_people": {number}}}',
        "/trainings": f'{{"title": "т", "held_on": "2020-12-01", "hours": {number}}}',
        "/mentors": f'{{"person_id": 1, "origin": "teachers", "capacity": -{number}}}',
    }
    for path, body in bodies.items():
        refused(send(shared_ground, "POST", base + path, body.encode()), 400, 422)
    refused(send(shared_ground, "GET", f"/programmes/{number}"), 404)
    refused(send(shared_ground, "GET", f"/people?limit={number}"), 422)


def test_numbers_that_are_none_are_refused(shared_ground: Ground) -> None:
    base = f"/programmes/{shared_ground.world.first('programme_id')}"
    for number in ("true", "false", '"1"', "1.5", "NaN", "Infinity", "-Infinity", "1e400", "-1", "0", "[1]", '"１"'):
        refused(send(shared_ground, "POST", f"{base}/mentees", b'{"person_id": %s}' % number.encode()), 400, 422)
    for hours in ("NaN", "Infinity", "1e400", "true", "-1"):
        body = f'{{"title": "т", "held_on": "2020-12-01", "hours": {hours}}}'
        refused(send(shared_ground, "POST", f"{base}/trainings", body.encode()), 400, 422)


@pytest.mark.parametrize(
    "text", [r"\u0000", r"\ud800", r"a\u0007b", r"\udfff\ud800", " ", "", r"\u2028" * 101, "я" * 101]
)
def test_text_that_cannot_be_kept_is_refused(shared_ground: Ground, text: str) -> None:
    body = f'{{"kind": "pupil", "family_name": "{text}", "given_name": "Илья"}}'
    problem = refused(send(shared_ground, "POST", "/people", body.encode()), 400, 422)
    # Half of a surrogate pair is no text at all, so that the JSON itself is refused.
    assert problem["status"] == 400 or problem["errors"][0]["path"] == "family_name"


def test_an_unknown_member_cannot_carry_odd_text_into_the_answer(shared_ground: Ground) -> None:
    for name in (r"\ud800", r"\u0000", "x" * 10_000, r"\u202e"):
        answer = send(shared_ground, "POST", "/people", (PERSON % f', "{name}": 1').encode())
        problem = refused(answer, 400, 422)
        assert len(json.dumps(problem)) < 1000


def test_of_two_members_of_one_name_the_last_counts_and_is_checked(shared_ground: Ground) -> None:
    refused(send(shared_ground, "POST", "/people", (PERSON % ', "kind": "king"').encode()), 422)


def test_half_of_a_surrogate_pair_is_refused_whatever_the_body_is_called(shared_ground: Ground) -> None:
    for kind in ("text/plain", "", "application/json"):
        refused(send(shared_ground, "POST", "/people", rb'{"family_name": "\ud800"}', Content_Type=kind), 400, 415, 422)


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


def test_a_csv_of_odd_bytes_is_refused_with_places(shared_ground: Ground) -> None:
    base = f"/programmes/{shared_ground.world.first('programme_id')}"
    for body in (
        b"",
        b"\x00" * 100,
        b"\xff\xfe\x00",
        b'a;b\n"',
        b",\n" * 1000,
        b"\xef\xbb\xbf",
        "ФИО\n\x00".encode(),
        b"\xd8\x00" * 50,
    ):
        refused(send(shared_ground, "POST", f"{base}/mentees:import", body, Content_Type="text/csv"), 409, 422)


def test_a_pack_of_odd_text_is_refused(shared_ground: Ground) -> None:
    methodist = shared_ground.world.accounts["methodist"]
    for text in (
        "",
        "\x00",
        "\ud800",
        "a: &a [*a, *a]",
        "[" * 10_000,
        "!!python/object:os.system {}",
        "\t",
        "- " * 20_000,
        "?" * 5000,
    ):
        answer = shared_ground.app.test_client().post(
            f"{API}/packs",
            data=json.dumps({"body": text}),
            headers={"Authorization": f"Bearer {methodist.token}"},
            content_type="application/json",
        )
        refused(answer, 400, 413, 422)


def test_answers_of_odd_kinds_are_refused(shared_ground: Ground) -> None:
    link = shared_ground.world.links[0]
    for answers in (
        '{"comfort": true}',
        '{"comfort": 1e400}',
        '{"comfort": "１"}',
        '{"comfort": {"a": []}}',
        '{"\\u0000": 1}',
        '{"valued": "\\u0000"}',
        '{"valued": "\\ud800"}',
        '{"comfort": %s}' % ("9" * 400),
        "null",
        "[]",
    ):
        refused(send(shared_ground, "POST", f"/answers/{link}", b'{"answers": %s}' % answers.encode()), 400, 409, 422)
