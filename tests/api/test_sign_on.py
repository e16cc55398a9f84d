"""Single sign-on against a real issuer on loopback: who comes in, who does not, and what they are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import urllib3
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from services.api.issuer import BACK
from services.api.state import open_state
from shared.access import identities
from shared.db.tenancy import PLATFORM, Tenant
from shared.settings import SettingInvalid, Settings
from tests.api.local_issuer import CLIENT_ID, CLIENT_SECRET, Issuer, new_key, running_issuer
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Account, Api, installed

EMAIL = "curator@school.example"
PUBLIC = "http://nastavnik.test"


@pytest.fixture(scope="module")
def served() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(served: Issuer) -> Issuer:
    """The issuer, which tells the truth."""
    served.tell_the_truth()
    return served


@pytest.fixture
def app(built: Flask, settings: Settings, issuer: Issuer) -> Iterator[Flask]:
    """The application of an installation that has the issuer."""
    with installed(built, signing_on(settings, issuer.url)):
        yield built


def signing_on(settings: Settings, url: str, **changes: str) -> Settings:
    whole: dict[str, Any] = {"oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET, "public_url": PUBLIC}
    return replace(settings, **{"oidc_issuer": url, **whole, **changes})


@dataclass(frozen=True)
class Invited:
    """A curator with an account under EMAIL."""

    school: School
    principal_id: int

    @property
    def manager(self) -> Account:
        return Account(self.school.api.app, self.school.api.admin.token, self.school.municipality_id)

    @property
    def path(self) -> str:
        return f"/principals/{self.principal_id}"


@pytest.fixture
def invited(api: Api) -> Invited:
    school = School.begin(api)
    manager = Account(api.app, api.admin.token, school.municipality_id)
    fields = {"name": "Орлова М. С.", "role": "curator", "school_id": school.school_id, "email": EMAIL}
    principal_id = manager.post("/principals", fields)["id"]
    manager.post(f"/principals/{principal_id}/invitation")
    return Invited(school, principal_id)


@dataclass(frozen=True)
class Browser:
    """Somebody's browser: goes to the issuer and brings back what it says."""

    client: FlaskClient

    def go(self, query: str = "") -> str:
        """Press the button; return where the issuer sends the browser back to."""
        away = self.client.get(f"/enter/sso{query}")
        assert away.status_code == 303, away.get_data(as_text=True)
        answer = urllib3.request("GET", away.headers["Location"], redirect=False, retries=False)
        assert answer.status == 302, answer.data
        return answer.headers["Location"]

    def come_back(self, address: str) -> TestResponse:
        return self.client.get(address.removeprefix(PUBLIC), headers={"Accept-Language": "en"})

    def sign_on(self, query: str = "") -> TestResponse:
        return self.come_back(self.go(query))

    @property
    def has_entered(self) -> bool:
        """Say whether the list of programmes is shown, and not the form to enter by."""
        page = self.client.get("/").get_data(as_text=True)
        return 'action="/enter"' not in page


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def code_of(answer: TestResponse) -> tuple[int, bool]:
    """Return the status of a refusal and whether it is a page without a trace of our inside."""
    page = answer.get_data(as_text=True)
    return answer.status_code, answer.mimetype == "text/html" and "Traceback" not in page and ".py" not in page


def deeds(conn_as: ConnAs, municipality_id: int) -> list[str]:
    rows = conn_as("auditor", Tenant(municipality_id)).execute("SELECT action FROM audit ORDER BY id").fetchall()
    return [row["action"] for row in rows]


def test_the_first_sign_in_knows_the_person_by_the_address_and_every_later_one_by_the_subject(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask, conn_as: ConnAs
) -> None:
    answer = browser.sign_on("?programme=7")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/entered?programme=7")
    assert browser.has_entered
    (identity,) = invited.manager.get(f"{invited.path}/identities")["items"]
    assert (identity["issuer"], identity["subject"], identity["created_by"]) == (issuer.url, "person-1", None)
    issuer.tell_the_truth(email="new.name@school.example")
    later = Browser(app.test_client())
    assert later.sign_on().status_code == 303
    assert later.has_entered
    done = deeds(conn_as, invited.school.municipality_id)
    assert done.count("identity.bind") == 1
    assert done.count("login") == 2


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


def test_a_person_who_comes_twice_at_once_for_the_first_time_comes_in_twice(
    invited: Invited, browser: Browser, issuer: Issuer, conn_as: ConnAs
) -> None:
    address = browser.go()
    first = conn_as("api", None)
    actor = identities.person(first, issuer=issuer.url, subject="person-1", email=EMAIL, request_id="first")
    with ThreadPoolExecutor(1) as apart:
        second = apart.submit(browser.come_back, address)
        waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        while conn_as("owner", None).execute(waiting).rowcount == 0:
            assert not second.done(), "it has not waited"
            time.sleep(0.02)
        first.commit()
        assert second.result().status_code == 303
    assert actor.principal_id == invited.principal_id
    assert len(invited.manager.get(f"{invited.path}/identities")["items"]) == 1


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


