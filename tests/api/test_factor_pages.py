"""The second factor in a browser: turned on by a code, asked for after the password, each code once."""

from __future__ import annotations

import base64
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask import Flask
from flask.testing import FlaskClient

from services.api.app import serve
from shared.access.sealed import keys_of, seal
from shared.access.second_factor import OFFER_SECONDS, RECOVERY_CODES, STEP_SECONDS, WRONG_AT_MOST
from shared.db.tenancy import Tenant
from shared.settings import Settings
from tests.api.entering import (
    LOGIN,
    OTHER_PASSWORD,
    PASSWORD,
    begin_entering,
    change,
    entered,
    inside,
    is_in,
    log_in,
    path_of,
    press,
)
from tests.api.lock_queue import wait_for_a_lock
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Api

STEP = "nastavnik_step"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a key for secrets."""
    return replace(settings, secrets_key="k" * 40)


@pytest.fixture
def school(api: Api) -> School:
    return begin_entering(api)


def code_of(secret: bytes, steps: int = 0) -> str:
    at = int(time.time()) + steps * STEP_SECONDS
    return TOTP(secret, 6, SHA1(), STEP_SECONDS).generate(at).decode()  # noqa: S303 - the standard's hash


def text_of(answer: object) -> str:
    return unescape(answer.get_data(as_text=True))  # type: ignore[attr-defined]


def turned_on(client: FlaskClient) -> tuple[bytes, list[str]]:
    """Turn the factor on in a browser that has entered; return its secret and the recovery codes."""
    offer = text_of(press(client, "/account", "/account/factor", password=PASSWORD))
    secret = base64.b32decode("".join(re.findall(r"<code>([A-Z2-7 ]+)</code>", offer)[0].split()))
    mark = re.findall(r'name="mark" value="(\w+)"', offer)[0]
    confirmed = client.post("/account/factor/confirm", data={"mark": mark, "code": code_of(secret)})
    assert confirmed.status_code == 200, text_of(confirmed)
    return secret, re.findall(r"<code>([a-z2-7-]{29})</code>", text_of(confirmed))


def second_step(app: Flask) -> FlaskClient:
    """Return a browser that has shown the password and is asked for the code."""
    client, answer = log_in(app)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/enter/code")
    return client


def send_code(client: FlaskClient, code: str) -> int:
    return client.post("/enter/code", data={"code": code}).status_code


def test_it_is_turned_on_by_the_password_and_a_code_and_shows_ten_codes_once(
    app: Flask, school: School, conn_as: ConnAs
) -> None:
    client = entered(app)
    refused = press(client, "/account", "/account/factor", password=OTHER_PASSWORD)
    assert (refused.status_code, "Пароль не подошёл." in text_of(refused)) == (422, True)
    offer = text_of(press(client, "/account", "/account/factor", password=PASSWORD))
    assert "<svg" in offer
    assert "style=" not in offer
    mark = re.findall(r'name="mark" value="(\w+)"', offer)[0]
    wrong = client.post("/account/factor/confirm", data={"mark": mark, "code": "000000"})
    assert (wrong.status_code, "Код не подошёл" in text_of(wrong)) == (422, True)
    assert is_in(entered(app)), "before a code has confirmed it nothing is asked for"
    secret, codes = turned_on(client)
    assert len(set(codes)) == RECOVERY_CODES
    assert "Кодов восстановления осталось: 10" in text_of(client.get("/account"))
    (row,) = conn_as("api", Tenant(school.municipality_id)).execute("SELECT factor FROM account").fetchall()
    assert base64.b32encode(secret).decode() not in row["factor"]
    stored = conn_as("api", Tenant(school.municipality_id)).execute("SELECT code_hash FROM recovery_code").fetchall()
    assert len(stored) == RECOVERY_CODES


def test_after_the_password_nothing_opens_before_the_code_and_no_code_counts_twice(
    app: Flask, school: School, dsns: dict[str, str]
) -> None:
    secret, _ = turned_on(entered(app))
    client = second_step(app)
    assert client.get_cookie("nastavnik_token") is None
    held = client.get_cookie(STEP, path="/enter")
    assert held is not None
    assert not is_in(client)
    forged = app.test_client()
    forged.set_cookie("nastavnik_token", held.value)
    assert not is_in(forged), "the first step's secret is no session"
    assert "Второй шаг" in text_of(client.get("/enter/code"))
    assert send_code(client, code_of(secret)) == 401, "its half minute was used up when the factor was turned on"
    code = code_of(secret, 1)
    assert send_code(client, code) == 303
    assert is_in(client)
    assert send_code(second_step(app), code) == 401
    again = app.test_client()
    again.set_cookie(STEP, held.value, path="/enter")
    change(dsns, school, "UPDATE account SET last_step = 0")
    assert send_code(again, code_of(secret)) == 401, "the step is over once the session is open"


def test_a_recovery_code_counts_once(app: Flask, school: School) -> None:
    _, codes = turned_on(entered(app))
    client = second_step(app)
    assert send_code(client, codes[3].upper().replace("-", " ")) == 303
    assert is_in(client)
    assert send_code(second_step(app), codes[3]) == 401
    assert "осталось: 9" in text_of(client.get("/account"))


def test_of_two_who_send_one_code_at_once_one_comes_in(app: Flask, school: School, dsns: dict[str, str]) -> None:
    secret, _ = turned_on(entered(app))
    clients = [second_step(app), second_step(app)]
    change(dsns, school, "UPDATE account SET last_step = 0")
    both, code = threading.Barrier(2), code_of(secret)
    statuses: list[int] = []

    def send(client: FlaskClient) -> None:
        both.wait()
        statuses.append(send_code(client, code))

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 401]


def test_a_new_password_between_the_two_steps_lets_nobody_in_by_the_old_one(
    app: Flask, school: School, dsns: dict[str, str]
) -> None:
    secret, _ = turned_on(entered(app))
    client = second_step(app)
    change(dsns, school, "UPDATE account SET last_step = 0")
    with ThreadPoolExecutor(1) as pool:
        with inside(dsns, school) as conn:
            conn.execute("UPDATE account SET password_set_at = now()")
            conn.execute("UPDATE account_session SET ended_at = now()")
            coming = pool.submit(client.post, "/enter/code", data={"code": code_of(secret)})
            wait_for_a_lock(dsns["nastavnik_api"], coming)
        assert coming.result(timeout=20).status_code == 401
    assert not is_in(client)


def test_the_second_step_waits_five_minutes_and_no_session_can_be_made_of_it(
    app: Flask, school: School, dsns: dict[str, str]
) -> None:
    secret, _ = turned_on(entered(app))
    client = second_step(app)
    change(dsns, school, "UPDATE account_session SET idle_until = now() WHERE awaits_code")
    answer = client.post("/enter/code", data={"code": code_of(secret, 1)})
    assert (answer.status_code, "Войти" in text_of(answer)) == (401, True)
    assert app.test_client().get("/enter/code").headers["Location"] == "/enter"


def test_after_many_wrong_codes_in_a_row_none_is_taken_until_a_new_password(
    app: Flask, school: School, dsns: dict[str, str]
) -> None:
    person = entered(app)
    secret, codes = turned_on(person)
    me = person.get("/api/v1/me").get_json()["principal_id"]
    change(dsns, school, "UPDATE account SET last_step = 0, wrong_codes = %s", WRONG_AT_MOST - 1)
    client = second_step(app)
    assert send_code(client, "000000") == 401
    assert send_code(client, code_of(secret)) == 409
    assert send_code(client, codes[0]) == 409
    url = school.methodist.post(f"/principals/{me}/password-reset")["url"]
    form = {"password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert app.test_client().post(path_of(url), data=form).status_code == 303
    client, answer = log_in(app, password=OTHER_PASSWORD)
    assert answer.headers["Location"] == "/enter/code", "a new password does not turn the second factor off"
    assert send_code(client, code_of(secret)) == 303


def test_a_new_password_by_a_letter_does_not_give_fifty_more_codes(
    app: Flask, school: School, dsns: dict[str, str]
) -> None:
    person = entered(app)
    secret, _ = turned_on(person)
    me = person.get("/api/v1/me").get_json()["principal_id"]
    change(dsns, school, "UPDATE account SET last_step = 0, wrong_codes = %s", WRONG_AT_MOST)
    url = school.methodist.post(f"/principals/{me}/password-reset")["url"]
    change(dsns, school, "UPDATE account_link SET created_by = NULL")  # as of one that was asked for on the page
    form = {"password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert app.test_client().post(path_of(url), data=form).status_code == 303
    client, _ = log_in(app, password=OTHER_PASSWORD)
    assert send_code(client, code_of(secret)) == 409


def test_an_offer_waits_for_a_quarter_of_an_hour_and_ends_with_the_password(
    app: Flask, school: School, dsns: dict[str, str], settings: Settings
) -> None:
    client = entered(app)
    offer = text_of(press(client, "/account", "/account/factor", password=PASSWORD))
    mark = re.findall(r'name="mark" value="(\w+)"', offer)[0]
    secret = base64.b32decode("".join(re.findall(r"<code>([A-Z2-7 ]+)</code>", offer)[0].split()))
    place = f"account.factor:{school.municipality_id}:{client.get('/api/v1/me').get_json()['principal_id']}"
    stale = (int(time.time()) - OFFER_SECONDS - 1).to_bytes(8)
    sealed = seal(keys_of(settings.secrets_key), secret + stale, place)
    change(dsns, school, "UPDATE account SET factor_offered = %s", sealed)
    late = client.post("/account/factor/confirm", data={"mark": mark, "code": "000000"})
    assert (late.status_code, "Начните включение заново." in text_of(late)) == (422, True)
    offer = text_of(press(client, "/account", "/account/factor", password=PASSWORD))
    secret = base64.b32decode("".join(re.findall(r"<code>([A-Z2-7 ]+)</code>", offer)[0].split()))
    form = {"old": PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert press(client, "/account", "/account/password", **form).status_code == 303
    answer = client.post("/account/factor/confirm", data={"mark": mark, "code": code_of(secret)})
    assert (answer.status_code, "Начните включение заново." in text_of(answer)) == (422, True)


def test_no_page_that_shows_a_secret_is_kept_to_be_shown_again(app: Flask, school: School, conn_as: ConnAs) -> None:
    client = entered(app)
    client.environ_base["HTTP_IDEMPOTENCY_KEY"] = "again"
    turned_on(client)
    assert press(client, "/account", "/account/factor/codes", password=PASSWORD).status_code == 200
    repeated = press(client, "/account", "/account/factor/codes", password=PASSWORD)
    assert (repeated.status_code, "<code>" in text_of(repeated)) == (409, False)
    query = "SELECT path, answer FROM idempotency WHERE path LIKE '/account%' ORDER BY path"
    kept = conn_as("api", Tenant(school.municipality_id)).execute(query)
    paths = ("/account/factor", "/account/factor/codes", "/account/factor/confirm")
    assert [(row["path"], row["answer"]) for row in kept] == [(path, None) for path in paths]


def test_it_is_turned_off_and_its_codes_renewed_by_the_password(app: Flask, school: School) -> None:
    client = entered(app)
    _, codes = turned_on(client)
    assert press(client, "/account", "/account/factor/codes", password=OTHER_PASSWORD).status_code == 422
    renewed = text_of(press(client, "/account", "/account/factor/codes", password=PASSWORD))
    assert re.findall(r"<code>([a-z2-7-]{29})</code>", renewed)[0] not in codes
    assert send_code(second_step(app), codes[0]) == 401
    assert press(client, "/account", "/account/factor/off", password=OTHER_PASSWORD).status_code == 422
    assert press(client, "/account", "/account/factor/off", password=PASSWORD).status_code == 303
    assert is_in(entered(app, LOGIN))


def test_without_a_key_of_the_installation_it_is_not_offered(app: Flask, school: School, settings: Settings) -> None:
    client = entered(app)
    page = text_of(client.get("/account"))
    mark = re.findall(r'action="/account/factor">\s*<input type="hidden" name="mark" value="(\w+)"', page)[0]
    serve(app, replace(settings, secrets_key=""))
    assert "второй шаг не настроен" in text_of(client.get("/account"))
    refused = client.post("/account/factor", data={"mark": mark, "password": PASSWORD})
    assert (refused.status_code, "NASTAVNIK_SECRETS_KEY" in text_of(refused)) == (409, True)
    for held in (app.extensions["nastavnik"].database, app.extensions["nastavnik"].respondents):
        held.close()


def test_a_new_key_takes_over_where_the_old_one_has_sealed(app: Flask, school: School, settings: Settings) -> None:
    secret, codes = turned_on(entered(app))
    old, new = settings.secrets_key, "n" * 40
    held = [app.extensions["nastavnik"]]
    for keys, code, status in (
        (f"{new} {old}", code_of(secret, 1), 303),
        (new, codes[0], 303),
        (old, codes[1], 500),
    ):
        serve(app, replace(settings, secrets_key=keys))
        held.append(app.extensions["nastavnik"])
        assert send_code(second_step(app), code) == status, keys
    for one in held[1:]:
        one.database.close()
        one.respondents.close()
