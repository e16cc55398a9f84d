"""Watching jobs over HTTP: counts by kind, processes, filters, who pressed what, many repeated at once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.watched import FOREIGN, SCORE, Watched, watch
from tests.conftest import ConnAs
from tests.http import Account, Api


@pytest.fixture
def watched(api: Api, conn_as: ConnAs) -> Watched:
    return watch(api, conn_as)


def _kinds(account: Account) -> dict[str, Any]:
    return {line["kind"]: line for line in account.get("/jobs/summary")["kinds"]}


def _ids(account: Account, query: str) -> list[str]:
    return [job["id"] for job in account.get(f"/jobs?{query}")["items"]]


def test_the_summary_counts_each_kind_by_where_its_jobs_are(watched: Watched) -> None:
    watched.put("queued", count=2, hours_ago=2)
    watched.put("running")
    dead, _ = watched.put("dead", count=2)
    watched.put("cancelled")
    watched.put("done", hours_ago=3)
    watched.curator.post(f"/jobs/{dead}:retry", status=202)
    line = _kinds(watched.curator)[SCORE]
    assert (line["name"], line["is_known"]) == ("Оценка эффективности", True)
    assert (line["waiting"], line["running"], line["dead"], line["cancelled"]) == (3, 1, 1, 1)
    assert line["due"] == 3
    assert 7000 < line["oldest_waiting_seconds"] < 8000
    assert line["last_success_at"] is not None


def test_a_kind_of_another_release_is_shown_by_its_raw_name_everywhere(watched: Watched) -> None:
    waiting, dead = watched.put("queued", kind=FOREIGN)[0], watched.put("dead", kind=FOREIGN)[0]
    line = _kinds(watched.curator)[FOREIGN]
    assert (line["name"], line["is_known"], line["waiting"], line["dead"]) == (FOREIGN, False, 1, 1)
    assert line["last_success_at"] is None
    assert {job["name"] for job in watched.curator.get("/jobs")["items"]} == {FOREIGN}
    assert _ids(watched.curator, f"kind={FOREIGN}&status=queued") == [waiting]
    assert watched.curator.get(f"/jobs/{dead}")["result"] is None
    refused = watched.curator.call("POST", f"/jobs/{dead}:retry")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "job.kind")
    assert watched.curator.call("GET", "/jobs?kind=Bad-Name").status_code == 422


def test_a_silent_process_is_told_from_a_living_one_and_only_an_administrator_is_told_its_name(
    watched: Watched,
) -> None:
    watched.live("worker-here")
    watched.live("worker-gone", silent_seconds=3600)
    seen = watched.curator.get("/jobs/summary")["processes"]
    assert sorted(process["is_silent"] for process in seen) == [False, True]
    assert max(process["silent_seconds"] for process in seen) >= 3600
    assert {process["name"] for process in seen} == {None}
    told = watched.admin().get("/jobs/summary")["processes"]
    assert {process["name"] for process in told} == {"worker-here", "worker-gone"}


def test_a_job_of_the_municipality_is_for_its_methodist_and_an_administrator_only(watched: Watched) -> None:
    (job,) = watched.put("dead", of_municipality=True, kind="keep_retention")
    for account in (watched.account("methodist"), watched.admin()):
        assert account.get(f"/jobs/{job}")["programme_id"] is None
        assert "keep_retention" in _kinds(account)
    for account in (watched.curator, watched.account("director")):
        assert account.call("GET", f"/jobs/{job}").status_code == 404
        assert account.call("GET", f"/jobs/{job}/audit").status_code == 404
        assert _kinds(account) == {}
    assert watched.curator.call("POST", f"/jobs/{job}:retry").status_code == 404
    new = watched.account("methodist").post(f"/jobs/{job}:retry", status=202)
    assert (new["programme_id"], new["retry_of"]) == (None, job)


def test_another_municipality_sees_none_of_it(watched: Watched, api: Api) -> None:
    (job,) = watched.put("dead")
    stranger = api.account(api.municipality("Другой район"), "methodist")
    assert stranger.get("/jobs/summary")["kinds"] == []
    assert stranger.call("GET", f"/jobs/{job}/audit").status_code == 404
    answer = stranger.post("/jobs:retry", {"job_ids": [job]}, status=200)
    assert [(item["job_id"], item["code"]) for item in answer["items"]] == [(job, "not_found")]
    assert api.admin.get("/jobs/summary")["kinds"] == []
    assert watched.status(job) == "dead"


def test_jobs_are_found_by_whether_they_were_repeated_and_by_age(watched: Watched) -> None:
    (old,), (young,) = watched.put("dead", hours_ago=48), watched.put("dead")
    new = watched.curator.post(f"/jobs/{old}:retry", status=202)["id"]
    assert _ids(watched.curator, "status=dead&retried=false") == [young]
    assert _ids(watched.curator, "status=dead&retried=true") == [old]
    before = watched.curator.get(f"/jobs/{young}")["created_at"].replace("+", "%2B")
    assert _ids(watched.curator, f"created_before={before}") == [old]
    assert watched.curator.get(f"/jobs/{old}")["retried_as"] == new
    assert watched.curator.get(f"/jobs/{new}")["retry_of"] == old


def test_the_audit_of_a_job_names_who_asked_cancelled_and_repeated_by_number(watched: Watched) -> None:
    job = watched.curator.post(f"{watched.beginning.path}/effectiveness", status=202)["id"]
    methodist = watched.account("methodist")
    methodist.post(f"/jobs/{job}:cancel", status=200)
    watched.curator.post(f"/jobs/{job}:retry", status=202)
    items = watched.account("director").get(f"/jobs/{job}/audit")["items"]
    assert [item["action"] for item in items] == ["job.ask", "job.cancel", "job.retry"]
    asked, cancelled, repeated = (item["principal_id"] for item in items)
    assert asked == repeated
    assert asked != cancelled
    assert [item["role"] for item in items] == [None, "methodist", "curator"]
    assert "name" not in items[1]


@pytest.mark.parametrize("count", [0, 3])
def test_bulk_repeats_every_dead_job_once(watched: Watched, count: int) -> None:
    dead = watched.put("dead", count=count) if count else []
    watched.put("queued")
    tried = watched.curator.post("/jobs:retry?dry_run=true", {"kind": SCORE}, status=200)
    assert (tried["dry_run"], tried["retried"], tried["left"]) == (True, count, 0)
    assert [item["new_id"] for item in tried["items"]] == [None] * count
    assert len(_ids(watched.curator, "status=queued")) == 1
    done = watched.curator.post("/jobs:retry", {"kind": SCORE}, status=200)
    assert [item["job_id"] for item in done["items"]] == dead
    assert len({item["new_id"] for item in done["items"]}) == count
    assert len(_ids(watched.curator, "status=queued")) == 1 + count
    again = watched.curator.post("/jobs:retry", {"kind": SCORE}, status=200)
    assert (again["items"], again["retried"]) == ([], 0)


def test_bulk_takes_no_more_than_it_was_told_and_says_how_many_are_left(watched: Watched) -> None:
    dead = watched.put("dead", count=105)
    first = watched.curator.post("/jobs:retry", {}, status=200)
    assert ([item["job_id"] for item in first["items"]], first["left"]) == (dead[:100], 5)
    rest = watched.curator.post("/jobs:retry", {"limit": 2}, status=200)
    assert ([item["job_id"] for item in rest["items"]], rest["left"]) == (dead[100:102], 3)
    assert watched.curator.call("POST", "/jobs:retry", {"limit": 101}).status_code == 422


def test_bulk_says_of_each_job_why_it_was_not_repeated(watched: Watched) -> None:
    (fine, repeated), (open_one,) = watched.put("dead", count=2), watched.put("queued")
    (foreign,) = watched.put("dead", kind=FOREIGN)
    watched.curator.post(f"/jobs/{repeated}:retry", status=202)
    unknown = str(uuid.uuid4())
    body = {"job_ids": [fine, repeated, open_one, foreign, unknown]}
    expected = {fine: None, repeated: "job.retried", open_one: "job.not_over", foreign: "job.kind"}
    expected[unknown] = "not_found"
    for query in ("?dry_run=true", ""):
        answer = watched.curator.post(f"/jobs:retry{query}", body, status=200)
        assert {item["job_id"]: item["code"] for item in answer["items"]} == expected
        assert all(bool(item["detail"]) == bool(item["code"]) for item in answer["items"])
        assert answer["retried"] == 1


def test_bulk_repeats_nothing_of_a_programme_that_is_over(watched: Watched) -> None:
    (job,) = watched.put("dead")
    methodist = watched.account("methodist")
    methodist.transition(watched.beginning.programme_id, "cancel", reason="школа закрыта")
    answer = methodist.post("/jobs:retry", {"programme_id": watched.beginning.programme_id}, status=200)
    assert [(item["job_id"], item["code"]) for item in answer["items"]] == [(job, "programme.read_only")]
    assert _ids(methodist, "status=queued") == []


def test_bulk_sent_twice_under_one_key_is_carried_out_once(watched: Watched) -> None:
    watched.put("dead", count=2)
    first = watched.curator.call("POST", "/jobs:retry", {}, key="once")
    second = watched.curator.call("POST", "/jobs:retry", {}, key="once")
    assert second.get_data() == first.get_data()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(_ids(watched.curator, "status=queued")) == 2


def test_a_director_watches_and_repeats_nothing_and_a_psychologist_sees_nothing(watched: Watched) -> None:
    watched.put("dead")
    director, psychologist = watched.account("director"), watched.account("psychologist")
    assert _kinds(director)[SCORE]["dead"] == 1
    assert director.call("POST", "/jobs:retry", {}).status_code == 403
    assert psychologist.call("GET", "/jobs/summary").status_code == 403
