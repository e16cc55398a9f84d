"""What the API counts, who may see it, and the trace that a request gives to its jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from psycopg.rows import dict_row

from services.api.app import create_app
from services.api.metrics import EXTENSION
from shared.db.tenancy import Tenant, enter
from shared.metrics import TABLE, Source
from shared.pack.guard_names import GUARDS
from shared.settings import Settings
from tests.builders import School
from tests.http import Api

TOKEN = "of-prometheus"
NOW = "2020-11-20T10:00:00+03:00"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, metrics_token=TOKEN)


def shown(app: Flask) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """(sample, labels) -> value, as the address shows it."""
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def transitions(app: Flask) -> dict[tuple[str, str], float]:
    """(trigger, result) -> count."""
    return {
        (dict(labels)["trigger"], dict(labels)["result"]): value
        for (name, labels), value in shown(app).items()
        if name == "transition_total"
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ключ"])
def test_without_the_token_nothing_is_shown(app: Flask, header: str) -> None:
    answer = app.test_client().get("/metrics", headers={"Authorization": header.encode().decode("latin-1")})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "access.metrics"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_where_no_token_is_set_there_is_no_such_address(settings: Settings) -> None:
    app = create_app(replace(settings, metrics_token=""))
    answer = app.test_client().get("/metrics", headers={"Authorization": "Bearer "})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_every_outcome_of_a_transition_is_counted_once_and_a_rehearsal_is_none(
    api: Api, clock: Callable[[str], None]
) -> None:
    clock(NOW)
    school = School.begin(api)
    programme_id = school.programme()
    path = f"/programmes/{programme_id}/transitions"
    blocked = school.curator.transition(programme_id, "advance", status=409)["blockers"]
    school.curator.call("POST", f"{path}?dry_run=true", {"trigger": "advance"}, version=1, key="dry")
    school.curator.call("POST", path, {"trigger": "advance"}, version=9, key="stale")
    school.curator.call("POST", path, {"trigger": "complete"}, version=1, key="state")
    school.curator.call("POST", path, {"trigger": "cancel", "reason": "r"}, version=1, key="forbidden")
    school.meet_stage_one(programme_id)
    for _ in range(2):  # the second is replayed and is no transition
        assert school.curator.call("POST", path, {"trigger": "advance"}, version=1, key="k").status_code == 200
    assert transitions(api.app) == {
        ("advance", "guards"): 1,
        ("advance", "stale"): 1,
        ("complete", "state"): 1,
        ("cancel", "forbidden"): 1,
        ("advance", "made"): 1,
    }
    guards = {dict(labels)["guard"]: n for (name, labels), n in shown(api.app).items() if name == "guard_block_total"}
    assert guards == dict.fromkeys((blocker["guard"] for blocker in blocked), 1)
    assert guards.keys() <= GUARDS.keys()


def test_labels_hold_routes_and_classes_never_what_a_client_sent(api: Api) -> None:
    client = api.app.test_client()
    client.get("/api/v1/programmes/987654321")
    client.get("/api/v1/Иванов/Пётр")
    client.open("/api/v1/programmes", method="IVANOV")
    found = shown(api.app)
    requests = {
        tuple(dict(labels)[name] for name in ("rule", "method", "status"))
        for (name, labels) in found
        if name == "http_requests_total"
    }
    assert ("/api/v1/programmes/<id:programme_id>", "GET", "4xx") in requests
    assert ("", "other", "4xx") in requests
    assert "987654321" not in str(found)
    assert "Иванов" not in str(found)
    assert "IVANOV" not in str(found)
    rules = {rule.rule for rule in api.app.url_map.iter_rules()} | {""}
    assert {rule for rule, _, _ in requests} <= rules


def test_all_that_is_declared_for_the_api_is_shown_and_nothing_else(api: Api) -> None:
    text = api.app.extensions[EXTENSION].exposition().decode()
    families = {family.name for family in text_string_to_metric_families(text)}
    assert families == {spec.name.removesuffix("_total") for spec in TABLE if spec.source is Source.API}


@pytest.mark.parametrize("header", [f"00-{TRACE}-00f067aa0ba902b7-01", f"00-{TRACE}-0000000000000000-01", None])
def test_a_job_belongs_to_the_trace_of_the_request_that_asked_for_it(
    api: Api, dsns: dict[str, str], clock: Callable[[str], None], header: str | None
) -> None:
    clock(NOW)
    school = School.begin(api)
    programme_id = school.programme()
    path = f"/programmes/{programme_id}/feedback-summary"
    headers = {} if header is None else {"traceparent": header}
    answer = school.curator.call("POST", path, None, key="k", headers=headers)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    with psycopg.connect(dsns["nastavnik_engine"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(school.municipality_id))
        (row,) = conn.execute("SELECT traceparent FROM job_run").fetchall()
    _, trace_id, span_id, flags = row["traceparent"].split("-")
    is_valid = header is not None and "0000000000000000" not in header
    assert (trace_id == TRACE) is is_valid
    assert span_id != "00f067aa0ba902b7"
    assert flags == "01"
