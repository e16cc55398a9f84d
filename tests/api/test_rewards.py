"""Reward rules: checked, frozen, reopened by the methodist only; and the approval of the list."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.api.surveyed import close, compute, survey
from tests.conftest import ConnAs
from tests.http import Account, Api

LIST: dict[str, Any] = {"school": {"lists": []}, "outside": {"teachers": [], "pupils": []}}


def _rules(beginning: Beginning, fields: dict[str, Any] | None = None) -> Any:
    return beginning.curator.post(f"{beginning.path}/reward-rules", fields or {})


def _frozen(beginning: Beginning) -> Any:
    made = _rules(beginning)
    return beginning.curator.post(f"/reward-rules/{made['id']}:freeze", status=200, version=made["version"])


def _methodist(api: Api, beginning: Beginning) -> Account:
    return api.account(beginning.municipality_id, "methodist")


def test_rules_left_out_come_from_the_pack(api: Api) -> None:
    made = _rules(begin(api))
    assert made["weights"] == {
        "mentees_satisfied": 0.35,
        "meetings_held": 0.25,
        "goals_attained": 0.25,
        "relationship": 0.15,
    }
    assert (made["minimum_meetings"], made["minimum_answers"], made["places"]) == (5, 1, 3)
    assert (made["tie_rule"], made["frozen_at"], made["changed_after_results"]) == ("shared_place", None, False)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"weights": {"meetings_held": 0.6, "goals_attained": 0.3}}, ("weights", "sum")),
        ({"weights": {"meetings_held": 0.5, "charm": 0.5}}, ("weights.charm", "unknown")),
        ({"weights": {"meetings_held": 1.5, "goals_attained": -0.5}}, ("weights.meetings_held", "range")),
        ({"weights": {}}, ("weights", "length")),
        ({"tie_rule": "a coin"}, ("tie_rule", "choice")),
        ({"places": 0}, ("places", "range")),
        ({"minimum_meetings": 501}, ("minimum_meetings", "range")),
        ({"frozen_at": "2020-12-01T00:00:00+00:00"}, ("frozen_at", "unknown")),
    ],
)
def test_rules_that_make_no_sense_are_refused(fields: dict[str, Any], place: tuple[str, str], api: Api) -> None:
    beginning = begin(api)
    answer = beginning.curator.call("POST", f"{beginning.path}/reward-rules", fields)
    assert answer.status_code == 422
    first = answer.get_json()["errors"][0]
    assert (first["path"], first["code"]) == place


def test_a_draft_is_changed_and_ended_but_not_doubled(api: Api) -> None:
    beginning = begin(api)
    made = _rules(beginning)
    path = f"{beginning.path}/reward-rules/{made['id']}"
    changed = beginning.curator.patch(path, {"weights": {"meetings_held": 0.5, "goals_attained": 0.5}})
    assert changed["weights"] == {"meetings_held": 0.5, "goals_attained": 0.5}
    second = beginning.curator.call("POST", f"{beginning.path}/reward-rules", {})
    assert (second.status_code, second.get_json()["rule"]) == (409, "rules.draft")
    assert beginning.curator.end(path)["ended_at"] is not None
    _rules(beginning)


def test_frozen_rules_do_not_change_for_anybody(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    frozen = _frozen(beginning)
    assert frozen["frozen_at"] is not None
    assert frozen["changed_after_results"] is False
    path, version = f"{beginning.path}/reward-rules/{frozen['id']}", frozen["version"]
    calls = [
        beginning.curator.call("PATCH", path, {"places": 9}, version=version),
        beginning.curator.call("DELETE", path, version=version),
        beginning.curator.call("POST", f"/reward-rules/{frozen['id']}:freeze", version=version),
        beginning.curator.call("POST", f"{beginning.path}/reward-rules", {}),
    ]
    assert [(answer.status_code, answer.get_json()["rule"]) for answer in calls] == [(409, "rules.frozen")] * 4
    conn = conn_as("api", Tenant(beginning.municipality_id, beginning.school_id))
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation), conn.transaction():
        conn.execute("UPDATE reward_rules SET places = 9")


def test_freezing_asks_for_the_version_that_was_seen(api: Api) -> None:
    beginning = begin(api)
    made = _rules(beginning)
    path = f"/reward-rules/{made['id']}:freeze"
    assert beginning.curator.call("POST", path).status_code == 428
    stale = beginning.curator.call("POST", path, version=5)
    assert (stale.status_code, stale.get_json()["current"]) == (412, 1)


def test_only_the_methodist_reopens_and_the_old_version_stays_until_the_new_is_frozen(api: Api) -> None:
    beginning = begin(api)
    frozen = _frozen(beginning)
    path, version = f"/reward-rules/{frozen['id']}:reopen", frozen["version"]
    assert beginning.curator.call("POST", path, {"reason": "вес"}, version=version).status_code == 403
    methodist = _methodist(api, beginning)
    assert methodist.call("POST", path, {}, version=version).status_code == 422
    assert methodist.call("POST", path, {"reason": "вес"}, version=99).status_code == 412
    opened = methodist.post(path, {"reason": "ошибка в весе"}, version=version)
    assert (opened["replaces_id"], opened["reopen_reason"]) == (frozen["id"], "ошибка в весе")
    assert (opened["frozen_at"], opened["changed_after_results"]) == (None, False)
    again = methodist.call("POST", path, {"reason": "ещё"}, version=version)
    assert (again.status_code, again.get_json()["rule"]) == (409, "rules.draft")
    listed = beginning.curator.get(f"{beginning.path}/reward-rules")["items"]
    assert [row["id"] for row in listed] == [frozen["id"], opened["id"]]
    beginning.curator.post(f"/reward-rules/{opened['id']}:freeze", status=200, version=1)
    listed = beginning.curator.get(f"{beginning.path}/reward-rules")["items"]
    assert [row["id"] for row in listed] == [opened["id"]]
    old = methodist.call("POST", path, {"reason": "ещё"}, version=version + 1)
    assert (old.status_code, old.get_json()["code"]) == (409, "record.ended")


def test_a_draft_is_not_reopened(api: Api) -> None:
    beginning = begin(api)
    made = _rules(beginning)
    answer = _methodist(api, beginning).call("POST", f"/reward-rules/{made['id']}:reopen", {"reason": "вес"}, version=1)
    assert (answer.status_code, answer.get_json()["rule"]) == (409, "rules.not_frozen")


def test_a_version_opened_after_the_results_says_so(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    frozen = _frozen(beginning)
    compute(beginning, conn_as, "feedback_summary", LIST)
    opened = _methodist(api, beginning).post(
        f"/reward-rules/{frozen['id']}:reopen", {"reason": "вес"}, version=frozen["version"]
    )
    assert opened["changed_after_results"] is True


def test_rules_first_frozen_after_an_after_survey_was_closed_say_so(api: Api) -> None:
    beginning = begin(api)
    made = _rules(beginning)
    close(beginning, survey(beginning))
    frozen = beginning.curator.post(f"/reward-rules/{made['id']}:freeze", status=200, version=1)
    assert frozen["changed_after_results"] is True


def test_the_last_list_is_approved_once(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    _frozen(beginning)
    result_id = compute(beginning, conn_as, "reward_list", LIST)
    fields = {"result_id": result_id, "approved_on": "2021-05-20", "document": "приказ № 5"}
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    director.post(f"{beginning.path}/reward-approvals", fields)
    assert beginning.curator.get(f"{beginning.path}/reward-list")["approved_on"] == "2021-05-20"
    assert director.call("POST", f"{beginning.path}/reward-approvals", fields).status_code == 409
    (approval,) = director.get(f"{beginning.path}/reward-approvals")["items"]
    director.end(f"{beginning.path}/reward-approvals/{approval['id']}")
    assert beginning.curator.get(f"{beginning.path}/reward-list")["approved_on"] is None


def test_a_superseded_a_stale_and_a_foreign_list_are_not_approved(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    approvals = f"{beginning.path}/reward-approvals"
    old = compute(beginning, conn_as, "reward_list", LIST)
    new = compute(beginning, conn_as, "reward_list", LIST)
    score = compute(beginning, conn_as, "effectiveness", LIST)

    def tried(result_id: int) -> tuple[int, Any]:
        answer = beginning.curator.call("POST", approvals, {"result_id": result_id, "approved_on": "2021-05-20"})
        return answer.status_code, answer.get_json()

    assert (tried(old)[0], tried(old)[1]["rule"]) == (409, "rewards.superseded")
    assert (tried(score)[0], tried(score)[1]["errors"][0]["path"]) == (422, "result_id")
    beginning.person("Новый", "Ученик")
    assert (tried(new)[0], tried(new)[1]["rule"]) == (409, "rewards.stale")


def test_an_approval_in_the_future_is_refused(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    result_id = compute(beginning, conn_as, "reward_list", LIST)
    fields = {"result_id": result_id, "approved_on": "2099-01-01"}
    answer = beginning.curator.call("POST", f"{beginning.path}/reward-approvals", fields)
    assert answer.get_json()["errors"][0]["code"] == "future"


def test_the_methodist_sees_the_rules_but_approves_nothing_and_another_school_sees_neither(api: Api) -> None:
    beginning = begin(api)
    made = _rules(beginning)
    methodist = _methodist(api, beginning)
    assert methodist.get(f"{beginning.path}/reward-rules")["items"][0]["id"] == made["id"]
    assert methodist.call("GET", f"{beginning.path}/reward-approvals").status_code == 403
    stranger = begin(api, school="Школа № 2", municipality_id=beginning.municipality_id).curator
    assert stranger.call("POST", f"/reward-rules/{made['id']}:freeze", version=1).status_code == 404
    assert stranger.call("GET", f"{beginning.path}/reward-rules/{made['id']}").status_code == 404