def test_an_address_that_is_not_verified_or_nobodys_opens_nothing_and_makes_nobody(
    invited: Invited, browser: Browser, issuer: Issuer, conn_as: ConnAs
) -> None:
    for person, code in (
        ({"email_verified": False}, "verified"),
        ({"email_verified": "true"}, "verified"),
        ({"email_verified": None}, "verified"),
        ({"email": None}, "verified"),
        ({"email": ["curator@school.example"]}, "verified"),
        ({"email": "stranger@school.example"}, "nobody here"),
        ({"email": "curator@school.example\n"}, "nobody here"),
        ({"email": "\N{FULLWIDTH LATIN SMALL LETTER C}urator@school.example"}, "nobody here"),
        ({"email": "curator@ſchool.example"}, "nobody here"),
        ({"email": ""}, "verified"),
    ):
        issuer.tell_the_truth(**person)
        answer = browser.sign_on()
        assert code_of(answer) == (403, True), person
        assert code in answer.get_data(as_text=True), person
    assert not browser.has_entered
    assert len(invited.manager.get("/principals")["items"]) == 3
    assert conn_as("api", Tenant(invited.school.municipality_id)).execute("SELECT FROM identity").rowcount == 0


def test_an_address_in_capitals_is_the_same_address(invited: Invited, browser: Browser, issuer: Issuer) -> None:
    issuer.tell_the_truth(email=EMAIL.upper())
    assert browser.sign_on().status_code == 303
    assert browser.has_entered


def test_an_address_that_was_given_to_somebody_else_does_not_hand_over_the_account(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask
) -> None:
    assert browser.sign_on().status_code == 303
    issuer.tell_the_truth(sub="person-2")
    successor = Browser(app.test_client())
    answer = successor.sign_on()
    assert code_of(answer) == (403, True)
    assert "unbind" in answer.get_data(as_text=True)
    (identity,) = invited.manager.get(f"{invited.path}/identities")["items"]
    invited.manager.call("DELETE", f"{invited.path}/identities/{identity['id']}")
    assert not browser.has_entered, "the session of who was unbound is over"
    assert successor.sign_on().status_code == 303


def test_an_ended_account_is_closed_at_once_and_its_person_may_come_in_by_another(
    invited: Invited, browser: Browser, issuer: Issuer, app: Flask
) -> None:
    assert browser.sign_on().status_code == 303
    invited.manager.end(invited.path)
    assert not browser.has_entered
    assert code_of(browser.sign_on()) == (403, True)
    fields = {"name": "Орлова М. С.", "role": "director", "school_id": invited.school.school_id, "email": EMAIL}
    again = invited.manager.post("/principals", fields)
    invited.manager.post(f"/principals/{again['id']}/invitation")
    assert browser.sign_on().status_code == 303
    assert browser.has_entered


def test_a_manager_binds_somebody_by_the_issuers_name_for_them(
    invited: Invited, browser: Browser, issuer: Issuer
) -> None:
    issuer.tell_the_truth(email_verified=False)
    assert browser.sign_on().status_code == 403
    path = f"{invited.path}/identities"
    bound = invited.manager.post(path, {"subject": "person-1"})
    assert bound["created_by"] is not None
    assert browser.sign_on().status_code == 303
    for other, subject in ((invited.path, "person-2"), (f"/principals/{_methodist(invited)}", "person-1")):
        again = invited.manager.call("POST", f"{other}/identities", {"subject": subject})
        assert (again.status_code, again.get_json()["rule"]) == (409, "identity.bound")
    for wrong in ("", "a\n", "имя", "a" * 256, None, 7):
        assert invited.manager.call("POST", path, {"subject": wrong}).status_code == 422


def _methodist(invited: Invited) -> int:
    return int(invited.school.methodist.get("/me")["principal_id"])


def test_identities_are_managed_by_whoever_manages_the_account_alone(api: Api, invited: Invited) -> None:
    path = f"{invited.path}/identities"
    foreign = School.begin(api, "Чужая")
    assert foreign.methodist.call("GET", path).status_code == 404
    assert foreign.methodist.call("POST", path, {"subject": "x"}).status_code == 404
    assert invited.school.curator.call("POST", path, {"subject": "x"}).status_code == 403
    colleague = api.account(invited.school.municipality_id, "methodist").get("/me")["principal_id"]
    of_methodist = f"/principals/{colleague}/identities"
    assert invited.school.methodist.call("POST", of_methodist, {"subject": "x"}).status_code == 403
    identity = invited.school.methodist.post(path, {"subject": "person-1"})
    assert foreign.methodist.call("DELETE", f"{path}/{identity['id']}").status_code == 404
    assert invited.school.methodist.call("DELETE", f"{path}/{identity['id'] + 1}").status_code == 404
    assert invited.school.methodist.call("DELETE", f"{path}/{identity['id']}").status_code == 200


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


def test_an_answer_that_names_another_issuer_is_not_taken(invited: Invited, browser: Browser, issuer: Issuer) -> None:
    assert code_of(browser.come_back(f"{browser.go()}&iss=https://evil.example")) == (403, True)
    assert "/token" not in issuer.asked
    assert browser.come_back(f"{browser.go()}&iss={issuer.url}").status_code == 303


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
