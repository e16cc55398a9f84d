"""What is refused beyond single fields: consents inside every operation, dates in order, people as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import School
from tests.http import Api


@pytest.fixture
def school(api: Api, clock: Callable[[str], None]) -> School:
    clock("2020-12-20T10:00:00+03:00")
    return School.begin(api)


def _mentor(school: School, programme_id: int, **more: Any) -> int:
    person_id = school.person("teacher", "Морозова")
    school.consent(person_id, given_by="self", representative=None)
    body = {"person_id": person_id, "origin": "teachers", "form": "teacher_pupil", "capacity": 3, **more}
    return int(school.curator.post(f"/programmes/{programme_id}/mentors", body)["id"])


def _mentee(school: School, programme_id: int) -> tuple[int, int, dict[str, Any]]:
    person_id = school.person()
    consent = school.consent(person_id)
    body = {"person_id": person_id, "topics": ["учёба"]}
    return int(school.curator.post(f"/programmes/{programme_id}/mentees", body)["id"]), person_id, consent


def _refused(school: School, method: str, path: str, body: dict[str, Any], **more: Any) -> tuple[int, str]:
    answer = school.curator.call(method, path, body, **more)
    problem = answer.get_json()
    return answer.status_code, problem["errors"][0]["path"] if "errors" in problem else problem["code"]


def test_nothing_new_is_noted_about_a_pair_whose_mentee_withdrew_consent(school: School) -> None:
    programme_id = school.programme()
    mentor, (mentee, person_id, consent) = _mentor(school, programme_id), _mentee(school, programme_id)
    pair = {"mentor_id": mentor, "kind": "pair", "form": "teacher_pupil"}
    pair_id = school.curator.post(f"/programmes/{programme_id}/pairs", pair)["id"]
    school.curator.post(f"/pairs/{pair_id}/members", {"mentee_id": mentee})
    school.curator.post(f"/pairs/{pair_id}/goals", {"text": "Подтянуть алгебру"})
    school.curator.patch(f"/people/{person_id}/consents/{consent['id']}", {"withdrawn_on": "2020-12-19"})
    trait = {"side": "mentee", "kind": "strength", "text": "упорство", "noted_on": "2020-12-19"}
    assert _refused(school, "POST", f"/pairs/{pair_id}/traits", trait) == (409, "consent.missing")
    assert _refused(school, "POST", f"/pairs/{pair_id}/goals", {"text": "Ещё"}) == (409, "consent.missing")
    held = {"held_on": "2020-12-18", "minutes": 40}
    assert school.curator.post(f"/pairs/{pair_id}/meetings", held)["held_on"] == "2020-12-18"


def test_a_mentee_without_consent_joins_no_pair_and_a_mentors_details_wait_for_it(school: School) -> None:
    programme_id = school.programme()
    mentor = _mentor(school, programme_id)
    waiting = school.curator.post(f"/programmes/{programme_id}/mentees", {"person_id": school.person()})["id"]
    pair = {"mentor_id": mentor, "kind": "pair", "form": "teacher_pupil"}
    pair_id = school.curator.post(f"/programmes/{programme_id}/pairs", pair)["id"]
    assert _refused(school, "POST", f"/pairs/{pair_id}/members", {"mentee_id": waiting}) == (409, "consent.missing")
    candidate = {"person_id": school.person("teacher", "Новиков"), "origin": "teachers", "interests": "шахматы"}
    path = f"/programmes/{programme_id}/mentors"
    assert _refused(school, "POST", path, candidate) == (409, "consent.missing")


def test_a_record_is_not_moved_to_somebody_else(school: School) -> None:
    programme_id = school.programme()
    mentee, _, _ = _mentee(school, programme_id)
    path = f"/programmes/{programme_id}/mentees/{mentee}"
    assert _refused(school, "PATCH", path, {"person_id": school.person()}, version=1) == (422, "person_id")


def test_only_grades_nine_to_eleven_are_the_orders_pupil_mentors(school: School) -> None:
    programme_id = school.programme()
    person_id = school.person()
    school.curator.post(f"/people/{person_id}/grades", {"school_year": "2020/21", "grade": 5})
    body = {"person_id": person_id, "origin": "pupils_9_11"}
    assert _refused(school, "POST", f"/programmes/{programme_id}/mentors", body) == (422, "origin")
    assert school.curator.post(f"/programmes/{programme_id}/mentors", {**body, "origin": "other"})["origin"] == "other"


def test_from_eighteen_on_the_person_consents(school: School) -> None:
    person_id = school.person("teacher", "Белов")
    body = {
        "kind": "processing",
        "given_by": "representative",
        "representative": "x",
        "given_on": "2020-09-01",
        "document": "x",
    }
    assert _refused(school, "POST", f"/people/{person_id}/consents", body) == (422, "given_by")


def test_dates_out_of_order_are_refused(school: School) -> None:
    programme_id = school.programme()
    mentor = _mentor(school, programme_id)
    base = f"/programmes/{programme_id}"
    pair = {"mentor_id": mentor, "kind": "pair", "form": "teacher_pupil", "starts_on": "2020-12-18"}
    late = {**pair, "closed_on": "2020-12-01", "outcome": "early"}
    assert _refused(school, "POST", f"{base}/pairs", late) == (422, "closed_on")
    assert _refused(school, "POST", f"{base}/pairs", {**pair, "ends_on": "2020-12-01"}) == (422, "ends_on")
    future = {**pair, "mentor_guardian_agreed_on": "2030-01-01"}
    assert _refused(school, "POST", f"{base}/pairs", future) == (422, "mentor_guardian_agreed_on")
    training = school.curator.post(f"{base}/trainings", {"title": "Школа", "held_on": "2020-12-15", "hours": 4})["id"]
    early = {"mentor_id": mentor, "completed_on": "2020-12-01"}
    assert _refused(school, "POST", f"/trainings/{training}/participants", early) == (422, "completed_on")
    extension = {"stage_key": "work", "due_on": "2020-01-01", "document": "x", "reason": "x"}
    assert school.methodist.call("POST", f"{base}/extensions", extension).status_code == 422


def test_a_task_belongs_to_a_goal_of_its_own_pair(school: School) -> None:
    programme_id = school.programme()
    mentor = _mentor(school, programme_id)
    pair = {"mentor_id": mentor, "kind": "pair", "form": "teacher_pupil"}
    one, two = (school.curator.post(f"/programmes/{programme_id}/pairs", pair)["id"] for _ in range(2))
    goal = school.curator.post(f"/pairs/{one}/goals", {"text": "Цель"})["id"]
    task = {"goal_id": goal, "text": "Шаг", "starts_on": "2020-12-18", "ends_on": "2020-12-19"}
    assert _refused(school, "POST", f"/pairs/{two}/tasks", task) == (422, "goal_id")
    assert school.curator.post(f"/pairs/{one}/tasks", task)["goal_id"] == goal


def test_what_moves_due_dates_makes_a_score_stale_and_a_celebration_does_not(school: School, app: Any) -> None:
    programme_id = school.programme()

    def inputs() -> int:
        with app.extensions["nastavnik"].database.transaction() as conn:
            conn.execute(
                "SELECT set_config('app.municipality_id', %s, true), set_config('app.school_id', 'all', true)",
                (str(school.municipality_id),),
            )
            return int(conn.execute("SELECT inputs_version FROM programme").fetchone()["inputs_version"])

    before = inputs()
    school.curator.post(f"/programmes/{programme_id}/celebrations", {"title": "Линейка", "held_on": "2020-12-19"})
    assert inputs() == before
    body = {"stage_key": "work", "due_on": "2021-01-15", "document": "Письмо", "reason": "Карантин"}
    school.methodist.post(f"/programmes/{programme_id}/extensions", body)
    extended = inputs()
    assert extended > before
    day = {"day_on": "2020-12-15", "is_working": False}
    assert school.methodist.call("PUT", "/calendar", {"days": [day]}).status_code == 200
    moved = inputs()
    assert moved > extended
    school.api.admin.patch(f"/municipalities/{school.municipality_id}", {"move_days_off": False})
    assert inputs() > moved
