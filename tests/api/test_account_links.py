"""Invitations and resets: one link, one password, once; handed over by hand or sent to whoever forgot it."""

from __future__ import annotations

import threading
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask

from services.api.app import serve
from services.cli.__main__ import main
from shared.db.tenancy import Tenant
from shared.settings import Settings
from tests.api.entering import (
    LOGIN,
    OTHER_PASSWORD,
    PASSWORD,
    change,
    entered,
    invite,
    is_in,
    log_in,
    member,
    noted,
    path_of,
)
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Account, Api

A = "a" * 43


@pytest.fixture
def school(api: Api) -> School:
    return School.begin(api)


def opened(app: Flask, link: str) -> tuple[int, str]:
    """Open the page behind a link; return status and text."""
    answer = app.test_client().get(link)
    return answer.status_code, unescape(answer.get_data(as_text=True))


def test_an_invitation_sets_the_first_password_and_then_it_is_used_up(app: Flask, school: School) -> None:
    invited = invite(school)
    for _ in range(2):
        status, page = opened(app, invited.link)
        assert (status, LOGIN in page) == (200, True), "opening it uses nothing up: mail programs open links too"
    answer = invited.set_password()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/enter?said=password_set")
    assert "Пароль задан" in app.test_client().get("/enter?said=password_set").get_data(as_text=True)
    assert is_in(entered(app))
    status, page = opened(app, invited.link)
    assert status == 404
    assert "Эта ссылка не действует" in page
    assert invited.set_password(OTHER_PASSWORD).status_code == 404
    assert is_in(entered(app))


def test_the_link_is_shown_once_and_a_renewed_one_stops_the_old(api: Api, school: School) -> None:
    invited = invite(school)
    path = f"/principals/{invited.principal_id}/invitation"
    first = school.methodist.call("POST", path, key="k")
    again = school.methodist.call("POST", path, key="k")
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.get_json()["code"] == "idempotency.secret_not_kept"
    made = first.get_json()
    assert (made["purpose"], made["principal_id"]) == ("invitation", invited.principal_id)
    assert opened(api.app, invited.link)[0] == 404
    assert opened(api.app, path_of(made["url"]))[0] == 200


def test_what_is_wrong_with_the_password_is_said_at_once_and_the_link_stays(app: Flask, school: School) -> None:
    invited = invite(school)
    answer = invited.set_password("qwerty", "qwertz")
    text = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "Нужно от 15" in text
    assert "соседние клавиши" in text
    assert "разные" in text
    assert "qwerty" not in text
    assert invited.set_password().status_code == 303


def test_a_link_that_is_over_revoked_or_of_somebody_ended_sets_nothing(
    app: Flask, school: School, dsns: dict[str, str]
) -> None:
    for number, spoiled in enumerate(
        (
            "UPDATE account_link SET expires_at = now()",
            "UPDATE account_link SET revoked_at = now()",
            "UPDATE account_link SET secret_hash = decode(repeat('00', 32), 'hex')",
            "UPDATE principal SET ended_at = now() WHERE email IS NOT NULL",
        )
    ):
        invited = invite(school, f"{number}@school.example")
        assert opened(app, invited.link)[0] == 200
        change(dsns, school, spoiled)
        assert opened(app, invited.link)[0] == 404, spoiled
        assert invited.set_password().status_code == 404, spoiled
        assert log_in(app, invited.login)[1].status_code == 401


def test_a_forged_link_is_not_found(app: Flask, school: School) -> None:
    invite(school)
    for secret in ("x", "nsa_1_", "nsa_1_" + A, "nsl_1_" + A, "nsa_٣_" + A, "%00"):
        assert opened(app, f"/password/{secret}")[0] == 404, secret


