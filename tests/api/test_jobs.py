"""Jobs over HTTP: listed, read with their error in the reader's language, cancelled, repeated."""

from __future__ import annotations

import uuid

import redis

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.api.surveyed import compute
from tests.conftest import ConnAs
from tests.http import Api


def _job(beginning: Beginning, kind: str = "effectiveness") -> str:
    return str(beginning.curator.post(f"{beginning.path}/{kind}", status=202)["id"])


def _die(beginning: Beginning, conn_as: ConnAs, job_id: str) -> None:
    conn = conn_as("engine", Tenant(beginning.municipality_id, beginning.school_id))
    conn.execute(
        "UPDATE job_run SET status = 'dead', attempts = 5, error_code = 'job.timed_out', error_ru = 'Не успела.',"
        " error_en = 'Too slow.', finished_at = now() WHERE id = %s",
        (job_id,),
    )
    conn.commit()


def test_jobs_are_listed_newest_first_page_by_page(api: Api) -> None:
    beginning = begin(api)
    made = [_job(beginning, kind) for kind in ("feedback-summary", "effectiveness", "reward-list")]
    first = beginning.curator.get("/jobs?limit=2")
    assert [job["id"] for job in first["items"]] == made[:0:-1]
    rest = beginning.curator.get(f"/jobs?limit=2&after={first['next']}")
    assert ([job["id"] for job in rest["items"]], rest["next"]) == (made[:1], None)


def test_jobs_are_found_by_status_kind_and_programme(api: Api) -> None:
    beginning = begin(api)
    feedback, score = _job(beginning, "feedback-summary"), _job(beginning)
    beginning.curator.post(f"/jobs/{score}:cancel", status=200)

    def ids(query: str) -> list[str]:
        return [job["id"] for job in beginning.curator.get(f"/jobs?{query}")["items"]]

    assert ids("status=cancelled") == [score]
    assert ids("kind=aggregate_feedback") == [feedback]
    assert ids(f"programme_id={beginning.programme_id}") == [score, feedback]
    assert ids("programme_id=999999") == []
    assert beginning.curator.call("GET", "/jobs?status=lost").status_code == 422
    assert beginning.curator.call("GET", "/jobs?after=1").status_code == 422


def test_a_dead_job_says_why_in_the_readers_language(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    job_id = _job(beginning)
    _die(beginning, conn_as, job_id)
    russian = beginning.curator.get(f"/jobs/{job_id}")
    assert (russian["status"], russian["attempts"]) == ("dead", 5)
    assert russian["error"] == {"code": "job.timed_out", "detail": "Не успела."}
    assert russian["name"] == "Оценка эффективности"
    english = beginning.curator.get(f"/jobs/{job_id}", headers={"Accept-Language": "en"})
    assert (english["error"]["detail"], english["name"]) == ("Too slow.", "Effectiveness score")


def test_a_finished_job_points_at_its_result(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    result_id = compute(beginning, conn_as, "effectiveness", {"school": {}, "outside": {}})
    (job,) = beginning.curator.get("/jobs")["items"]
    assert (job["status"], job["progress"], job["result_id"]) == ("done", 1, result_id)
    assert beginning.curator.get(job["result"])["id"] == result_id


def test_an_open_job_is_cancelled_once(api: Api) -> None:
    beginning = begin(api)
    job_id = _job(beginning)
    assert beginning.curator.post(f"/jobs/{job_id}:cancel", status=200)["status"] == "cancelled"
    again = beginning.curator.call("POST", f"/jobs/{job_id}:cancel")
    assert (again.status_code, again.get_json()["code"]) == (409, "job.over")


def test_a_dead_job_is_repeated_once_as_a_new_one(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    job_id = _job(beginning)
    still_open = beginning.curator.call("POST", f"/jobs/{job_id}:retry")
    assert (still_open.status_code, still_open.get_json()["code"]) == (409, "job.not_over")
    _die(beginning, conn_as, job_id)
    answer = beginning.curator.call("POST", f"/jobs/{job_id}:retry")
    new = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/api/v1/jobs/{new['id']}")
    assert (new["status"], new["cause"], new["kind"]) == ("queued", f"retry:{job_id}", "score_effectiveness")
    again = beginning.curator.call("POST", f"/jobs/{job_id}:retry")
    assert (again.status_code, again.get_json()["code"]) == (409, "job.retried")


def test_nothing_is_repeated_for_a_programme_that_is_over(api: Api) -> None:
    beginning = begin(api)
    job_id = _job(beginning)
    beginning.curator.post(f"/jobs/{job_id}:cancel", status=200)
    methodist = api.account(beginning.municipality_id, "methodist")
    methodist.transition(beginning.programme_id, "cancel", reason="школа закрыта")
    answer = beginning.curator.call("POST", f"/jobs/{job_id}:retry")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "programme.read_only")


def test_asking_for_a_job_pokes_the_dispatcher_after_the_commit(api: Api, valkey_url: str) -> None:
    beginning = begin(api)
    with redis.Redis.from_url(valkey_url) as client, client.pubsub() as pokes:
        pokes.subscribe("nastavnik:poke")
        assert pokes.get_message(timeout=30.0)["type"] == "subscribe"
        _job(beginning)
        assert pokes.get_message(timeout=30.0)["type"] == "message"


def test_another_schools_job_is_not_there_and_a_director_only_reads(api: Api) -> None:
    beginning = begin(api)
    job_id = _job(beginning)
    stranger = begin(api, school="Школа № 2", municipality_id=beginning.municipality_id).curator
    assert stranger.get("/jobs")["items"] == []
    for method, path in (("GET", ""), ("POST", ":cancel"), ("POST", ":retry")):
        assert stranger.call(method, f"/jobs/{job_id}{path}").status_code == 404
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    assert director.get(f"/jobs/{job_id}")["id"] == job_id
    assert director.call("POST", f"/jobs/{job_id}:cancel").status_code == 403
    psychologist = api.account(beginning.municipality_id, "psychologist", beginning.school_id)
    assert psychologist.call("GET", "/jobs").status_code == 403
    assert beginning.curator.call("GET", f"/jobs/{uuid.uuid4()}").status_code == 404
