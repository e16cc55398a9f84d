"""What somebody with ill will, or a broken client, tries: each of these once went through or broke the server."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from services.api.app import create_app
from shared.db.tenancy import Tenant
from shared.settings import Settings
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


def _refused(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(item["path"], item["code"]) for item in answer.get_json().get("errors", [])]


def test_what_has_ended_or_is_of_another_programme_is_not_named_anew(api: Api) -> None:
    beginning = begin(api)
    curator, path = beginning.curator, beginning.path
    pair = beginning.pair(1)
    foreign = begin(api, school="Школа № 2", municipality_id=beginning.municipality_id)
    foreign.pair(1)
    teacher = beginning.person("Бывший", "Учитель", "teacher")
    pupil = beginning.person("Бывший", "Ученик")
    mentor = curator.post(f"{path}/mentors", {"person_id": teacher, "origin": "teachers"})["id"]
    mentee = curator.post(f"{path}/mentees", {"person_id": pupil})["id"]
    for ended in (f"{path}/mentors/{mentor}", f"{path}/mentees/{mentee}", f"/people/{teacher}", f"/people/{pupil}"):
        curator.end(ended)
    pairing = {"kind": "pair", "form": "teacher_pupil"}
    attempts: list[tuple[str, dict[str, Any], str]] = [
        (f"{path}/mentees", {"person_id": pupil}, "person_id"),
        (f"{path}/mentors", {"person_id": teacher, "origin": "teachers"}, "person_id"),
        (f"{path}/working-group", {"person_id": teacher, "duty": "member", "appointed_on": "2020-11-10"}, "person_id"),
        (f"{path}/decisions", {"mentor_id": mentor, "outcome": "selected", "decided_on": "2020-11-10"}, "mentor_id"),
        (f"{path}/pairs", {"mentor_id": mentor, **pairing}, "mentor_id"),
        (f"{path}/waiting-list", {"mentee_id": mentee, "reason": "ждёт", "since_on": "2020-11-10"}, "mentee_id"),
        (f"/pairs/{pair}/members", {"mentee_id": mentee}, "mentee_id"),
    ]
    for place, body, column in attempts:
        assert _refused(curator.call("POST", place, body)) == (422, [(column, "ended")]), place
    stranger = foreign.curator.get(f"{foreign.path}/mentors")["items"][0]["id"]
    answer = curator.call("POST", f"{path}/pairs", {"mentor_id": stranger, **pairing})
    assert _refused(answer) == (422, [("mentor_id", "reference")])


def test_a_task_stands_under_a_living_goal_of_its_own_pair(api: Api) -> None:
    beginning = begin(api)
    one, other = beginning.pair(1), beginning.pair(2)
    goals = [beginning.curator.post(f"/pairs/{pair}/goals", {"text": "цель"})["id"] for pair in (one, other)]
    task = {"text": "задача", "starts_on": "2020-12-01", "ends_on": "2020-12-20"}
    path = f"/pairs/{one}/tasks"
    assert _refused(beginning.curator.call("POST", path, {"goal_id": goals[1], **task}))[0] == 422
    kept = beginning.curator.post(path, {"goal_id": goals[0], **task})
    beginning.curator.end(f"/pairs/{one}/goals/{goals[0]}")
    assert _refused(beginning.curator.call("POST", path, {"goal_id": goals[0], **task}))[0] == 422
    assert beginning.curator.patch(f"{path}/{kept['id']}", {"done_on": "2020-12-19"})["done_on"] == "2020-12-19"


def test_nothing_new_is_entered_under_a_record_that_has_ended(api: Api) -> None:
    beginning = begin(api)
    curator = beginning.curator
    pair, pupil = beginning.pair(1), beginning.person("Бывший", "Ученик")
    consent = curator.get(f"/people/{pupil}/consents")["items"][0]["id"]
    training = curator.post(f"{beginning.path}/trainings", {"title": "Школа", "held_on": "2020-11-10", "hours": 2})[
        "id"
    ]
    mentor = curator.get(f"{beginning.path}/mentors")["items"][0]["id"]
    for ended in (f"{beginning.path}/pairs/{pair}", f"/people/{pupil}", f"{beginning.path}/trainings/{training}"):
        curator.end(ended)
    attempts: list[tuple[str, dict[str, Any]]] = [
        (f"/pairs/{pair}/meetings", {"held_on": "2020-11-10", "minutes": 30}),
        (f"/pairs/{pair}/goals", {"text": "цель"}),
        (f"/people/{pupil}/grades", {"school_year": "2020/21", "grade": 5}),
        (f"/trainings/{training}/participants", {"mentor_id": mentor}),
    ]
    for place, body in attempts:
        answer = curator.call("POST", place, body)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "record.ended"), place
    assert curator.patch(f"/people/{pupil}/consents/{consent}", {"withdrawn_on": "2020-12-01"})["withdrawn_on"]


def test_the_contact_of_somebody_from_outside_does_not_become_a_pupils(api: Api) -> None:
    curator = begin(api).curator
    made = curator.post(
        "/people", {"kind": "outside", "family_name": "Орлов", "given_name": "Олег", "contact": "тел. 1"}
    )
    answer = curator.call("PATCH", f"/people/{made['id']}", {"kind": "pupil"}, version=1)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "consent.missing")
    assert curator.patch(f"/people/{made['id']}", {"kind": "pupil", "contact": None})["kind"] == "pupil"


@pytest.mark.parametrize(
    "body",
    [rb'{"\ud800": 1}', rb'{"weights": {"\uD800": 1.0}}', rb'{"weights": {"satisfied": "\udfff"}}'],
)
def test_half_a_surrogate_pair_is_the_clients_mistake(api: Api, body: bytes) -> None:
    beginning = begin(api)
    answer = beginning.curator.app.test_client().post(
        f"{API}{beginning.path}/reward-rules",
        data=body,
        headers={"Authorization": f"Bearer {beginning.curator.token}", "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")


def test_a_whole_surrogate_pair_is_a_character(api: Api) -> None:
    school = School.begin(api)
    goal = school.curator.call(
        "POST",
        f"/programmes/{school.programme()}/goals",
        data=rb'{"kind": "task", "text": "\ud83d\ude42"}',
        headers={"Content-Type": "application/json"},
    )
    assert (goal.status_code, goal.get_json()["text"]) == (201, "🙂")


def test_an_error_in_an_error_handler_is_logged_without_link_and_message(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_error: ZeroDivisionError) -> str:
        raise ValueError("Иванов Иван")

    made = create_app(settings)
    made.register_error_handler(ZeroDivisionError, fail)
    made.add_url_rule("/fails/<link>", view_func=lambda link: f"{1 // 0}{link}")
    answer = made.test_client().get("/fails/nsl_1_secret")
    assert answer.status_code == 500
    logged = "".join(capfd.readouterr())
    assert "request_failed" in logged
    assert "ValueError" in logged
    assert not any(word in logged for word in ("Иванов", "nsl_1_secret"))
