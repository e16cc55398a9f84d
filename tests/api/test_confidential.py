"""Notes of the psychologist and safety cases: who reads them, what opens one by itself, what may not be done."""

from __future__ import annotations

from typing import Any

import pytest

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.api.surveyed import WHOLE_ANSWER, invited, survey
from tests.conftest import ConnAs
from tests.http import Account, Api

NOTE = {"noted_on": "2020-12-20", "text": "Тревожится перед контрольными."}


def allow_psychologist(beginning: Beginning, pair_id: int) -> None:
    """Give the consent to psychological work for the members of a pair."""
    (member,) = beginning.curator.get(f"/pairs/{pair_id}/members")["items"]
    person = beginning.curator.get(f"{beginning.path}/mentees/{member['mentee_id']}")["person_id"]
    consent = {"kind": "psych", "given_by": "representative", "representative": "Мать", "document": "Лист 2"}
    beginning.curator.post(f"/people/{person}/consents", {**consent, "given_on": "2020-09-01"})


def staff(api: Api, beginning: Beginning) -> dict[str, Account]:
    """Return an account of each role that acts here."""
    place, school = beginning.municipality_id, beginning.school_id
    return {
        "curator": beginning.curator,
        "psychologist": api.account(place, "psychologist", school),
        "director": api.account(place, "director", school),
        "methodist": api.account(place, "methodist"),
    }


def test_psychologist_and_curator_alone_read_and_write_notes_and_cases(api: Api) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    allow_psychologist(beginning, pair_id)
    people = staff(api, beginning)
    notes, cases = f"/pairs/{pair_id}/support-notes", f"{beginning.path}/safety-cases"
    made = people["psychologist"].post(notes, NOTE)
    assert people["curator"].get(f"{notes}/{made['id']}")["text"] == NOTE["text"]
    for role in ("director", "methodist"):
        for path in (notes, f"{notes}/{made['id']}", cases):
            assert people[role].call("GET", path).status_code == 403
        assert people[role].call("POST", notes, NOTE).status_code == 403


def test_a_note_needs_the_consent_to_psychological_work(api: Api) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    notes = f"/pairs/{pair_id}/support-notes"
    refused = beginning.curator.call("POST", notes, NOTE)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.missing")
    assert beginning.curator.get(notes)["items"] == []
    allow_psychologist(beginning, pair_id)
    beginning.curator.post(notes, NOTE)


@pytest.mark.parametrize(("safety", "opened"), [(1, 1), (4, 1), (5, 0), (10, 0)])
def test_an_answer_about_safety_at_the_limit_opens_a_case_and_no_other_does(api: Api, safety: int, opened: int) -> None:
    beginning = begin(api)
    beginning.pair(1)
    (holder,) = invited(beginning, survey(beginning))
    answered = holder.post("answers", {"answers": {**WHOLE_ANSWER, "safety": safety}})
    assert answered.status_code == 201
    assert "case" not in answered.get_data(as_text=True)
    cases = beginning.curator.get(f"{beginning.path}/safety-cases")["items"]
    assert len(cases) == opened
    for case in cases:
        assert (case["origin"], case["closed_on"]) == ("survey", None)
        assert case["invitation_id"] is not None


def test_a_case_is_reported_and_closed_with_its_outcome(api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    (mentee,) = beginning.curator.get(f"{beginning.path}/mentees")["items"]
    cases = f"{beginning.path}/safety-cases"
    made = beginning.curator.post(cases, {"mentee_id": mentee["id"], "opened_on": "2021-02-01", "text": "Ссора"})
    assert (made["origin"], made["invitation_id"]) == ("report", None)
    path = f"{cases}/{made['id']}"
    halves: list[dict[str, Any]] = [{"reported_to": "КДН"}, {"closed_on": "2021-02-03"}, {"outcome": "Помирились"}]
    for half in halves:
        assert beginning.curator.call("PATCH", path, half, version=1).status_code == 422
    early = {"closed_on": "2021-01-01", "outcome": "Помирились"}
    assert beginning.curator.call("PATCH", path, early, version=1).status_code == 422
    told = {"reported_to": "Комиссия по делам несовершеннолетних", "reported_on": "2021-02-02"}
    assert beginning.curator.patch(path, told)["reported_to"] == told["reported_to"]
    closed = beginning.curator.patch(path, {"closed_on": "2021-02-03", "outcome": "Помирились"})
    assert closed["outcome"] == "Помирились"


def test_every_look_at_notes_and_cases_is_logged(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    pair_id = beginning.pair(1)
    allow_psychologist(beginning, pair_id)
    psychologist = staff(api, beginning)["psychologist"]
    made = [psychologist.post(f"/pairs/{pair_id}/support-notes", NOTE)["id"] for _ in range(2)]
    psychologist.get(f"/pairs/{pair_id}/support-notes")
    beginning.curator.get(f"/pairs/{pair_id}/support-notes/{made[0]}")
    rows = conn_as("api", Tenant(beginning.municipality_id)).execute(
        "SELECT entity_id, actor_role FROM audit WHERE action = 'support_note.read' ORDER BY id"
    )
    assert [(row["entity_id"], row["actor_role"]) for row in rows] == [
        (made[0], "psychologist"),
        (made[1], "psychologist"),
        (made[0], "curator"),
    ]


def test_neither_jobs_nor_checks_nor_links_can_read_the_words(conn_as: ConnAs) -> None:
    for role in ("engine", "auditor", "respondent"):
        for table in ("support_note", "safety_case"):
            row = (
                conn_as(role, None)
                .execute("SELECT has_column_privilege(%s, 'text', 'SELECT') AS may", (table,))
                .fetchone()
            )
            assert row == {"may": False}
