"""The three results: asked for as jobs, read whole by the school and masked by the methodist."""

from __future__ import annotations

from typing import Any

import pytest

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.api.surveyed import compute
from tests.conftest import ConnAs
from tests.http import Api

KINDS = {
    "feedback-summary": ("aggregate_feedback", "feedback_summary"),
    "effectiveness": ("score_effectiveness", "effectiveness"),
    "reward-list": ("build_reward_list", "reward_list"),
}
BODY: dict[str, Any] = {"school": {"questions": [{"asked": 3}]}, "outside": {"threshold": 5, "questions": []}}


def test_an_approved_list_is_superseded_by_a_newer_one(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    path = f"{beginning.path}/reward-list"
    old = compute(beginning, conn_as, "reward_list", BODY)
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    approval = {"result_id": old, "approved_on": "2021-05-20", "document": "приказ № 5"}
    director.post(f"{beginning.path}/reward-approvals", approval)
    assert beginning.curator.get(path)["superseded"] is False
    new = compute(beginning, conn_as, "reward_list", BODY)
    kept = beginning.curator.get(f"{path}?result_id={old}")
    assert (kept["superseded"], kept["approved_on"]) == (True, "2021-05-20")
    latest = beginning.curator.get(path)
    assert (latest["id"], latest["superseded"]) == (new, False)


@pytest.mark.parametrize("path", KINDS)
def test_a_result_is_asked_for_as_a_job(path: str, api: Api) -> None:
    beginning = begin(api)
    answer = beginning.curator.call("POST", f"{beginning.path}/{path}")
    job = answer.get_json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["kind"], job["status"], job["progress"]) == (KINDS[path][0], "queued", 0)
    assert job["cause"].startswith("request:")
    assert beginning.curator.get(answer.headers["Location"])["id"] == job["id"]


def test_asking_again_while_it_is_open_gives_the_same_job(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    path = f"{beginning.path}/effectiveness"
    first = beginning.curator.post(path, status=202)
    assert beginning.curator.post(path, status=202)["id"] == first["id"]
    conn = conn_as("api", Tenant(beginning.municipality_id, beginning.school_id))
    assert conn.execute("SELECT count(*) AS n FROM outbox").fetchone() == {"n": 1}
    other = beginning.curator.post(f"{beginning.path}/feedback-summary", status=202)
    assert other["id"] != first["id"]


def test_asking_again_after_it_was_cancelled_gives_a_new_job(api: Api) -> None:
    beginning = begin(api)
    path = f"{beginning.path}/effectiveness"
    first = beginning.curator.post(path, status=202)
    beginning.curator.post(f"/jobs/{first['id']}:cancel", status=200)
    assert beginning.curator.post(path, status=202)["id"] != first["id"]


@pytest.mark.parametrize("path", KINDS)
def test_there_is_no_result_before_one_was_computed(path: str, api: Api) -> None:
    beginning = begin(api)
    assert beginning.curator.call("GET", f"{beginning.path}/{path}").status_code == 404


@pytest.mark.parametrize("path", KINDS)
def test_the_last_result_is_read_with_what_it_rests_on(path: str, api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    old = compute(beginning, conn_as, KINDS[path][1], {"school": {}, "outside": {}})
    new = compute(beginning, conn_as, KINDS[path][1], BODY)
    shown = beginning.curator.get(f"{beginning.path}/{path}")
    assert (shown["id"], shown["is_latest"], shown["stale"], shown["body"]) == (new, True, False, BODY)
    assert (shown["digest"], shown["pack"]) == ("d" * 64, {"code": "order_428", "version": 1})
    earlier = beginning.curator.get(f"{beginning.path}/{path}?result_id={old}")
    assert (earlier["id"], earlier["is_latest"]) == (old, False)


def test_a_result_turns_stale_with_the_next_fact(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    compute(beginning, conn_as, "effectiveness", BODY)
    assert beginning.curator.get(f"{beginning.path}/effectiveness")["stale"] is False
    rating = {"criterion": "goals", "value": 2}
    beginning.curator.post(f"{beginning.path}/criteria-ratings", rating)
    assert beginning.curator.get(f"{beginning.path}/effectiveness")["stale"] is True


@pytest.mark.parametrize("path", ["feedback-summary", "effectiveness"])
def test_the_methodist_reads_what_may_leave_the_school_and_the_director_all(
    path: str, api: Api, conn_as: ConnAs
) -> None:
    beginning = begin(api)
    compute(beginning, conn_as, KINDS[path][1], BODY)
    methodist = api.account(beginning.municipality_id, "methodist")
    assert methodist.get(f"{beginning.path}/{path}")["body"] == {"outside": BODY["outside"]}
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    assert director.get(f"{beginning.path}/{path}")["body"] == BODY


def test_the_reward_list_is_the_schools_alone(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    compute(beginning, conn_as, "reward_list", BODY)
    path = f"{beginning.path}/reward-list"
    assert api.account(beginning.municipality_id, "methodist").call("GET", path).status_code == 403
    assert (
        api.account(beginning.municipality_id, "psychologist", beginning.school_id).call("GET", path).status_code == 403
    )
    assert api.account(beginning.municipality_id, "director", beginning.school_id).get(path)["body"] == BODY


def test_a_programme_that_is_over_computes_nothing_and_keeps_its_results(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    compute(beginning, conn_as, "effectiveness", BODY)
    _cancel(api, beginning)
    answer = beginning.curator.call("POST", f"{beginning.path}/effectiveness")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "programme.read_only")
    assert beginning.curator.get(f"{beginning.path}/effectiveness")["body"] == BODY


def test_another_school_finds_nothing_and_a_director_asks_for_nothing(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    compute(beginning, conn_as, "effectiveness", BODY)
    stranger = begin(api, school="Школа № 2", municipality_id=beginning.municipality_id).curator
    assert stranger.call("GET", f"{beginning.path}/effectiveness").status_code == 404
    assert stranger.call("POST", f"{beginning.path}/effectiveness").status_code == 404
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    assert director.call("POST", f"{beginning.path}/effectiveness").status_code == 403


def _cancel(api: Api, beginning: Beginning) -> None:
    api.account(beginning.municipality_id, "methodist").transition(
        beginning.programme_id, "cancel", reason="школа закрыта"
    )