def test_of_two_who_use_one_link_at_once_one_sets_the_password(app: Flask, school: School) -> None:
    invited = invite(school)
    both = threading.Barrier(2)
    answers: dict[str, int] = {}

    def use(password: str) -> None:
        both.wait()
        answers[password] = invited.set_password(password).status_code

    threads = [threading.Thread(target=use, args=(password,)) for password in (PASSWORD, OTHER_PASSWORD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [303, 404]
    winner = next(password for password, status in answers.items() if status == 303)
    assert is_in(entered(app, password=winner))
    assert log_in(app, password=OTHER_PASSWORD if winner == PASSWORD else PASSWORD)[1].status_code == 401


def test_who_manages_principals_invites_their_own_and_no_foreign_or_higher_ones(api: Api, school: School) -> None:
    invited = invite(school)
    foreign = School.begin(api, "Чужая")
    path = f"/principals/{invited.principal_id}"
    for call in (f"{path}/invitation", f"{path}/password-reset"):
        assert foreign.methodist.call("POST", call).status_code == 404
        assert school.curator.call("POST", call).status_code == 403
    inside = Account(api.app, api.admin.token, school.municipality_id)
    other = inside.post("/principals", {"name": "М", "role": "methodist", "email": "m@rayon.example"})["id"]
    assert school.methodist.call("POST", f"/principals/{other}/invitation").status_code == 403
    assert inside.post(f"/principals/{other}/invitation")["principal_id"] == other


def rule_of(account: Account, path: str) -> str:
    answer = account.call("POST", path)
    assert answer.status_code == 409, answer.get_data(as_text=True)
    return str(answer.get_json().get("rule", answer.get_json()["code"]))


def test_an_invitation_needs_an_address_that_no_other_account_has_anywhere(api: Api, school: School) -> None:
    invite(school, "One@School.example")
    foreign = School.begin(api, "Чужая")
    body = {"name": "Д", "role": "director", "school_id": foreign.school_id}
    without = foreign.methodist.post("/principals", body)["id"]
    taken = foreign.methodist.post("/principals", {**body, "email": "one@school.example"})["id"]
    assert rule_of(foreign.methodist, f"/principals/{without}/invitation") == "account.email"
    assert rule_of(foreign.methodist, f"/principals/{taken}/invitation") == "account.login"
    foreign.methodist.end(f"/principals/{without}")
    assert rule_of(foreign.methodist, f"/principals/{without}/invitation") == "record.ended"


def test_an_invitation_is_for_a_first_password_and_a_reset_for_another(school: School) -> None:
    invited = invite(school)
    path = f"/principals/{invited.principal_id}"
    assert rule_of(school.methodist, f"{path}/password-reset") == "account.not_entered"
    invited.set_password()
    assert rule_of(school.methodist, f"{path}/invitation") == "account.entered"


def test_a_reset_leaves_the_old_password_until_it_is_used_and_then_ends_every_session(
    app: Flask, school: School, conn_as: ConnAs
) -> None:
    person = member(school)
    client = entered(app)
    made = school.methodist.post(f"/principals/{person.principal_id}/password-reset")
    assert is_in(entered(app))
    form = {"password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert app.test_client().post(path_of(made["url"]), data=form).status_code == 303
    assert not is_in(client)
    assert log_in(app)[1].status_code == 401
    assert is_in(entered(app, password=OTHER_PASSWORD))
    assert app.test_client().post(path_of(made["url"]), data=form).status_code == 404
    actions = [action for action, _ in noted(conn_as("api", Tenant(school.municipality_id)))]
    assert actions[2:] == ["login", "account.reset_link", "login", "password.reset", "login.failed", "login"]


def test_the_login_follows_the_address_which_cannot_be_taken_away_or_taken_from_another(
    app: Flask, school: School
) -> None:
    person, other = member(school), member(school, "other@school.example")
    path = f"/principals/{person.principal_id}"
    link = path_of(school.methodist.post(f"{path}/password-reset")["url"])
    school.methodist.patch(path, {"name": "Анна Иная"})
    assert opened(app, link)[0] == 200
    assert school.methodist.patch(path, {"email": "New@School.example"})["email"] == "New@School.example"
    assert opened(app, link)[0] == 404
    assert log_in(app)[1].status_code == 401
    assert is_in(entered(app, "new@school.example"))
    for email, rule in ((None, "account.email"), (other.login, "account.login")):
        answer = school.methodist.call("PATCH", path, {"email": email}, version=school.methodist.version(path))
        assert (answer.status_code, answer.get_json()["rule"]) == (409, rule)
    assert is_in(entered(app, "new@school.example"))


def asked(app: Flask, login: str) -> tuple[int, str]:
    answer = app.test_client().post("/forgot", data={"login": login})
    return answer.status_code, answer.get_data(as_text=True)


def test_who_forgot_the_password_gets_one_letter_and_the_page_tells_nobody_whether(
    app: Flask, school: School, conn_as: ConnAs
) -> None:
    member(school)
    invite(school, "invited@school.example")
    pages = [asked(app, login) for login in (LOGIN, LOGIN, "invited@school.example", "nobody@school.example", "x", "")]
    assert set(pages) == {pages[0]}
    assert pages[0][0] == 200
    conn = conn_as("api", Tenant(school.municipality_id))
    (letter,) = conn.execute("SELECT channel, principal_id, account_link_id, notice_id FROM delivery").fetchall()
    (link,) = conn.execute("SELECT id, secret_hash, created_by FROM account_link WHERE purpose = 'reset'").fetchall()
    assert (letter["channel"], letter["account_link_id"]) == ("mail", link["id"])
    assert (link["secret_hash"], link["created_by"]) == (None, None), "nobody knows the secret before it is sent"
    (job,) = conn.execute("SELECT kind, args::text AS args FROM job_run").fetchall()
    assert job["kind"] == "deliver_mail"
    assert "@" not in job["args"]
    assert opened(app, f"/password/nsa_{link['id']}_" + A)[0] == 404


def test_no_link_login_or_password_is_written_to_the_log(
    app: Flask, school: School, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    invited = invite(school)
    serve(app, replace(settings, log_level="INFO"))
    held = app.extensions["nastavnik"]
    try:
        assert invited.set_password().status_code == 303
        client = entered(app)
        log_in(app, password=OTHER_PASSWORD)
        asked(app, LOGIN)
        opened(app, invited.link)
    finally:
        serve(app, settings)  # puts the quiet log back
        held.database.close()
        held.respondents.close()
    written = "".join(capsys.readouterr())
    assert written.count('"event": "request"') == 5
    cookie = client.get_cookie("nastavnik_token")
    assert cookie is not None
    for secret in (invited.link[-20:], LOGIN, PASSWORD, OTHER_PASSWORD, cookie.value[-20:], "Куратор"):
        assert secret not in written


def test_letters_are_not_asked_for_without_end(app: Flask, school: School) -> None:
    statuses = [asked(app, "nobody@school.example")[0] for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert asked(app, "another@school.example")[0] == 200


def test_an_operator_gives_links_and_opens_what_is_locked_and_it_is_noted(
    app: Flask,
    school: School,
    dsns: dict[str, str],
    conn_as: ConnAs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NASTAVNIK_DATABASE_URL", dsns["nastavnik_api"])
    invited = invite(school)

    def run(command: str) -> str:
        place = ("--municipality", str(school.municipality_id), "--principal", str(invited.principal_id))
        assert main(["account", command, *place]) == 0
        return capsys.readouterr().out.splitlines()[-1]

    form = {"password": PASSWORD, "again": PASSWORD}
    assert app.test_client().post(run("invite"), data=form).status_code == 303
    assert opened(app, invited.link)[0] == 404
    client = entered(app)
    assert run("end-sessions") == "ended 1"
    assert not is_in(client)
    change(dsns, school, "UPDATE account SET wrong_codes = 50, factor = 'sealed', factor_since = now()")
    assert (run("unlock"), run("factor-off")) == ("unlocked", "off")
    assert is_in(entered(app))
    monkeypatch.setenv("NASTAVNIK_PUBLIC_URL", "https://nastavnik.example/")
    link = run("reset-link")
    assert link.startswith("https://nastavnik.example/password/nsa_")
    assert app.test_client().post(path_of(link), data=form).status_code == 303
    rows = conn_as("api", Tenant(school.municipality_id)).execute("SELECT action FROM audit WHERE actor_id = 0")
    deeds = [row["action"] for row in rows.fetchall()]
    assert deeds == ["account.invite", "session.end_all", "factor.unlock", "factor.off", "account.reset_link"]
