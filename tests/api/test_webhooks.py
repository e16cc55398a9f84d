"""Subscriptions over HTTP: an allowed address, a secret shown once, deliveries that are looked at and repeated."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from services.api.state import open_state
from shared.access.sealed import keys_of
from shared.db.tenancy import Tenant
from shared.settings import SettingInvalid, Settings
from shared.webhooks import subscriptions
from tests.api.test_events import stamp
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Account, Api, installed

BODY = {"url": "https://hooks.example.org/in", "event_types": ["programme.create"]}


@pytest.fixture
def app(built: Flask, settings: Settings) -> Iterator[Flask]:
    """The application of an installation that lets webhooks out."""
    with installed(built, replace(settings, webhook_hosts="hooks.example.org, http://127.0.0.1:9000")):
        yield built


@pytest.fixture
def school(api: Api) -> School:
    return School.begin(api)


def subscribe(school: School, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = school.methodist.post("/webhooks", {**BODY, **changes})
    return made


def delivered(school: School, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a subscription and its one delivery, which waits."""
    webhook = subscribe(school)
    school.programme()
    stamp(settings)
    (delivery,) = school.methodist.get(f"/webhooks/{webhook['id']}/deliveries")["items"]
    return webhook, delivery


def give_up(school: School, conn_as: ConnAs, delivery_id: str) -> None:
    conn = conn_as("engine", Tenant(school.municipality_id))
    conn.execute("UPDATE delivery SET status = 'failed' WHERE id = %s", (delivery_id,))
    conn.execute(
        "INSERT INTO delivery_attempt (municipality_id, delivery_id, outcome, http_status, error_code)"
        " VALUES (%s, %s, 'failed', 500, 'webhook.status')",
        (school.municipality_id, delivery_id),
    )
    conn.commit()


def audited(school: School, conn_as: ConnAs) -> list[str]:
    rows = conn_as("auditor", Tenant(school.municipality_id)).execute(
        "SELECT action FROM audit WHERE entity = 'webhook' ORDER BY id"
    )
    return [row["action"] for row in rows]


def test_a_secret_is_shown_once(school: School) -> None:
    made = subscribe(school)
    assert made["secret"].startswith("whsec_")
    assert (made["is_active"], made["version"], made["event_types"]) == (True, 1, ["programme.create"])
    for told in (school.methodist.get(f"/webhooks/{made['id']}"), *school.methodist.get("/webhooks")["items"]):
        assert made["secret"] not in str(told)
        assert "secret" not in told


def test_a_repeat_of_the_request_does_not_show_the_secret_again(school: School) -> None:
    key = uuid.uuid4().hex
    made = school.methodist.post("/webhooks", BODY, key=key)
    again = school.methodist.call("POST", "/webhooks", BODY, key=key)
    assert (again.status_code, again.get_json()["code"]) == (409, "idempotency.secret_not_kept")
    assert made["secret"] not in again.get_data(as_text=True)
    assert len(school.methodist.get("/webhooks")["items"]) == 1


