"""Who comes in by a single sign-on and as whom; no account is made by it and none handed over."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from shared.access import identities
from shared.db.tenancy import Tenant
from tests.api.local_issuer import Issuer
from tests.api.sign_on.browsing import EMAIL, Browser, Invited, code_of, deeds
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Api


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


def test_an_administrator_is_let_in_only_when_bound_by_hand(api: Api, browser: Browser, issuer: Issuer) -> None:
    fields = {"name": "Администратор", "role": "admin", "email": "admin@platform.example"}
    principal_id = api.admin.post("/principals", fields)["id"]
    api.admin.post(f"/principals/{principal_id}/invitation")
    issuer.tell_the_truth(sub="person-7", email=fields["email"])
    assert code_of(browser.sign_on()) == (403, True)
    assert api.admin.get(f"/principals/{principal_id}/identities")["items"] == []
    api.admin.post(f"/principals/{principal_id}/identities", {"subject": "person-7"})
    assert browser.sign_on().status_code == 303
    assert browser.client.get("/api/v1/me").get_json()["role"] == "admin"
