"""What comes back from an issuer: believed only from the browser that asked, once, whole, and signed by the issuer."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import urllib3
from flask import Flask
from joserfc.jwk import OctKey

from services.api.issuer import BACK
from shared.db.tenancy import PLATFORM, Tenant
from tests.api.local_issuer import CLIENT_ID, CLIENT_SECRET, Issuer, new_key
from tests.api.sign_on.browsing import PUBLIC, Browser, Invited, code_of, deeds
from tests.conftest import ConnAs


def test_what_goes_to_the_issuer_and_what_stays_in_the_browser(invited: Invited, browser: Browser) -> None:
    away = browser.client.get("/enter/sso")
    asked = parse_qs(urlsplit(away.headers["Location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == [PUBLIC + BACK]
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["scope"], len(asked["nonce"][0]), len(asked["state"][0])) == (["openid email"], 43, 43)
    (cookie,) = away.headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/enter/sso", "Max-Age=600"} <= set(cookie.split("; "))
    kept = cookie.split(";")[0].partition("=")[2].split(".")
    assert kept[:2] == [asked["state"][0], asked["nonce"][0]]
    assert kept[2] not in away.headers["Location"]
    assert CLIENT_SECRET not in away.headers["Location"] + cookie


def test_nothing_is_taken_from_a_browser_that_did_not_begin(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask
) -> None:
    address = browser.go()
    lured = Browser(app.test_client())
    assert code_of(lured.come_back(address)) == (403, True)
    lured.go()
    assert code_of(lured.come_back(address)) == (403, True), "begun, but not this one"
    for wrong in (address.replace("state=", "state=x"), address.split("&state")[0], f"{BACK}?state=%00&code=a", BACK):
        begun = Browser(app.test_client())
        begun.go()
        assert code_of(begun.come_back(wrong)) == (403, True), wrong
    assert "/token" not in issuer.asked, "the issuer is not even asked"
    assert not lured.has_entered


def test_a_code_and_a_sign_in_work_once(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask, conn_as: ConnAs
) -> None:
    away = browser.client.get("/enter/sso")
    kept = away.headers["Set-Cookie"].split(";")[0].partition("=")[2]
    address = urllib3.request("GET", away.headers["Location"], redirect=False, retries=False).headers["Location"]
    codes = dict(issuer.codes)
    assert browser.come_back(address).status_code == 303
    thief = Browser(app.test_client())
    thief.client.set_cookie("nastavnik_sign_on", kept, path="/enter/sso")
    assert code_of(thief.come_back(address)) == (403, True), "the issuer does not take the code again"
    issuer.codes.update(codes)
    thief.client.set_cookie("nastavnik_sign_on", kept, path="/enter/sso")
    assert code_of(thief.come_back(address)) == (403, True), "an issuer that does is not believed twice"
    assert not thief.has_entered
    assert deeds(conn_as, invited.school.municipality_id).count("login") == 1
    assert conn_as("api", Tenant(PLATFORM)).execute("SELECT FROM spent_nonce").rowcount == 1


def test_a_code_that_is_none_is_refused_whatever_it_is(invited: Invited, browser: Browser) -> None:
    for code in ("x", "%00", "%ED%A0%80", "%D0%B0&code=b", "a%26state%3Db", "%22%3E", "a" * 5000, "%F0%9F%99%82"):
        state = parse_qs(urlsplit(browser.go()).query)["state"][0]
        assert code_of(browser.come_back(f"{BACK}?code={code}&state={state}")) == (403, True), code
    for kept in ("", "...", "a.b.c.d.e", "\N{CYRILLIC SMALL LETTER A}.b.c.7", "a.b\x7f.\N{CYRILLIC SMALL LETTER A}.0"):
        browser.client.set_cookie("nastavnik_sign_on", kept, path="/enter/sso")
        shown = quote(kept.split(".")[0])
        assert code_of(browser.come_back(f"{BACK}?code=x&state={shown}")) == (403, True), kept


LIES: dict[str, dict[str, Any]] = {
    "nonce of another sign-in": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "for another client": {"aud": "another"},
    "for another client, too": {"aud": [CLIENT_ID, "another"]},
    "for another client, by name": {"azp": "another"},
    "no audience": {"aud": None},
    "of another issuer": {"iss": "https://issuer.example"},
    "no issuer": {"iss": None},
    "over": {"exp": 1_000_000_000},
    "without an end": {"exp": None},
    "of yesterday": {"iat": 1_700_000_000},
    "of tomorrow": {"iat": 4_000_000_000},
    "not yet": {"nbf": 4_000_000_000},
    "times that are words": {"exp": "soon"},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "a name of control characters": {"sub": "a\x00b"},
    "a name without end": {"sub": "a" * 256},
    "a number": {"sub": 7},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


def test_an_identity_token_that_does_not_fit_is_not_believed(
    invited: Invited, browser: Browser, issuer: Issuer
) -> None:
    for name, claims in LIES.items():
        issuer.tell_the_truth()
        issuer.claims = claims
        assert code_of(browser.sign_on()) == (502, True), name
    assert not browser.has_entered
    assert invited.manager.get(f"{invited.path}/identities")["items"] == []


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # the point of one case
def test_only_the_issuers_own_signature_counts(invited: Invited, browser: Browser, issuer: Issuer) -> None:
    forged = new_key("first")
    for name, key, algorithm, published in (
        ("another key under the same name", forged, "ES256", issuer.key),
        ("a key that is not published", new_key("hidden"), "ES256", issuer.key),
        ("the client's secret", OctKey.import_key(CLIENT_SECRET * 3, {"kid": "first"}), "HS256", issuer.key),
        ("a shared secret that is published", OctKey.generate_key(256, {"kid": "shared"}), "HS256", None),
        ("no signature", OctKey.generate_key(256, {"kid": "first"}), "none", issuer.key),
    ):
        issuer.tell_the_truth()
        issuer.key, issuer.algorithm = key, algorithm
        issuer.published = [published or key]
        assert code_of(browser.sign_on()) == (502, True), name
    assert not browser.has_entered


def test_an_answer_that_names_another_issuer_is_not_taken(invited: Invited, browser: Browser, issuer: Issuer) -> None:
    assert code_of(browser.come_back(f"{browser.go()}&iss=https://evil.example")) == (403, True)
    assert "/token" not in issuer.asked
    assert browser.come_back(f"{browser.go()}&iss={issuer.url}").status_code == 303


def test_a_person_whom_the_issuer_turns_away_is_told_so(invited: Invited, browser: Browser, issuer: Issuer) -> None:
    state = parse_qs(urlsplit(browser.go()).query)["state"][0]
    answer = browser.come_back(f"{BACK}?error=access_denied&error_description=%3Cscript%3E&state={state}")
    assert code_of(answer) == (403, True)
    assert "script>" not in answer.get_data(as_text=True)
    assert "/token" not in issuer.asked


def test_nobody_is_sent_anywhere_but_to_our_own_pages(invited: Invited, browser: Browser) -> None:
    for wish in ("//evil.example", "https://evil.example", "7/../..", "-1", "%0d%0aX: y"):
        assert browser.sign_on(f"?programme={wish}").headers["Location"] == "/entered"
    address = browser.go("?programme=7")
    assert browser.come_back(f"{address}&programme=//evil.example").headers["Location"] == "/entered?programme=7"
