"""The issuer as a server that we depend on: its keys, its failures, and an installation that has none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from services.api.issuer import BACK
from services.api.state import open_state
from shared.settings import SettingInvalid, Settings
from tests.api.local_issuer import CLIENT_SECRET, Issuer, new_key, running_issuer
from tests.api.sign_on.browsing import EMAIL, Browser, Invited, code_of, signing_on
from tests.http import installed


def test_a_key_that_has_changed_is_fetched_and_one_that_has_not_is_kept(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask
) -> None:
    for _ in range(2):
        assert browser.sign_on().status_code == 303
    assert issuer.asked.count("/keys") == 1
    assert issuer.asked.count("/.well-known/openid-configuration") == 1
    issuer.key = new_key("second")
    assert browser.sign_on().status_code == 303
    issuer.key = new_key("second")  # another one under the old one's name
    assert browser.sign_on().status_code == 303
    assert issuer.asked.count("/keys") == 3


def test_an_issuer_that_keeps_its_token_short_is_asked_for_the_address(
    invited: Invited, browser: Browser, issuer: Issuer
) -> None:
    issuer.is_short = True
    issuer.userinfo = {"sub": "somebody else", "email": EMAIL, "email_verified": True}
    assert code_of(browser.sign_on()) == (502, True)
    issuer.userinfo = None
    assert browser.sign_on().status_code == 303


def test_an_issuer_that_is_away_or_broken_is_said_to_be_so(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask, settings: Settings
) -> None:
    for fails_with, status, again in ((500, 503, "60"), (404, 502, None)):
        issuer.tell_the_truth()
        address = browser.go()
        issuer.fails_with = fails_with
        answer = browser.come_back(address)
        assert (code_of(answer), answer.headers.get("Retry-After")) == ((status, True), again)
    with running_issuer() as gone:
        url = gone.url
    for name, document, status in (
        ("nobody listens", None, 503),
        ("a document of another issuer", {"issuer": "https://issuer.example"}, 502),
        ("an endpoint that is no address", {"token_endpoint": None}, 502),
        ("an endpoint that cannot be read", {"token_endpoint": "http://["}, 502),
        ("an endpoint of another kind", {"jwks_uri": "file:///etc/passwd"}, 502),
        ("ways that are a number", {"token_endpoint_auth_methods_supported": 7}, 502),
        ("a document without end", {"padding": "x" * 1_100_000}, 502),
    ):
        issuer.tell_the_truth()
        issuer.document = document or {}
        with installed(app, signing_on(settings, issuer.url if document else url)) as client:
            assert code_of(client.get("/enter/sso")) == (status, True), name


def test_the_log_says_what_did_not_fit_and_nothing_about_the_person(
    invited: Invited, issuer: Issuer, app: Flask, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    logging = replace(settings, log_level="INFO")
    with installed(app, signing_on(logging, issuer.url, oidc_client_secret="wrong")) as client:
        assert code_of(Browser(client).sign_on()) == (502, True)
    with installed(app, signing_on(logging, issuer.url)) as client:
        issuer.claims = {"aud": "another"}
        assert code_of(Browser(client).sign_on()) == (502, True)
        issuer.tell_the_truth(email="stranger@school.example")
        assert code_of(Browser(client).sign_on()) == (403, True)
    told = "".join(capfd.readouterr())
    assert told.count("sign_on_refused") == 3
    for why in ("invalid_client", "InvalidClaimError aud", "sign_on.unknown"):
        assert why in told
    for secret in ("person-1", "stranger", EMAIL, CLIENT_SECRET, "code=", "state="):
        assert secret not in told


def test_without_an_issuer_there_is_no_such_address_and_no_button(app: Flask, settings: Settings) -> None:
    with installed(app, settings) as without:
        assert [without.get(path).status_code for path in ("/enter/sso", BACK)] == [404, 404]
        assert "/enter/sso" not in without.get("/enter").get_data(as_text=True)
    page = app.test_client().get("/enter?programme=7").get_data(as_text=True)
    assert 'href="/enter/sso?programme=7"' in page
    assert "127.0.0.1" in page


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"oidc_issuer": "http://issuer.example"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "issuer.example"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://["}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://user:x@issuer.example"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://issuer.example?a=b"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "http://127.0.0.1:1", "environment": "production"}, "OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "OIDC_CLIENT_ID"),
        ({"oidc_client_secret": ""}, "OIDC_CLIENT_SECRET"),
        ({"public_url": ""}, "PUBLIC_URL"),
    ],
)
def test_settings_that_do_not_fit_together_stop_the_process(changes: dict[str, str], named: str) -> None:
    whole = Settings(database_url="unused", respondent_database_url="unused", environment="development")
    with pytest.raises(SettingInvalid, match=named) as told:
        open_state(signing_on(whole, "https://issuer.example", **changes))
    assert CLIENT_SECRET not in str(told.value)
