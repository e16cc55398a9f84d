"""Transitions over HTTP: order of refusals, one winner, replayed answers, nothing half-written."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.builders import School
from tests.http import Account, Api

NOVEMBER = "2020-11-20T10:00:00+03:00"


@pytest.fixture
def school(api: Api, clock: Callable[[str], None]) -> School:
    clock(NOVEMBER)
    return School.begin(api)


def _rows(dsns: dict[str, str], table: str) -> int:
    with psycopg.connect(dsns["nastavnik_owner"]) as conn:
        conn.execute("SELECT set_config('app.municipality_id', '1', false), set_config('app.school_id', 'all', false)")
        row = conn.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))).fetchone()
    return 0 if row is None else int(row[0])


def test_a_refusal_names_every_reason_and_writes_nothing_but_its_answer(school: School, dsns: dict[str, str]) -> None:
    programme_id = school.programme()
    before = {table: _rows(dsns, table) for table in ("programme_event", "job_run", "outbox", "audit", "fulfilment")}
    problem = school.curator.transition(programme_id, "advance", status=409)
    assert problem["code"] == "guards.unmet"
    assert [blocker["guard"] for blocker in problem["blockers"]] == [
        "documents_on_file",
        "audiences_informed",
        "requests_collected",
        "working_group_appointed",
        "goals_set",
        "roadmap_complete",
        "roadmap_approved",
    ]
    assert {table: _rows(dsns, table) for table in before} == before
    assert school.curator.get(f"/programmes/{programme_id}")["version"] == 1


def test_the_refusal_the_rehearsal_the_offer_and_the_agenda_tell_the_same(school: School) -> None:
    path = f"/programmes/{school.programme()}"
    refused = school.curator.transition(int(path.rsplit("/", maxsplit=1)[-1]), "advance", status=409)["blockers"]
    rehearsed = school.curator.post(f"{path}/transitions?dry_run=true", {"trigger": "advance"}, status=200)
    offered = next(
        offer for offer in school.curator.get(f"{path}/transitions")["transitions"] if offer["trigger"] == "advance"
    )
    agenda = school.curator.get(f"{path}/agenda")
    in_agenda = [
        blocker["code"] for item in agenda["items"] if item["stage"] == "conditions" for blocker in item["blockers"]
    ]
    codes = [blocker["code"] for blocker in refused]
    assert [b["code"] for b in rehearsed["blockers"]] == codes == [b["code"] for b in offered["blockers"]]
    assert (rehearsed["allowed"], offered["allowed"]) == (False, False)
    assert sorted(in_agenda) == sorted(codes)


def test_stage_one_shown_is_left(school: School) -> None:
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    moved = school.curator.transition(programme_id, "advance")
    assert (moved["programme"]["stage"], moved["programme"]["version"]) == ("mentees", 2)


def test_refusals_come_in_the_order_403_412_409(school: School) -> None:
    path = f"/programmes/{school.programme()}/transitions"
    director = school.api.account(school.municipality_id, "director", school.school_id)
    assert director.call("POST", path, {"trigger": "advance"}, version=99).status_code == 403
    assert school.curator.call("POST", path, {"trigger": "suspend"}, version=99).status_code == 403
    assert school.curator.call("POST", path, {"trigger": "complete"}, version=99).status_code == 412
    answer = school.curator.call("POST", path, {"trigger": "complete"}, version=1)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "state.wrong")
    assert answer.get_json()["allowed"] == ["advance", "suspend", "cancel"]
    assert school.curator.call("POST", path, {"trigger": "advance"}, version=1).get_json()["code"] == "guards.unmet"


@pytest.mark.parametrize(
    ("body", "version", "status", "code"),
    [
        ({"trigger": "fly"}, 1, 422, "trigger.unknown"),
        ({"trigger": "advance"}, None, 428, "precondition.missing"),
        ({"trigger": "advance", "zzz": 1}, 1, 422, "input.fields"),
        ({"trigger": 7}, 1, 422, "input.fields"),
        ({"trigger": "advance", "reason": "x" * 2001}, 1, 422, "input.fields"),
        ({"trigger": "reopen"}, 1, 409, "state.wrong"),
        ({}, 1, 422, "input.fields"),
    ],
)
def test_bad_input_has_its_clear_answer(
    school: School, body: dict[str, Any], version: int | None, status: int, code: str
) -> None:
    answer = school.curator.call("POST", f"/programmes/{school.programme()}/transitions", body, version=version)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


def test_sentences_are_russian_first_and_english_when_asked(school: School) -> None:
    path = f"/programmes/{school.programme()}/transitions"
    russian = school.curator.call("POST", path, {"trigger": "advance"}, version=1)
    english = school.curator.call("POST", path, {"trigger": "advance"}, version=1, headers={"Accept-Language": "en"})
    assert "Нет документов" in russian.get_json()["blockers"][0]["detail"]
    assert "document" in english.get_json()["blockers"][0]["detail"].lower()
    assert (russian.headers["Content-Language"], english.headers["Content-Language"]) == ("ru", "en")


def test_a_repeated_key_is_answered_byte_for_byte_and_acts_once(school: School, dsns: dict[str, str]) -> None:
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    path = f"/programmes/{programme_id}/transitions"
    first = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k1")
    again = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_data() == again.get_data()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"] == '"v2"'
    assert _rows(dsns, "programme_event") == 2


def test_a_refusal_is_replayed_too_and_a_new_key_is_a_new_attempt(school: School) -> None:
    programme_id = school.programme()
    path = f"/programmes/{programme_id}/transitions"
    first = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k1")
    school.meet_stage_one(programme_id)
    again = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k1")
    fresh = school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k2")
    assert (first.status_code, again.status_code, fresh.status_code) == (409, 409, 200)
    assert first.get_data() == again.get_data()


def test_a_key_with_another_body_or_version_is_refused(school: School) -> None:
    path = f"/programmes/{school.programme()}/transitions"
    school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k1")
    for body, version in (({"trigger": "complete"}, 1), ({"trigger": "advance"}, 2)):
        answer = school.curator.call("POST", path, body, version=version, key="k1")
        assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency.reused")


def test_of_racing_clients_one_wins_and_the_others_learn_the_version(school: School) -> None:
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    statuses = _race(school.curator, f"/programmes/{programme_id}/transitions", clients=12)
    assert statuses == Counter({412: 11, 200: 1})


def test_two_at_once_with_one_key_act_once(school: School, dsns: dict[str, str]) -> None:
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    statuses = _race(school.curator, f"/programmes/{programme_id}/transitions", clients=8, key="same")
    assert statuses[200] >= 1
    assert set(statuses) <= {200, 409}
    assert _rows(dsns, "programme_event") == 2


def test_another_tenants_programme_is_not_found(school: School, api: Api) -> None:
    programme_id = school.programme()
    for stranger in (School.begin(api, "Школа № 2", school.municipality_id), School.begin(api, "Чужая")):
        answer = stranger.curator.call(
            "POST", f"/programmes/{programme_id}/transitions", {"trigger": "advance"}, version=1
        )
        assert answer.status_code == 404
        assert stranger.curator.call("GET", f"/programmes/{programme_id}/agenda").status_code == 404


def test_reopen_keeps_what_was_shown_and_asks_for_a_reason(school: School) -> None:
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    school.curator.transition(programme_id, "advance")
    problem = school.curator.transition(programme_id, "reopen", status=422, to="conditions")
    assert problem["errors"][0]["path"] == "reason"
    moved = school.curator.transition(programme_id, "reopen", to="conditions", reason="Ошибка в приказе")
    assert moved["programme"]["stage"] == "conditions"
    events = school.curator.get(f"/programmes/{programme_id}/events")["items"]
    assert events[-1]["reason"] == "Ошибка в приказе"
    assert "Ошибка" not in events[-1]["body"]
    kept = {guard["guard"]: guard["status"] for guard in events[1]["guards"]}
    assert (events[1]["trigger"], kept["roadmap_approved"], set(kept.values())) == ("advance", "met", {"met"})
    assert events[1]["guards"] == json.loads(events[1]["body"])["guards"]
    assert (events[0]["guards"], events[-1]["guards"]) == ([], [])
    assert school.curator.get(f"/programmes/{programme_id}")["activities"][0]["fulfilled_on"] == "2020-11-10"


def test_a_suspended_programme_takes_data_and_no_advance_and_resumes_where_it_was(school: School) -> None:
    programme_id = school.programme()
    school.methodist.transition(programme_id, "suspend", reason="Карантин")
    school.meet_stage_one(programme_id)
    assert school.curator.transition(programme_id, "advance", status=409)["code"] == "state.wrong"
    assert school.methodist.transition(programme_id, "resume", reason="Снят")["programme"]["stage"] == "conditions"


def test_a_cancelled_programme_is_read_only_and_a_new_one_may_begin(school: School) -> None:
    programme_id = school.programme()
    assert (
        school.curator.call(
            "POST",
            "/programmes",
            {"school_id": school.school_id, "school_year": "2020/21", "pack": {"code": "order_428", "version": 1}},
        ).status_code
        == 409
    )
    school.methodist.transition(programme_id, "cancel", reason="Школа закрыта")
    answer = school.curator.call("POST", f"/programmes/{programme_id}/goals", {"kind": "task", "text": "ещё"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "programme.read_only")
    assert school.programme() != programme_id


def test_a_guard_that_turns_false_later_is_shown_as_regressed_and_undoes_nothing(school: School) -> None:
    programme_id = school.programme()
    made = school.meet_stage_one(programme_id)
    school.curator.transition(programme_id, "advance")
    school.curator.end(f"/programmes/{programme_id}/working-group/{made['curator']}", "Уволилась")
    whole = school.curator.get(f"/programmes/{programme_id}")
    assert whole["stage"] == "mentees"
    assert next(item for item in whole["activities"] if item["key"] == "I.3")["status"] == "regressed"


def test_the_history_verifies_and_an_edited_event_is_found(
    school: School, app: Flask, server: Any, dsns: dict[str, str]
) -> None:
    programme_id = school.programme()
    school.meet_stage_one(programme_id)
    school.curator.transition(programme_id, "advance")
    assert school.curator.get(f"/programmes/{programme_id}/events:verify")["whole"] is True
    database = dsns["nastavnik_owner"].rsplit("/", 1)[-1]
    with psycopg.connect(server.dsn(database, "postgres")) as conn:
        conn.execute("UPDATE programme_event SET body = replace(body, 'advance', 'reopen') WHERE seq = 2")
    found = school.curator.get(f"/programmes/{programme_id}/events:verify")
    assert (found["whole"], found["fault_at"]) == (False, 2)


def _race(account: Account, path: str, *, clients: int, key: str | None = None) -> Counter[int]:
    gate, statuses = threading.Barrier(clients), Counter[int]()

    def ask(place: int) -> None:
        gate.wait()
        answer = account.call("POST", path, {"trigger": "advance"}, version=1, key=key or f"k{place}")
        statuses[answer.status_code] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
