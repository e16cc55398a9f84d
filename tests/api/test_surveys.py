"""Surveys: who is asked, with which questions, what a closed survey refuses."""

from __future__ import annotations

from tests.api.beginnings import begin
from tests.api.surveyed import WHOLE_ANSWER, close, invited, survey
from tests.http import Api


def test_a_survey_takes_the_general_questionnaire_of_its_side_and_moment(api: Api) -> None:
    beginning = begin(api)
    made = beginning.curator.post(f"{beginning.path}/surveys", {"side": "mentor", "moment": "before"})
    assert made["questionnaire"] == "mentor_before"
    assert made["closed_at"] is None


def test_a_questionnaire_of_the_other_side_is_refused(api: Api) -> None:
    beginning = begin(api)
    fields = {"side": "mentor", "moment": "before", "questionnaire": "mentee_before"}
    answer = beginning.curator.call("POST", f"{beginning.path}/surveys", fields)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["path"] == "questionnaire"


def test_a_change_of_side_brings_its_questionnaire_along(api: Api) -> None:
    beginning = begin(api)
    survey_id = survey(beginning, "mentor", "after")
    changed = beginning.curator.patch(f"{beginning.path}/surveys/{survey_id}", {"side": "mentee"})
    assert changed["questionnaire"] == "mentee_after"


def test_one_survey_a_side_and_moment(api: Api) -> None:
    beginning = begin(api)
    survey(beginning)
    again = beginning.curator.call("POST", f"{beginning.path}/surveys", {"side": "mentee", "moment": "after"})
    assert again.status_code == 409


def test_closing_before_the_day_it_is_sent_is_refused(api: Api) -> None:
    beginning = begin(api)
    fields = {"side": "mentor", "moment": "after", "scheduled_on": "2021-05-10", "closes_on": "2021-05-01"}
    answer = beginning.curator.call("POST", f"{beginning.path}/surveys", fields)
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "closes_on")


def test_everybody_in_a_live_pair_with_consent_is_asked_and_nobody_twice(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    survey_id = survey(beginning, moment="before")
    assert len(invited(beginning, survey_id)) == 1
    assert invited(beginning, survey_id) == []
    beginning.pair(2)
    assert len(invited(beginning, survey_id)) == 1
    page = beginning.curator.get(f"/surveys/{survey_id}/invitations")
    assert [item["answered_at"] for item in page["items"]] == [None, None]
    assert all(item["sent_at"] and item["mentee_id"] and item["mentor_id"] is None for item in page["items"])


def test_the_other_side_is_asked_by_its_own_survey(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    survey_id = survey(beginning, "mentor", "before")
    assert len(invited(beginning, survey_id)) == 1
    (item,) = beginning.curator.get(f"/surveys/{survey_id}/invitations")["items"]
    assert item["mentor_id"] is not None
    assert item["mentee_id"] is None


def test_without_a_consent_in_force_nobody_is_asked(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    (mentee,) = beginning.curator.get(f"{beginning.path}/mentees")["items"]
    (consent,) = beginning.curator.get(f"/people/{mentee['person_id']}/consents")["items"]
    beginning.curator.patch(f"/people/{mentee['person_id']}/consents/{consent['id']}", {"withdrawn_on": "2020-10-01"})
    assert invited(beginning, survey(beginning)) == []


def test_who_left_early_is_not_asked_and_who_finished_is_asked_after_the_work_only(api: Api) -> None:
    beginning = begin(api)
    early, finished, _live = beginning.pair(1), beginning.pair(2), beginning.pair(3)
    for pair_id, outcome in ((early, "early"), (finished, "completed")):
        beginning.curator.patch(f"{beginning.path}/pairs/{pair_id}", {"closed_on": "2021-05-10", "outcome": outcome})
    assert len(invited(beginning, survey(beginning, moment="before"))) == 1
    assert len(invited(beginning, survey(beginning, moment="after"))) == 2


def test_questions_do_not_change_once_people_were_asked(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    survey_id = survey(beginning)
    invited(beginning, survey_id)
    path = f"{beginning.path}/surveys/{survey_id}"
    answer = beginning.curator.call("PATCH", path, {"moment": "before"}, version=1)
    assert (answer.status_code, answer.get_json()["rule"]) == (409, "survey.invited")
    beginning.curator.patch(path, {"closes_on": "2021-05-20"})


def test_a_closed_survey_takes_no_answer_no_invitation_and_no_change(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    survey_id = survey(beginning)
    (holder,) = invited(beginning, survey_id)
    assert close(beginning, survey_id)["closed_at"] is not None
    answered = holder.post("answers", {"answers": WHOLE_ANSWER})
    assert (answered.status_code, answered.get_json()["rule"]) == (409, "answers.closed")
    assert holder.get("answers").get_json()["is_closed"] is True
    assert beginning.curator.call("POST", f"/surveys/{survey_id}:invite", {}).status_code == 409
    path = f"{beginning.path}/surveys/{survey_id}"
    assert beginning.curator.call("PATCH", path, {"closes_on": "2021-06-01"}, version=2).status_code == 409
    again = beginning.curator.call("POST", f"/surveys/{survey_id}:close", version=2)
    assert (again.status_code, again.get_json()["rule"]) == (409, "survey.closed")


def test_closing_asks_for_the_version_that_was_seen(api: Api) -> None:
    beginning = begin(api)
    survey_id = survey(beginning)
    assert beginning.curator.call("POST", f"/surveys/{survey_id}:close").status_code == 428
    assert beginning.curator.call("POST", f"/surveys/{survey_id}:close", version=7).status_code == 412


def test_a_renewed_link_stops_the_old_one(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    survey_id = survey(beginning)
    (old,) = invited(beginning, survey_id)
    (item,) = beginning.curator.get(f"/surveys/{survey_id}/invitations")["items"]
    renewed = beginning.curator.post(f"/invitations/{item['id']}:renew-link", {"days": 3}, status=200)
    new = type(old)(old.app, renewed["token"])
    assert old.get("answers").status_code == 401
    assert new.get("answers").status_code == 200
    assert new.post("answers", {"answers": WHOLE_ANSWER}).status_code == 201
    over = beginning.curator.call("POST", f"/invitations/{item['id']}:renew-link", {})
    assert (over.status_code, over.get_json()["rule"]) == (409, "invitation.over")


def test_links_are_shown_once_and_not_again_under_the_same_key(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    path = f"/surveys/{survey(beginning)}:invite"
    first = beginning.curator.call("POST", path, {}, key="once")
    assert first.get_json()["items"][0]["url"].endswith(first.get_json()["items"][0]["token"])
    again = beginning.curator.call("POST", path, {}, key="once")
    assert (again.status_code, again.get_json()["code"]) == (409, "idempotency.secret_not_kept")


def test_another_school_finds_no_survey_and_a_director_may_not_invite(api: Api) -> None:
    beginning = begin(api)
    survey_id = survey(beginning)
    stranger = begin(api, school="Школа № 2", municipality_id=beginning.municipality_id).curator
    assert stranger.call("POST", f"/surveys/{survey_id}:invite", {}).status_code == 404
    assert stranger.call("POST", f"/surveys/{survey_id}:close", version=1).status_code == 404
    assert stranger.call("GET", f"/surveys/{survey_id}/invitations").status_code == 404
    assert stranger.call("GET", f"{beginning.path}/surveys/{survey_id}").status_code == 404
    director = api.account(beginning.municipality_id, "director", beginning.school_id)
    assert director.call("POST", f"/surveys/{survey_id}:invite", {}).status_code == 403
    assert director.get(f"/surveys/{survey_id}/invitations")["items"] == []
