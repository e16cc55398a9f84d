"""An erasure over HTTP: followed from the block to the act of destruction, held, cancelled, and read by few."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from services.worker.engine import Runtime, new_name
from services.worker.logs import configure
from services.worker.wrapper import run
from shared.db.tenancy import Tenant
from shared.settings import Settings
from tests.api.beginnings import begin
from tests.api.visiting import text_of, visit
from tests.api.withdrawing import consent_of, export, people_of, waiting, withdraw
from tests.conftest import ConnAs
from tests.http import Account, Api

Work = Callable[[], None]


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


def page(app: Flask, path: str, account: Account, status: int = 200) -> str:
    return text_of(visit(app, path, account), status)


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
    assert "Адрес оператора" in page(app, f"/erasures/{asked['id']}/act", curator)
    for paper, title in (("act", "Акт об уничтожении"), ("log", "Выгрузка из журнала")):
        text = page(app, f"/erasures/{asked['id']}/{paper}", curator)
        for words in (title, "Ученик Имя1", "Школа № 1", "отзыв согласия", "№ 179"):
            assert words in text
    assert "Ученик" not in page(app, "/erasures", curator)
    person = curator.get(f"/people/{child}")
    assert person["family_name"] == "Удалено"
    assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", person["given_name"])
    assert "Ученик" not in page(app, f"/people/{child}/record", curator)


def test_how_long_people_are_kept_is_the_municipalitys_own(api: Api) -> None:
    place = api.municipality()
    assert api.admin.get(f"/municipalities/{place}")["kept_years"] == 3
    assert api.admin.patch(f"/municipalities/{place}", {"kept_years": 5})["kept_years"] == 5
    for years in (0, 11, True):
        assert api.admin.call("PATCH", f"/municipalities/{place}", {"kept_years": years}, version=2).status_code == 422


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
    deeds = curator.get(f"/people/{child}/record")["deeds"]
    assert ("erasure_act.read", asked["id"]) in {(deed["action"], deed["entity_id"]) for deed in deeds}