def test_a_new_secret_is_shown_once_lies_sealed_and_needs_the_version(
    school: School, conn_as: ConnAs, settings: Settings
) -> None:
    made = subscribe(school)
    path = f"/webhooks/{made['id']}"
    assert school.methodist.call("POST", f"{path}:rotate").status_code == 428
    rotated = school.methodist.post(f"{path}:rotate", status=200, version=1)
    assert (rotated["version"], rotated["secret"] != made["secret"]) == (2, True)
    assert school.methodist.call("POST", f"{path}:rotate", version=1).status_code == 412
    engine = conn_as("engine", Tenant(school.municipality_id))
    rows = engine.execute("SELECT secret, ends_at IS NULL AS in_force FROM webhook_secret ORDER BY id").fetchall()
    assert [row["in_force"] for row in rows] == [False, True]
    held = subscriptions.signing_secrets(engine, made["id"], keys=keys_of(settings.secrets_key))
    assert held == (rotated["secret"], made["secret"])
    assert not {*held} & {row["secret"] for row in rows}
    assert audited(school, conn_as) == ["webhook.create", "webhook.rotate"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://example.org/in", "host"),
        ("http://hooks.example.org/in", "host"),
        ("https://hooks.example.org:8443/in", "host"),
        ("http://169.254.169.254/latest/meta-data", "host"),
        ("http://127.0.0.1:5432/", "host"),
        ("https://user:secret@hooks.example.org/in", "address"),
        ("http://2130706433:9000/", "address"),
        ("ftp://hooks.example.org/in", "address"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused_on_creation_and_on_change(
    school: School, url: str, code: str
) -> None:
    refused = school.methodist.call("POST", "/webhooks", {**BODY, "url": url})
    assert refused.status_code == 422
    assert [(error["path"], error["code"]) for error in refused.get_json()["errors"]] == [("url", code)]
    made = subscribe(school, url="http://127.0.0.1:9000/in")
    changed = school.methodist.call("PATCH", f"/webhooks/{made['id']}", {"url": url}, version=1)
    assert (changed.status_code, changed.get_json()["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize("types", [[], ["programme.moved"], ["job.done", "job.done"], "job.done", None])
def test_types_are_of_the_list_and_each_once(school: School, types: Any) -> None:
    refused = school.methodist.call("POST", "/webhooks", {**BODY, "event_types": types})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["path"].startswith("event_types")


def test_a_subscription_is_changed_by_its_version_and_ended_with_a_reason(school: School, conn_as: ConnAs) -> None:
    made = subscribe(school)
    path = f"/webhooks/{made['id']}"
    changed = school.methodist.patch(path, {"is_active": False, "description": "на время ремонта"})
    assert (changed["is_active"], changed["description"], changed["url"]) == (False, "на время ремонта", BODY["url"])
    assert school.methodist.call("PATCH", path, {"is_active": True}, version=1).status_code == 412
    assert school.methodist.call("PATCH", path, {}, version=2).status_code == 422
    ended = school.methodist.end(path, "больше-не-нужна")
    assert (ended["is_active"], ended["end_reason"]) == (False, "больше-не-нужна")
    assert school.methodist.call("PATCH", path, {"is_active": True}, version=3).status_code == 409
    assert school.methodist.call("POST", f"{path}:ping").status_code == 409
    assert school.methodist.get("/webhooks")["items"] == []
    assert len(school.methodist.get("/webhooks?ended=true")["items"]) == 1
    assert audited(school, conn_as) == ["webhook.create", "webhook.update", "webhook.end"]


def test_numbered_events_become_deliveries_that_are_listed_newest_first(school: School, settings: Settings) -> None:
    webhook, first = delivered(school, settings)
    assert (first["feed_no"], first["status"], first["replay_of"]) == (1, "waiting", None)
    ping = school.methodist.post(f"/webhooks/{webhook['id']}:ping", status=202)
    assert (ping["feed_no"], ping["status"]) == (None, "waiting")
    path = f"/webhooks/{webhook['id']}/deliveries"
    page = school.methodist.get(f"{path}?limit=1")
    assert ([item["id"] for item in page["items"]], page["next"]) == ([ping["id"]], ping["id"])
    rest = school.methodist.get(f"{path}?limit=2&after={page['next']}")
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([first["id"]], None)
    assert school.methodist.get(f"{path}?status=sent")["items"] == []
    assert len(school.methodist.get(f"{path}?status=waiting")["items"]) == 2
    assert school.methodist.call("GET", f"{path}?status=lost").status_code == 422


def test_a_delivery_shows_its_attempts_and_is_repeated_when_it_was_given_up(
    school: School, settings: Settings, conn_as: ConnAs
) -> None:
    _, waiting = delivered(school, settings)
    path = f"/deliveries/{waiting['id']}"
    early = school.methodist.call("POST", f"{path}:replay")
    assert (early.status_code, early.get_json()["rule"]) == (409, "delivery.waiting")
    give_up(school, conn_as, waiting["id"])
    shown = school.methodist.get(path)
    (attempt,) = shown["attempts"]
    assert (shown["status"], attempt["outcome"], attempt["http_status"]) == ("failed", "failed", 500)
    key = uuid.uuid4().hex
    answer = school.methodist.call("POST", f"{path}:replay", key=key)
    repeat = answer.get_json()
    assert (answer.status_code, repeat["replay_of"], repeat["feed_no"]) == (202, waiting["id"], 1)
    assert school.methodist.get(answer.headers["Location"])["id"] == repeat["id"]
    again = school.methodist.call("POST", f"{path}:replay", key=key)
    assert (again.get_json()["id"], again.headers["Idempotent-Replayed"]) == (repeat["id"], "true")
    assert audited(school, conn_as) == ["webhook.create", "delivery.replay"]


def test_a_repeat_to_a_subscription_that_is_off_is_refused(school: School, settings: Settings, conn_as: ConnAs) -> None:
    webhook, delivery = delivered(school, settings)
    give_up(school, conn_as, delivery["id"])
    school.methodist.patch(f"/webhooks/{webhook['id']}", {"is_active": False})
    refused = school.methodist.call("POST", f"/deliveries/{delivery['id']}:replay")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "webhook.off")


def test_another_municipality_finds_nothing(api: Api, school: School, settings: Settings) -> None:
    webhook, delivery = delivered(school, settings)
    foreign = School.begin(api, "Чужая").methodist
    for method, path in (
        ("GET", f"/webhooks/{webhook['id']}"),
        ("PATCH", f"/webhooks/{webhook['id']}"),
        ("DELETE", f"/webhooks/{webhook['id']}"),
        ("POST", f"/webhooks/{webhook['id']}:rotate"),
        ("POST", f"/webhooks/{webhook['id']}:ping"),
        ("GET", f"/webhooks/{webhook['id']}/deliveries"),
        ("GET", f"/deliveries/{delivery['id']}"),
        ("POST", f"/deliveries/{delivery['id']}:replay"),
    ):
        body = {"is_active": False} if method == "PATCH" else None
        assert foreign.call(method, path, body, version=1).status_code == 404, (method, path)
    assert foreign.get("/webhooks")["items"] == []
    assert school.methodist.get(f"/webhooks/{webhook['id']}")["version"] == 1


def test_subscriptions_are_the_methodists_and_the_administrators_in_a_named_municipality(
    api: Api, school: School
) -> None:
    assert school.curator.call("GET", "/webhooks").status_code == 403
    assert school.curator.call("POST", "/webhooks", BODY).status_code == 403
    inside = Account(api.app, api.admin.token, school.municipality_id)
    inside.post("/webhooks", BODY)
    assert len(school.methodist.get("/webhooks")["items"]) == 1
    refused = api.admin.call("POST", "/webhooks", BODY)
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "X-Municipality")


def test_where_no_host_is_allowed_webhooks_are_off(app: Flask, school: School, settings: Settings) -> None:
    with installed(app, settings):
        refused = school.methodist.call("POST", "/webhooks", BODY)
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (422, "off")


def test_a_mistake_in_the_list_of_hosts_is_told_at_the_start(settings: Settings) -> None:
    with pytest.raises(SettingInvalid, match="NASTAVNIK_WEBHOOK_HOSTS"):
        open_state(replace(settings, webhook_hosts="hooks.example.org, *.example.org"))


def test_an_installation_without_a_key_makes_no_subscription(app: Flask, school: School, settings: Settings) -> None:
    with installed(app, replace(settings, webhook_hosts="hooks.example.org", secrets_key="")):
        answer = school.methodist.call("POST", "/webhooks", BODY)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "secrets.no_key")
    assert school.methodist.get("/webhooks")["items"] == []
