"""A withdrawal over HTTP: it blocks at once, everywhere, and can be followed to the act of destruction."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from services.worker.engine import Runtime, new_name
from services.worker.logs import configure
from services.worker.wrapper import run
from shared.db.tenancy import Tenant
from shared.settings import Settings
from tests.api.beginnings import Beginning, begin
from tests.api.surveyed import WHOLE_ANSWER, compute, invited, survey
from tests.conftest import ConnAs
from tests.http import Account, Api

WITHDRAWN_ON = "2020-10-05"
Work = Callable[[], None]


@pytest.fixture(autouse=True)
def _strict_templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined


@pytest.fixture
def work(settings: Settings, conn_as: ConnAs) -> Work:
    """Do every erasure that was asked for, as a worker does."""

    def done() -> None:
        runtime = Runtime(settings, new_name("worker"), configure(settings, "test"))
        jobs = conn_as("engine", None).execute(
            "SELECT id FROM job_run WHERE kind = 'erase_person' AND status = 'queued' ORDER BY created_at"
        )
        for job in [UUID(str(row["id"])) for row in jobs.fetchall()]:
            run(job, runtime=runtime)

    return done


def people_of(beginning: Beginning, pair: int) -> tuple[int, int]:
    """Return the mentor's and the mentee's person."""
    mentor = beginning.curator.get(f"{beginning.path}/pairs/{pair}")["mentor_id"]
    (member,) = beginning.curator.get(f"/pairs/{pair}/members")["items"]
    of = f"{beginning.path}/mentees/{member['mentee_id']}"
    return (
        int(beginning.curator.get(f"{beginning.path}/mentors/{mentor}")["person_id"]),
        int(beginning.curator.get(of)["person_id"]),
    )


def consent_of(curator: Account, person: int, kind: str = "processing") -> str:
    (found,) = curator.get(f"/people/{person}/consents?kind={kind}")["items"]
    return f"/people/{person}/consents/{found['id']}"


def withdraw(curator: Account, person: int, kind: str = "processing", on: str | None = WITHDRAWN_ON) -> None:
    curator.patch(consent_of(curator, person, kind), {"withdrawn_on": on})


def waiting(curator: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = curator.get("/erasures?status=waiting")["items"]
    return found


def page(app: Flask, path: str, account: Account, status: int = 200) -> str:
    client = app.test_client()
    client.set_cookie("nastavnik_token", account.token)
    answer = client.get(path)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def export(curator: Account, path: str) -> str:
    return curator.call("GET", path).get_data(as_text=True)


def test_a_withdrawal_is_followed_from_the_block_to_the_act(app: Flask, api: Api, work: Work) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    (asked,) = waiting(curator)
    assert (asked["person_id"], asked["reason"], asked["held"], asked["has_act"]) == (child, "withdrawn", False, False)
    assert curator.call("GET", f"/erasures/{asked['id']}/act").status_code == 404
    text = page(app, "/erasures", curator)
    assert "Ученик Имя1" in text
    assert "согласие отозвано" in text
    assert curator.post(f"/erasures/{asked['id']}:run", status=202)["status"] == "waiting"
    work()
    done = curator.get(f"/erasures/{asked['id']}")
    assert (done["status"], done["has_act"]) == ("done", True)
    act = curator.get(f"/erasures/{asked['id']}/act")
    assert (act["subject"], act["operator"]) == ("Ученик Имя1", "Школа № 1")
    assert "отзыв согласия" in act["reason"]
    assert {"name", "consents"} <= {item["code"] for item in act["categories"]}
    assert act["responsible_ids"]
    for paper, title in (("act", "Акт об уничтожении"), ("log", "Выгрузка из журнала")):
        text = page(app, f"/erasures/{asked['id']}/{paper}", curator)
        for words in (title, "Ученик Имя1", "Школа № 1", "отзыв согласия", "№ 179"):
            assert words in text
    assert "Ученик" not in page(app, "/erasures", curator)
    person = curator.get(f"/people/{child}")
    assert person["family_name"] == "Удалено"
    assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", person["given_name"])
    assert "Ученик" not in page(app, f"/people/{child}/record", curator)


def test_a_withdrawal_stops_exports_surveys_and_links_at_once(api: Api) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    _, child = people_of(beginning, pair)
    (holder,) = invited(beginning, survey(beginning))
    (member,) = curator.get(f"/pairs/{pair}/members")["items"]
    for path, body in ((f"/pairs/{pair}/links", {}), (f"/pair-members/{member['id']}/links", {"as": "guardian"})):
        curator.post(path, body)
    assert "Ученик" in export(curator, f"{beginning.path}/mentees:export?names=true")
    withdraw(curator, child)
    assert "Ученик" not in export(curator, f"{beginning.path}/mentees:export?names=true")
    assert holder.get("answers").status_code == 401
    assert holder.post("answers", {"answers": WHOLE_ANSWER}).status_code == 401
    links = curator.get("/personal-links")["items"]
    assert len(links) == 3
    assert all(link["ended_at"] for link in links)
    after = survey(beginning, moment="before")
    assert invited(beginning, after) == []
    invitation = curator.get(f"/surveys/{curator.get(f'{beginning.path}/surveys')['items'][0]['id']}/invitations")
    for path, body in (
        (f"/pair-members/{member['id']}/links", {"as": "guardian"}),
        (f"/invitations/{invitation['items'][0]['id']}:renew-link", {}),
    ):
        refused = curator.call("POST", path, body)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.missing")


def test_a_mentors_withdrawal_stops_what_the_mentor_does(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    mentor, _ = people_of(beginning, pair)
    consent = {"kind": "publication", "given_by": "self", "given_on": "2020-09-01", "document": "Лист 3"}
    curator.post(f"/people/{mentor}/consents", consent)
    mentor_id = str(curator.get(f"{beginning.path}/pairs/{pair}")["mentor_id"])
    named = {"algorithm": "1", "teachers": [{"mentor": mentor_id, "place": 1}], "pupils": []}
    compute(beginning, conn_as, "reward_list", {"school": {"lists": []}, "outside": named, "others": []})
    assert curator.get(f"{beginning.path}/reward-list")["body"]["outside"] == named
    withdraw(curator, mentor)
    shown = curator.get(f"{beginning.path}/reward-list")
    assert shown["body"]["outside"]["teachers"] == []
    assert shown["stale"], "what was computed with the consent cannot be approved without it"
    assert "Учитель" not in export(curator, f"{beginning.path}/mentors:export?names=true")
    refused = curator.call("POST", f"/pairs/{pair}/links", {})
    assert refused.get_json()["code"] == "consent.missing"
    plan = {"pair_ids": [pair], "plan_events": [{"title": "Экскурсия", "planned_on": "2020-12-01"}], "support": None}
    refused = curator.call("POST", f"{beginning.path}/pairs:bulk", plan)
    assert [error["code"] for error in refused.get_json()["errors"]] == ["consent"]


def test_the_withdrawal_of_a_publication_stops_the_publication_alone(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    mentor, _ = people_of(beginning, pair)
    consent = {"kind": "publication", "given_by": "self", "given_on": "2020-09-01", "document": "Лист 3"}
    curator.post(f"/people/{mentor}/consents", consent)
    named = {
        "algorithm": "1",
        "teachers": [{"mentor": str(curator.get(f"{beginning.path}/pairs/{pair}")["mentor_id"]), "place": 1}],
        "pupils": [],
    }
    compute(beginning, conn_as, "reward_list", {"school": {"lists": []}, "outside": named, "others": []})
    withdraw(curator, mentor, "publication")
    assert curator.get(f"{beginning.path}/reward-list")["body"]["outside"]["teachers"] == []
    assert waiting(curator) == []
    assert "Учитель" in export(curator, f"{beginning.path}/mentors:export?names=true")
    curator.post(f"/pairs/{pair}/links", {})


def give(curator: Account, person: int, kind: str) -> None:
    consent = {"given_by": "representative", "representative": "Мать", "given_on": "2020-09-01", "document": "Лист 3"}
    curator.post(f"/people/{person}/consents", {"kind": kind, **consent})


def test_other_withdrawals_erase_nothing_and_no_consent_outlives_the_one_to_processing(api: Api) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    _, child = people_of(beginning, pair)
    for kind in ("photo", "transfer", "psych"):
        give(curator, child, kind)
    note = {"noted_on": "2020-12-20", "text": "Тревожится"}
    curator.post(f"/pairs/{pair}/support-notes", note)
    for kind in ("photo", "transfer"):
        withdraw(curator, child, kind)
    curator.post(f"/pairs/{pair}/support-notes", note)
    assert curator.get("/erasures")["items"] == []
    withdraw(curator, child)
    refused = curator.call("POST", f"/pairs/{pair}/support-notes", note)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.missing")


def test_how_long_people_are_kept_is_the_municipalitys_own(api: Api) -> None:
    place = api.municipality()
    assert api.admin.get(f"/municipalities/{place}")["kept_years"] == 3
    assert api.admin.patch(f"/municipalities/{place}", {"kept_years": 5})["kept_years"] == 5
    for years in (0, 11, True):
        assert api.admin.call("PATCH", f"/municipalities/{place}", {"kept_years": years}, version=2).status_code == 422


def test_an_import_brings_nothing_of_the_withdrawn_but_a_new_consent(api: Api) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    path, headers = f"{beginning.path}/mentees:import", {"Content-Type": "text/csv"}
    plain = "ФИО;Класс;Контактные данные\r\nУченик Имя1;5А;+7 900 000-00-00\r\n".encode()
    report = curator.call("POST", path, data=plain, headers=headers).get_json()
    assert (report["skipped"], report["warnings"][0]["code"]) == (1, "person.blocked")
    assert curator.get(f"/people/{child}")["contact"] is None
    assert curator.get(f"/people/{child}/grades")["items"] == []
    assert len(waiting(curator)) == 1


def test_a_new_consent_cancels_what_waits(api: Api, work: Work) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    (asked,) = waiting(curator)
    curator.post(f"/erasures/{asked['id']}:run", status=202)
    consent = {"kind": "processing", "given_by": "representative", "representative": "Мать", "document": "Лист 9"}
    curator.post(f"/people/{child}/consents", {**consent, "given_on": "2020-10-06"})
    work()
    found = curator.get(f"/erasures/{asked['id']}")
    assert (found["status"], found["why_cancelled"]) == ("cancelled", "consented")
    assert curator.get(f"/people/{child}")["family_name"] == "Ученик"


def test_a_sheet_of_consents_cancels_too_and_a_withdrawal_taken_back_does(api: Api) -> None:
    beginning = begin(api)
    curator = beginning.curator
    children = [people_of(beginning, beginning.pair(number))[1] for number in (1, 2)]
    for child in children:
        withdraw(curator, child)
    assert len(waiting(curator)) == 2
    sheet = {"kind": "processing", "given_by": "representative", "given_on": "2020-10-06", "document": "Лист класса"}
    entries = [{"person_id": children[0], "representative": "Мать"}]
    curator.post("/consents:bulk", {**sheet, "entries": entries})
    withdraw(curator, children[1], on=None)
    assert waiting(curator) == []
    found = curator.get("/erasures")["items"]
    assert [item["why_cancelled"] for item in found] == ["consented", "consented"]


def test_a_withdrawal_of_the_wrong_person_is_undone_by_ending_it(api: Api) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    curator.end(consent_of(curator, child), reason="mistake")
    (found,) = curator.get("/erasures")["items"]
    assert found["why_cancelled"] == "undone"


def test_what_is_kept_by_hand_stays_blocked_and_does_not_begin_again(api: Api) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    (asked,) = waiting(curator)
    path = f"/erasures/{asked['id']}:cancel"
    assert curator.call("POST", path, {}).status_code == 422
    kept = curator.post(path, {"reason": "Идёт проверка прокуратуры"}, status=200)
    assert (kept["why_cancelled"], kept["cancel_reason"]) == ("by_hand", "Идёт проверка прокуратуры")
    curator.patch(consent_of(curator, child), {"document": "Лист 1а"})
    assert waiting(curator) == []
    assert "Ученик" not in export(curator, f"{beginning.path}/mentees:export?names=true")
    refused = curator.call("POST", path, {"reason": "ещё раз"})
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "erasure.over")


def test_erasure_is_asked_for_without_a_withdrawal_once(api: Api, work: Work) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    asked = curator.post(f"/people/{child}/erasure")
    assert (asked["reason"], asked["status"]) == ("request", "waiting")
    refused = curator.call("POST", f"/people/{child}/erasure")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "erasure.waiting")
    assert "Ученик" not in export(curator, f"{beginning.path}/mentees:export?names=true")
    curator.post(f"/erasures/{asked['id']}:run", status=202)
    work()
    assert curator.get(f"/erasures/{asked['id']}")["status"] == "done"
    assert curator.call("POST", f"/people/{child}/erasure").get_json()["code"] == "record.ended"


def test_a_stone_is_not_written_on(api: Api, work: Work) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    consent, asked = consent_of(curator, child), curator.post(f"/people/{child}/erasure")
    curator.post(f"/erasures/{asked['id']}:run", status=202)
    work()
    new = {"kind": "processing", "given_by": "representative", "representative": "Мать", "given_on": "2020-10-06"}
    for method, path, body in (
        ("PATCH", f"/people/{child}", {"given_name": "снова"}),
        ("PATCH", consent, {"document": "снова"}),
        ("POST", f"/people/{child}/consents", {**new, "document": "снова"}),
        ("POST", f"/people/{child}/grades", {"school_year": "2020/21", "grade": 5}),
    ):
        version = curator.version(path) if method == "PATCH" else None
        refused = curator.call(method, path, body, version=version)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "record.ended"), path
    refused = curator.call("POST", f"{beginning.path}/mentees", {"person_id": child})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "input.reference")


def test_an_open_safety_case_holds_the_erasure_and_says_so(app: Flask, api: Api) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    (mentee,) = curator.get(f"{beginning.path}/mentees")["items"]
    curator.post(f"{beginning.path}/safety-cases", {"mentee_id": mentee["id"], "opened_on": "2020-10-01", "text": "т"})
    withdraw(curator, child)
    (asked,) = waiting(curator)
    assert asked["held"]
    refused = curator.call("POST", f"/erasures/{asked['id']}:run")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "erasure.held")
    assert curator.get(f"/erasures/{asked['id']}")["run_by"] is None, "a refusal leaves nothing"
    assert "мешает незакрытое обращение" in page(app, "/erasures", curator)


def test_curator_and_director_of_the_school_read_and_nobody_else_does(app: Flask, api: Api, work: Work) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    asked = curator.post(f"/people/{child}/erasure")
    curator.post(f"/erasures/{asked['id']}:run", status=202)
    work()
    place, school = beginning.municipality_id, beginning.school_id
    director = api.account(place, "director", school)
    stranger = begin(api, school="Школа № 2", municipality_id=place).curator
    act = f"/erasures/{asked['id']}/act"
    assert director.get(act)["subject"] == "Ученик Имя1"
    assert "Ученик Имя1" in page(app, act, director)
    assert director.call("POST", f"/erasures/{asked['id']}:run").status_code == 403
    for account, status in (
        (api.account(place, "psychologist", school), 403),
        (api.account(place, "methodist"), 403),
        (stranger, 404),
    ):
        assert account.call("GET", act).status_code == status
        page(app, act, account, status)
        page(app, f"/erasures/{asked['id']}/log", account, status)
    assert stranger.get("/erasures")["items"] == []
    for verb, body in (("run", None), ("cancel", {"reason": "т"})):
        assert stranger.call("POST", f"/erasures/{asked['id']}:{verb}", body).status_code == 404
    assert stranger.call("POST", f"/people/{child}/erasure").status_code == 404


def test_a_reason_of_the_history_that_names_the_person_goes_and_the_chain_holds(api: Api, work: Work) -> None:
    beginning = begin(api)
    _, child = people_of(beginning, beginning.pair(1))
    methodist = api.account(beginning.municipality_id, "methodist")
    for trigger, reason in (("suspend", "После случая с Учеником И."), ("resume", "Разобрались")):
        methodist.transition(beginning.programme_id, trigger, reason=reason)
    asked = beginning.curator.post(f"/people/{child}/erasure")
    beginning.curator.post(f"/erasures/{asked['id']}:run", status=202)
    work()
    events = beginning.curator.get(f"{beginning.path}/events")["items"]
    assert [event["reason"] for event in events][1:] == [None, "Разобрались"]
    assert beginning.curator.get(f"{beginning.path}/events:verify")["whole"] is True


def test_who_read_an_act_is_logged(api: Api, conn_as: ConnAs, work: Work) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    asked = curator.post(f"/people/{child}/erasure")
    curator.post(f"/erasures/{asked['id']}:run", status=202)
    work()
    curator.get(f"/erasures/{asked['id']}/act")
    rows = conn_as("api", Tenant(beginning.municipality_id)).execute(
        "SELECT action, actor_role FROM audit WHERE action ~ '^(person.(block|erase)|erasure)' ORDER BY id"
    )
    assert [(row["action"], row["actor_role"]) for row in rows] == [
        ("person.block", "curator"),
        ("person.erase_now", "curator"),
        ("person.erase", "engine"),
        ("erasure_act.read", "curator"),
    ]
