"""Personal links: one thing for somebody without an account, and nothing else of the school."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.api.surveyed import WHOLE_ANSWER, Holder, invited, survey
from tests.conftest import ConnAs
from tests.http import Api


def _asked(beginning: Beginning) -> Holder:
    beginning.pair(1)
    return invited(beginning, survey(beginning))[0]


def _without(*keys: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in (WHOLE_ANSWER | changed).items() if key not in keys}


def _places(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return [(item["path"], item["code"]) for item in answer.get_json()["errors"]]


def test_the_holder_sees_the_questions_and_nobodys_name(api: Api) -> None:
    holder = _asked(begin(api))
    shown = holder.get("answers")
    assert "Имя1" not in shown.get_data(as_text=True)
    body = shown.get_json()
    assert (body["school"], body["school_year"], body["side"]) == ("Школа № 1", "2020/21", "mentee")
    assert body["title"] == "Анкета наставляемого по итогам работы"
    assert "не анонимный" in body["note"]
    assert (body["is_closed"], body["is_answered"]) == (False, False)
    by_key = {question["key"]: question for question in body["questions"]}
    assert (by_key["comfort"]["minimum"], by_key["comfort"]["maximum"]) == (1, 10)
    assert by_key["comfort"]["is_required"]
    assert not by_key["valued"]["is_required"]


def test_an_answer_is_kept_once_and_makes_results_stale(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    holder = _asked(beginning)
    conn = conn_as("api", Tenant(beginning.municipality_id, beginning.school_id))
    query = "SELECT inputs_version FROM programme"
    before = (conn.execute(query).fetchone() or {})["inputs_version"]
    assert holder.post("answers", {"answers": WHOLE_ANSWER}).get_json()["is_answered"] is True
    assert (conn.execute(query).fetchone() or {})["inputs_version"] == before + 1
    kept = {row["question"]: row for row in conn.execute("SELECT question, value, words FROM answer")}
    assert kept["comfort"]["value"] == 9
    assert (kept["continue"]["value"], kept["become_mentor"]["value"]) == (1, 0)
    assert kept["valued"]["words"] == "Разговоры"
    again = holder.post("answers", {"answers": WHOLE_ANSWER})
    assert (again.status_code, again.get_json()["rule"]) == (409, "answers.given")


def test_who_answered_is_seen_by_the_curator_and_what_they_said_is_not(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    survey_id = survey(beginning)
    invited(beginning, survey_id)[0].post("answers", {"answers": WHOLE_ANSWER})
    (item,) = beginning.curator.get(f"/surveys/{survey_id}/invitations")["items"]
    assert item["answered_at"] is not None
    assert not {"answers", "value", "words"} & set(item)


def test_the_same_key_gives_the_same_answer(api: Api) -> None:
    holder = _asked(begin(api))
    first = holder.post("answers", {"answers": WHOLE_ANSWER}, key="k")
    again = holder.post("answers", {"answers": WHOLE_ANSWER}, key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_data() == first.get_data()


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (_without(comfort=0), ("answers.comfort", "scale")),
        (_without(comfort=11), ("answers.comfort", "scale")),
        (_without(comfort=7.5), ("answers.comfort", "scale")),
        (_without(comfort="7"), ("answers.comfort", "scale")),
        (_without(comfort=True), ("answers.comfort", "scale")),
        (_without("comfort"), ("answers.comfort", "required")),
        (_without(comfort=None), ("answers.comfort", "required")),
        (_without(**{"continue": 2}), ("answers.continue", "scale")),
        (_without(valued=5), ("answers.valued", "type")),
        (_without(valued="я" * 2001), ("answers.valued", "length")),
        (_without(valued="a\x00b"), ("answers.valued", "characters")),
        (_without(mood=5), ("answers.mood", "unknown")),
    ],
)
def test_a_wrong_answer_is_refused_at_its_place(given: dict[str, Any], place: tuple[str, str], api: Api) -> None:
    assert _places(_asked(begin(api)).post("answers", {"answers": given})) == [place]


def test_all_wrong_places_are_named_at_once_and_nothing_is_kept(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    holder = _asked(beginning)
    answer = holder.post("answers", {"answers": _without("help", comfort=99, mood=1)}, lang="en")
    assert _places(answer) == [
        ("answers.mood", "unknown"),
        ("answers.comfort", "scale"),
        ("answers.help", "required"),
    ]
    assert answer.get_json()["errors"][1]["detail"] == "A whole number from 1 to 10 is needed."
    conn = conn_as("api", Tenant(beginning.municipality_id, beginning.school_id))
    assert conn.execute("SELECT 1 FROM answer").fetchone() is None
    assert holder.post("answers", {"answers": WHOLE_ANSWER}).status_code == 201


def test_open_and_yes_no_questions_may_be_left_out(api: Api) -> None:
    given = _without("valued", "continue", missing="   ", become_mentor=None)
    assert _asked(begin(api)).post("answers", {"answers": given}).status_code == 201


@pytest.mark.parametrize(
    ("change", "answered"),
    [({"withdrawn_on": "2021-01-15"}, (401, "access.link")), ({"valid_until": "2021-01-15"}, (409, "link.consent"))],
)
def test_a_consent_that_is_withdrawn_or_over_stops_the_link(
    api: Api, change: dict[str, str], answered: tuple[int, str]
) -> None:
    beginning = begin(api)
    holder = _asked(beginning)
    (mentee,) = beginning.curator.get(f"{beginning.path}/mentees")["items"]
    consents = f"/people/{mentee['person_id']}/consents"
    (consent,) = beginning.curator.get(consents)["items"]
    beginning.curator.patch(f"{consents}/{consent['id']}", change)
    answer = holder.post("answers", {"answers": WHOLE_ANSWER})
    problem = answer.get_json()
    assert (answer.status_code, problem.get("rule", problem["code"])) == answered


def test_a_cancelled_programme_takes_no_answer(api: Api) -> None:
    beginning = begin(api)
    holder = _asked(beginning)
    methodist = api.account(beginning.municipality_id, "methodist")
    methodist.transition(beginning.programme_id, "cancel", reason="школа закрыта")
    assert holder.post("answers", {"answers": WHOLE_ANSWER}).get_json()["code"] == "programme.read_only"


@pytest.mark.parametrize(
    "spoil",
    [lambda token: token + "x", lambda token: token[:-1], lambda token: "nst" + token[3:], lambda token: token[5:]],
)
def test_a_changed_link_opens_nothing(spoil: Callable[[str], str], api: Api) -> None:
    holder = _asked(begin(api))
    assert Holder(holder.app, spoil(holder.token)).get("answers").status_code == 401


def test_a_pairs_link_records_meetings_that_were_held(api: Api, clock: Callable[[str], None]) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    clock("2021-02-01T10:00:00+03:00")
    granted = beginning.curator.post(f"/pairs/{pair_id}/links", {})
    holder = Holder(beginning.curator.app, granted["token"])
    shown = holder.get("links").get_json()
    assert (shown["purpose"], shown["pair"]["form_name"]) == ("log_meeting", "учитель - ученик")
    assert shown["pair"]["meetings_held"] == 0
    held = {"held_on": "2021-01-31", "minutes": 40, "topic": "Проект"}
    logged = holder.post("links", held, verb=":log-meeting")
    assert logged.status_code == 201
    (meeting,) = beginning.curator.get(f"/pairs/{pair_id}/meetings")["items"]
    assert (meeting["held_on"], meeting["minutes"], meeting["topic"]) == ("2021-01-31", 40, "Проект")
    assert holder.get("links").get_json()["pair"]["meetings_held"] == 1
    future = holder.post("links", held | {"held_on": "2021-02-02"}, verb=":log-meeting")
    assert _places(future) == [("held_on", "future")]
    assert _places(holder.post("links", held | {"minutes": 0}, verb=":log-meeting")) == [("minutes", "range")]


def test_each_side_confirms_the_pair_with_a_link_of_its_own(api: Api, clock: Callable[[str], None]) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    clock("2020-12-05T22:30:00+00:00")  # already the 6th in Moscow
    mentee, guardian = _member_link(beginning, pair_id, "mentee"), _member_link(beginning, pair_id, "guardian")
    shown = mentee.get("links").get_json()
    assert (shown["purpose"], guardian.get("links").get_json()["purpose"]) == ("confirm_pair", "confirm_pair_guardian")
    assert shown["agreements"] == {"mentee_agreed_on": None, "guardian_agreed_on": None}
    agreed = mentee.confirm()
    assert agreed.get_json() == {"mentee_agreed_on": "2020-12-06", "guardian_agreed_on": None}
    again = mentee.confirm({"as": "guardian"})
    assert (again.status_code, again.get_json()["rule"]) == (409, "pair.confirmed")
    assert mentee.get("links").get_json()["agreements"]["guardian_agreed_on"] is None
    both = guardian.confirm().get_json()
    assert both == {"mentee_agreed_on": "2020-12-06", "guardian_agreed_on": "2020-12-06"}
    assert guardian.confirm().get_json()["rule"] == "pair.confirmed"


def test_a_guardians_link_does_not_confirm_for_the_mentee(api: Api, clock: Callable[[str], None]) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    clock("2020-12-06T10:00:00+03:00")
    agreed = _member_link(beginning, pair_id, "guardian").confirm({"as": "mentee"})
    assert agreed.get_json() == {"mentee_agreed_on": None, "guardian_agreed_on": "2020-12-06"}


def test_who_a_confirmation_link_is_for_is_said_when_it_is_made(api: Api) -> None:
    beginning = begin(api)
    (member,) = beginning.curator.get(f"/pairs/{beginning.pair(1)}/members")["items"]
    path = f"/pair-members/{member['id']}/links"
    assert _places(beginning.curator.call("POST", path, {})) == [("as", "required")]
    assert _places(beginning.curator.call("POST", path, {"as": "mentor"})) == [("as", "choice")]


def test_expiry_is_by_the_real_clock(api: Api, conn_as: ConnAs, clock: Callable[[str], None]) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    clock("2020-12-06T10:00:00+03:00")
    holder = _member_link(beginning, pair_id, "mentee")
    conn = conn_as("api", Tenant(beginning.municipality_id, beginning.school_id))
    conn.execute("UPDATE personal_link SET expires_at = now() - interval '1 second'")
    conn.commit()
    assert holder.get("links").status_code == 401


def test_a_confirmation_dates_the_activity_that_it_fulfilled(
    api: Api, conn_as: ConnAs, clock: Callable[[str], None]
) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    curator = beginning.curator
    (mentee,) = curator.get(f"{beginning.path}/mentees")["items"]
    curator.patch(f"{beginning.path}/mentees/{mentee['id']}", {"topics": ["учёба"]})
    (mentor,) = curator.get(f"{beginning.path}/mentors")["items"]
    curator.patch(f"{beginning.path}/mentors/{mentor['id']}", {"capacity": 1})
    curator.patch(f"{beginning.path}/pairs/{pair_id}", {"mentor_agreed_on": "2020-12-01"})
    clock("2020-12-07T10:00:00+03:00")
    conn = conn_as("api", Tenant(beginning.municipality_id, beginning.school_id))
    dated = "SELECT fulfilled_on::text FROM fulfilment WHERE activity_key = 'V.1'"
    _member_link(beginning, pair_id, "mentee").confirm()
    assert conn.execute(dated).fetchone() is None
    _member_link(beginning, pair_id, "guardian").confirm()
    assert conn.execute(dated).fetchone() == {"fulfilled_on": "2020-12-07"}


def test_a_link_serves_its_own_purpose_only(api: Api) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    granted = beginning.curator.post(f"/pairs/{pair_id}/links", {})
    holder = Holder(beginning.curator.app, granted["token"])
    assert holder.get("answers").status_code == 403
    assert holder.post("answers", {"answers": {}}).status_code == 403
    assert holder.confirm().status_code == 403


def test_the_role_of_links_sees_one_row_of_one_purpose_and_no_people(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    beginning.pair(2)
    tenant = Tenant(beginning.municipality_id, beginning.school_id, pair_id)
    conn = conn_as("respondent", tenant)
    assert conn.execute("SELECT id FROM pair").fetchall() == []
    conn.execute("SELECT set_config('app.purpose', 'log_meeting', true)")
    assert conn.execute("SELECT id FROM pair").fetchall() == [{"id": pair_id}]
    for table in ("invitation", "survey", "answer", "pair_member"):
        assert conn.execute(f"SELECT FROM {table}").fetchall() == []
    for table in ("person", "consent", "mentee", "mentor", "personal_link", "token"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(f"SELECT FROM {table}")


def test_links_are_listed_without_secrets_and_revoked_at_once(api: Api) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    granted = beginning.curator.post(f"/pairs/{pair_id}/links", {"days": 10})
    (listed,) = beginning.curator.get(f"/personal-links?purpose=log_meeting&subject_id={pair_id}")["items"]
    assert listed["id"] == granted["id"]
    assert not {"token", "secret_hash"} & set(listed)
    assert beginning.curator.call("DELETE", f"/personal-links/{granted['id']}").status_code == 200
    assert Holder(beginning.curator.app, granted["token"]).get("links").status_code == 401
    assert beginning.curator.call("DELETE", f"/personal-links/{granted['id']}").status_code == 200


def test_another_school_and_a_director_make_no_links(api: Api) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    granted = beginning.curator.post(f"/pairs/{pair_id}/links", {})
    stranger = begin(api, school="Школа № 2", municipality_id=beginning.municipality_id).curator
    assert stranger.call("POST", f"/pairs/{pair_id}/links", {}).status_code == 404
    assert stranger.call("DELETE", f"/personal-links/{granted['id']}").status_code == 404
    assert stranger.get("/personal-links")["items"] == []
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    assert director.call("POST", f"/pairs/{pair_id}/links", {}).status_code == 403


def _member_link(beginning: Beginning, pair_id: int, who: str) -> Holder:
    (member,) = beginning.curator.get(f"/pairs/{pair_id}/members")["items"]
    granted = beginning.curator.post(f"/pair-members/{member['id']}/links", {"as": who})
    return Holder(beginning.curator.app, granted["token"])
