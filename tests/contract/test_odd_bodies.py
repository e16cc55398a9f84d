"""Bodies no schema generates: broken JSON, numbers beyond all bounds, text that is none. Each is refused in the one
format, and leaves nothing."""

from __future__ import annotations

import json

import pytest

from tests.contract.conftest import Ground
from tests.contract.sending import PERSON, refused, send
from tests.http import API


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
