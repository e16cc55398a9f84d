"""Sessions of browsers: a new one at each login, how long one opens pages, and who ends whose."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from shared.db.tenancy import Tenant
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
    member,
    path_of,
    press,
)
from tests.api.lock_queue import wait_for_a_lock
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Account, Api

COOKIE = "nastavnik_token"
A = "a" * 43


@pytest.fixture
def school(api: Api) -> School:
    return begin_entering(api)


def test_each_login_is_a_new_session_and_whatever_the_browser_held_before_is_not_taken_over(
    app: Flask, school: School
) -> None:
    client = app.test_client()
    client.set_cookie(COOKIE, "nss_1_" + A)
    client.post("/enter/password", data={"login": LOGIN, "password": PASSWORD})
    first = client.get_cookie(COOKIE)
    client.post("/enter/password", data={"login": LOGIN, "password": PASSWORD})
    second = client.get_cookie(COOKIE)
    assert first is not None
    assert second is not None
    assert A not in first.value
    assert first.value != second.value


def test_after_leaving_the_same_cookie_opens_nothing(app: Flask, school: School) -> None:
    client = entered(app)
    held = client.get_cookie(COOKIE)
    assert held is not None
    client.post("/leave")
    assert client.get_cookie(COOKIE) is None
    replayed = app.test_client()
    replayed.set_cookie(COOKIE, held.value)
    answer = replayed.get("/account")
    assert answer.status_code == 401
    assert "Сеанс закончился" in answer.get_data(as_text=True)


def test_a_session_ends_by_idleness_and_after_a_working_day(app: Flask, school: School, dsns: dict[str, str]) -> None:
    for column in ("idle_until", "expires_at"):
        client = entered(app)
        assert is_in(client)
        change(dsns, school, f"UPDATE account_session SET {column} = now() - interval '1 second'")
        assert not is_in(client), column


def test_a_page_opened_prolongs_the_session_but_not_beyond_the_day(
    app: Flask, school: School, dsns: dict[str, str], conn_as: ConnAs
) -> None:
    client = entered(app)
    earlier = (
        "UPDATE account_session SET seen_at = now() - interval '50 minutes',"
        " idle_until = now() + interval '10 minutes', expires_at = now() + interval '11 hours'"
    )
    change(dsns, school, earlier)
    assert is_in(client)
    query = (
        "SELECT idle_until > now() + interval '59 minutes' AS prolonged,"
        " expires_at < now() + interval '11 hours' AS kept,"
        " seen_at > now() - interval '1 minute' AS seen FROM account_session"
    )
    assert conn_as("api", Tenant(school.municipality_id)).execute(query).fetchall() == [
        {"prolonged": True, "kept": True, "seen": True}
    ]


def test_a_session_is_for_pages_and_no_token_of_the_api(app: Flask, school: School) -> None:
    client = entered(app)
    held = client.get_cookie(COOKIE)
    assert held is not None
    assert Account(app, held.value).call("GET", "/me").status_code == 401
    body = {"school_id": school.school_id, "school_year": "2026/27", "pack": {"code": "order_428", "version": 1}}
    assert client.post("/api/v1/programmes", json=body).status_code == 401
    assert client.get("/api/v1/me").get_json()["role"] == "curator"


def test_a_forged_session_opens_nothing(app: Flask, school: School) -> None:
    entered(app)
    for secret in ("nss_1_", "nss_999999_" + A, "nss_1_" + A, "nsa_1_" + A, "nss", "nss_٣_" + A):
        client = app.test_client()
        client.set_cookie(COOKIE, secret)
        assert client.get("/account").status_code == 401, secret
        assert client.post("/leave").status_code == 303, secret


def test_the_list_shows_all_sessions_and_ends_another_one_or_all(app: Flask, school: School) -> None:
    clients = [entered(app) for _ in range(3)]
    page = clients[0].get("/account").get_data(as_text=True)
    assert page.count("этот сеанс") == 1
    actions = re.findall(r'action="(/account/sessions/\d+/end)"', page)
    assert len(actions) == 2
    answer = press(clients[0], "/account", actions[0])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?said=said_session")
    assert [is_in(client) for client in clients] == [True, False, True]
    assert press(clients[0], "/account", "/account/sessions/end").status_code == 303
    assert [is_in(client) for client in clients] == [True, False, False]


def test_a_form_without_its_mark_or_from_another_session_ends_nothing(app: Flask, school: School) -> None:
    one, other = entered(app), entered(app)
    assert one.post("/account/sessions/end").status_code == 403
    page = other.get("/account").get_data(as_text=True)
    mark = re.findall(r'action="/account/sessions/end".*?name="mark" value="(\w+)"', page, re.DOTALL)[0]
    assert one.post("/account/sessions/end", data={"mark": mark}).status_code == 403
    assert is_in(other)


def test_over_the_api_one_lists_and_ends_ones_own_sessions_and_nobody_elses(app: Flask, school: School) -> None:
    mine = school.api.account(school.municipality_id, "curator", school.school_id)
    client = entered(app)
    (line,) = client.get("/api/v1/sessions").get_json()["items"]
    assert (line["way"], line["browser"]) == ("password", "")
    assert mine.get("/sessions")["items"] == []
    assert mine.call("DELETE", f"/sessions/{line['id']}").status_code == 404
    me = client.get("/api/v1/me").get_json()["principal_id"]
    own = Account(app, school.methodist.post("/tokens", {"principal_id": me, "label": "t"})["token"])
    assert own.call("DELETE", f"/sessions/{line['id']}").status_code == 200
    assert own.call("DELETE", f"/sessions/{line['id']}").status_code == 200
    assert not is_in(client)
    clients = [entered(app), entered(app)]
    assert own.post("/sessions:end", status=200) == {"ended": 2}
    assert [is_in(one) for one in clients] == [False, False]


def test_who_manages_principals_ends_their_sessions_and_no_foreign_ones(app: Flask, school: School) -> None:
    client = entered(app)
    me = client.get("/api/v1/me").get_json()["principal_id"]
    foreign = School.begin(school.api, "Чужая")
    assert foreign.methodist.call("POST", f"/principals/{me}/sessions:end").status_code == 404
    assert is_in(client)
    assert school.methodist.post(f"/principals/{me}/sessions:end", status=200) == {"ended": 1}
    assert not is_in(client)


def test_ending_a_principal_stops_its_sessions_and_frees_its_login(app: Flask, school: School) -> None:
    client = entered(app)
    me = client.get("/api/v1/me").get_json()["principal_id"]
    school.methodist.end(f"/principals/{me}")
    assert not is_in(client)
    assert log_in(app)[1].status_code == 401
    assert is_in(entered(app, member(school).login))


def test_an_invitation_in_the_moment_in_which_its_principal_ends_leaves_no_login_behind(
    app: Flask, school: School, dsns: dict[str, str], conn_as: ConnAs
) -> None:
    body = {"name": "Иной", "role": "curator", "school_id": school.school_id, "email": "other@school.example"}
    principal_id = school.methodist.post("/principals", body)["id"]
    with ThreadPoolExecutor(1) as pool:
        with inside(dsns, school) as conn:
            conn.execute("UPDATE principal SET ended_at = now(), version = 2 WHERE id = %s", (principal_id,))
            inviting = pool.submit(school.methodist.call, "POST", f"/principals/{principal_id}/invitation")
            wait_for_a_lock(dsns["nastavnik_api"], inviting)
        assert inviting.result(timeout=20).status_code == 409
    query = "SELECT login FROM account"
    assert [row["login"] for row in conn_as("api", Tenant(school.municipality_id)).execute(query)] == [LOGIN]


def test_changing_the_password_takes_the_old_one_and_ends_all_other_sessions(app: Flask, school: School) -> None:
    client, other = entered(app), entered(app)
    form = {"old": OTHER_PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    refused = press(client, "/account", "/account/password", **form)
    assert (refused.status_code, is_in(other)) == (422, True)
    assert "Прежний пароль не подошёл." in refused.get_data(as_text=True)
    for new, again, words in (
        ("коротко", "коротко", "Нужно от 15"),
        (OTHER_PASSWORD, PASSWORD, "Пароли в двух полях разные."),
        ("Анна Куратор 2026", "Анна Куратор 2026", "из вашего имени"),
    ):
        refused = press(client, "/account", "/account/password", old=PASSWORD, password=new, again=again)
        assert refused.status_code == 422
        assert words in refused.get_data(as_text=True)
    form["old"] = PASSWORD
    assert press(client, "/account", "/account/password", **form).headers["Location"] == "/account?said=said_password"
    assert (is_in(client), is_in(other)) == (True, False)
    assert log_in(app)[1].status_code == 401
    assert is_in(entered(app, password=OTHER_PASSWORD))


def test_changing_the_password_stops_links_that_would_set_another(app: Flask, school: School) -> None:
    client = entered(app)
    me = client.get("/api/v1/me").get_json()["principal_id"]
    link = path_of(school.methodist.post(f"/principals/{me}/password-reset")["url"])
    assert app.test_client().get(link).status_code == 200
    form = {"old": PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert press(client, "/account", "/account/password", **form).status_code == 303
    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert is_in(entered(app, password=OTHER_PASSWORD))
