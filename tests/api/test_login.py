"""Entering by login and password: who is let in, what the browser is given, and when the door is shut."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import redis
from argon2 import PasswordHasher
from flask import Flask

from services.api.app import serve
from services.api.attempts import LINK_ADDRESS
from shared.db.tenancy import PLATFORM, Tenant
from shared.settings import Settings
from tests.api.entering import (
    LOGIN,
    OTHER_PASSWORD,
    PASSWORD,
    begin_entering,
    change,
    entered,
    invite,
    is_in,
    log_in,
    member,
    noted,
    path_of,
    press,
)
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Api

COOKIE = "nastavnik_token"
A = "a" * 43


@pytest.fixture
def school(api: Api) -> School:
    return begin_entering(api)


def test_the_right_password_opens_the_pages_and_the_browser_holds_a_secret_that_no_script_reads(
    app: Flask, school: School
) -> None:
    client, answer = log_in(app)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    kept = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith(f"{COOKIE}=nss_"))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(kept.split("; "))
    assert "Secure" not in kept
    assert "Max-Age" not in kept
    page = client.get("/account").get_data(as_text=True)
    assert "Анна Куратор" in page
    assert client.get("/").status_code == 200


def test_over_https_the_cookie_is_never_sent_in_the_open(app: Flask, school: School) -> None:
    form = {"login": LOGIN, "password": PASSWORD}
    answer = app.test_client().post("/enter/password", data=form, base_url="https://localhost")
    assert all("; Secure" in value for value in answer.headers.getlist("Set-Cookie"))


def test_a_wrong_password_an_unknown_login_and_one_without_a_password_get_one_answer(
    app: Flask, school: School
) -> None:
    invite(school, "invited@school.example")
    answers = []
    for login, password in (
        (LOGIN, OTHER_PASSWORD),
        ("nobody@school.example", PASSWORD),
        ("invited@school.example", PASSWORD),
        ("no login", PASSWORD),
        (LOGIN, "х" * 5000),
        ("nobody@school.example\x00", ""),
    ):
        client, answer = log_in(app, login, password)
        assert not client.get_cookie(COOKIE)
        text = re.sub(r'value="[^"]*"|<code>.*?</code>', "", answer.get_data(as_text=True))
        answers.append((answer.status_code, text))
    assert answers[0][0] == 401
    assert "Логин или пароль не подошли." in answers[0][1]
    assert set(answers) == {answers[0]}


def test_a_login_may_be_written_in_any_case_and_width(app: Flask, school: School) -> None:
    for login in ("CURATOR@School.example", " curator@school.example ", "ｃｕｒａｔｏｒ@school.example"):
        assert is_in(entered(app, login)), login


def test_the_door_is_in_the_audit_log_without_logins_and_secrets(app: Flask, school: School, conn_as: ConnAs) -> None:
    log_in(app, password=OTHER_PASSWORD)
    log_in(app, "nobody@school.example")
    client = entered(app)
    client.post("/leave")
    conn = conn_as("api", Tenant(school.municipality_id))
    came = [("login.failed", "nobody"), ("login", "curator"), ("logout", "curator")]
    assert noted(conn) == [("account.invite", "methodist"), ("password.set", "curator"), *came]
    (failed,) = conn.execute("SELECT * FROM audit WHERE action = 'login.failed'").fetchall()
    assert (failed["actor_id"], failed["entity"]) == (None, "principal")
    assert failed["entity_id"] is not None
    (unknown,) = (
        conn_as("api", Tenant(PLATFORM)).execute("SELECT * FROM audit WHERE action = 'login.failed'").fetchall()
    )
    assert unknown["entity_id"] is None


def test_another_site_can_make_nobody_enter_or_ask(app: Flask, school: School) -> None:
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for path in ("/enter/password", "/enter/code", "/forgot", "/password/nsa_1_" + A):
            assert app.test_client().post(path, headers=header).status_code == 422, path


def test_a_hash_with_other_parameters_is_renewed_at_the_next_login(
    app: Flask, school: School, dsns: dict[str, str], conn_as: ConnAs
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    change(dsns, school, "UPDATE account SET password_hash = %s", weak)
    assert is_in(entered(app))
    (row,) = conn_as("api", Tenant(school.municipality_id)).execute("SELECT password_hash FROM account").fetchall()
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_in(entered(app))


def test_without_valkey_the_password_is_closed_and_all_else_goes_on(
    app: Flask, school: School, settings: Settings
) -> None:
    client = entered(app)
    serve(app, replace(settings, valkey_url="redis://127.0.0.1:1/0"))
    _, closed = log_in(app)
    assert (closed.status_code, closed.headers["Retry-After"]) == (503, "10")
    assert "Вход по токену работает" in closed.get_data(as_text=True)
    assert is_in(client)
    form = {"old": PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert press(client, "/account", "/account/password", **form).status_code == 503
    assert app.test_client().post("/enter", data={"token": school.curator.token}).status_code == 303
    assert school.curator.get("/me")["role"] == "curator"
    assert app.test_client().post("/forgot", data={"login": LOGIN}).status_code == 200
    for held in (app.extensions["nastavnik"].database, app.extensions["nastavnik"].respondents):
        held.close()


def test_a_valkey_that_takes_nothing_more_closes_the_password_and_nothing_else(
    app: Flask, school: School, valkey_url: str
) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.config_set("maxmemory", 1)
        try:
            assert log_in(app)[1].status_code == 503
            assert school.curator.get("/me")["role"] == "curator"
        finally:
            client.config_set("maxmemory", 0)
    assert is_in(entered(app))


def test_the_platforms_administrator_enters_too_and_gets_no_letter(app: Flask, api: Api, conn_as: ConnAs) -> None:
    me = api.admin.get("/me")["principal_id"]
    api.admin.patch(f"/principals/{me}", {"email": "admin@rayon.example"})
    link = path_of(api.admin.post(f"/principals/{me}/invitation")["url"])
    assert app.test_client().post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    client = entered(app, "admin@rayon.example")
    page = client.get("/account").get_data(as_text=True)
    assert "администратор системы" in page
    assert "этот сеанс" in page
    assert app.test_client().post("/forgot", data={"login": "admin@rayon.example"}).status_code == 200
    assert conn_as("api", Tenant(PLATFORM)).execute("SELECT FROM account_link WHERE purpose = 'reset'").fetchall() == []


def test_who_came_by_a_token_sees_that_no_password_is_set_and_can_set_none(app: Flask, school: School) -> None:
    client = app.test_client()
    client.post("/enter", data={"token": school.curator.token})
    page = client.get("/account").get_data(as_text=True)
    assert "вы вошли по токену" in page
    assert "/account/password" not in page
    assert press(client, "/account", "/leave").status_code == 303


def test_after_ten_attempts_a_login_rests_whoever_tries_and_others_do_not(app: Flask, school: School) -> None:
    member(school, "other@school.example")
    statuses = [log_in(app, LOGIN.upper() if n % 2 else LOGIN, OTHER_PASSWORD)[1].status_code for n in range(10)]
    assert set(statuses) == {401}
    _, refused = log_in(app)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert "Слишком много попыток" in refused.get_data(as_text=True)
    assert is_in(entered(app, "other@school.example"))


def test_attempts_are_counted_by_the_address_that_our_own_proxies_name(app: Flask, settings: Settings) -> None:
    link = "/password/nsa_1_" + A

    def status(forwarded: str) -> int:
        return app.test_client().get(link, headers={"X-Forwarded-For": forwarded}).status_code

    statuses = [status(f"203.0.113.{n}") for n in range(LINK_ADDRESS.amount + 1)]
    assert statuses == [404] * LINK_ADDRESS.amount + [429], "without a proxy of ours the header is the sender's own"
    serve(app, replace(settings, trusted_proxies=1))
    assert status("203.0.113.1") == 404
    assert status("203.0.113.1, 127.0.0.1") == 429, "the last hop is the one that our proxy has seen"
    (one, *rest) = [status(f"2001:db8:0:7:{n:x}::1") for n in range(LINK_ADDRESS.amount + 1)]
    assert (one, rest[-1]) == (404, 429), "a household has a whole /64"
    assert status("2001:db8:0:8::1") == 404
    assert status("not an address") == 404
    for held in (app.extensions["nastavnik"].database, app.extensions["nastavnik"].respondents):
        held.close()
