"""Entering the pages by a token: what becomes of it, and what it never opens or is written into."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.api.app import create_app
from shared.settings import Settings
from tests.api.beginnings import begin
from tests.api.visiting import text_of, visit
from tests.http import Api


def test_the_page_needs_someone_to_have_entered(api: Api) -> None:
    beginning = begin(api)
    page = text_of(visit(api.app, beginning.path), 401)
    assert 'action="/enter"' in page
    assert f'name="programme" value="{beginning.programme_id}"' in page
    assert "Школа" not in page
    assert 'action="/enter"' in text_of(visit(api.app, "/"))


def test_a_pasted_token_becomes_a_cookie_that_scripts_and_other_sites_never_see(api: Api) -> None:
    beginning = begin(api)
    client = api.app.test_client()
    form = {"token": f" {beginning.curator.token}\n", "programme": str(beginning.programme_id)}
    answer = client.post("/enter", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, beginning.path)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert "Школа № 1" in text_of(client.get(beginning.path))
    assert "; Secure" in client.post("/enter", data=form, base_url="https://localhost").headers["Set-Cookie"]
    assert client.post("/leave").status_code == 303
    assert client.get(beginning.path).status_code == 401


def test_a_token_as_a_link_leaves_the_address_at_once(api: Api) -> None:
    beginning = begin(api)
    client = api.app.test_client()
    answer = client.get(f"/enter?token={beginning.curator.token}&programme={beginning.programme_id}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/entered?programme={beginning.programme_id}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert beginning.curator.token not in answer.get_data(as_text=True)
    onward = text_of(client.get(answer.headers["Location"]))
    assert f'content="0; url={beginning.path}"' in onward
    assert "Школа № 1" in text_of(client.get(beginning.path))


@pytest.mark.parametrize("asked", ["//evil.example", "https://evil.example", "0", "-1", "9" * 40, "1\r\nX: y"])
def test_after_entering_one_stays_on_this_site(api: Api, asked: str) -> None:
    beginning = begin(api)
    answer = api.app.test_client().post("/enter", data={"token": beginning.curator.token, "programme": asked})
    assert answer.headers["Location"] == "/"
    assert 'url=/"' in text_of(visit(api.app, "/entered", query_string={"programme": asked}))


@pytest.mark.parametrize("token", ["", "nonsense", "nst_1_" + "x" * 43, "nst_999999_" + "x" * 43, "й" * 50])
def test_a_wrong_token_opens_nothing(api: Api, token: str) -> None:
    begin(api)
    client = api.app.test_client()
    for answer in (client.post("/enter", data={"token": token}), client.get("/enter", query_string={"token": token})):
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers
        assert 'action="/enter"' in text_of(answer, 401)
    if token:
        client.set_cookie("nastavnik_token", "nst_1_" + "x" * 43)
        assert "Токен не подошёл" in text_of(client.get("/"), 401)


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_site_can_make_nobody_enter_or_leave(api: Api, header: dict[str, str]) -> None:
    beginning = begin(api)
    for path in ("/enter", "/leave"):
        answer = api.app.test_client().post(path, data={"token": beginning.curator.token}, headers=header)
        assert "Set-Cookie" not in answer.headers
        assert "с другого сайта" in text_of(answer, 422)


def test_the_pages_cookie_changes_nothing_over_the_api(api: Api) -> None:
    beginning = begin(api)
    client = api.app.test_client()
    client.set_cookie("nastavnik_token", beginning.curator.token)
    assert client.get(f"/api/v1{beginning.path}").status_code == 200
    move = {"trigger": "advance"}
    answer = client.post(f"/api/v1{beginning.path}/transitions", json=move, headers={"If-Match": '"v1"'})
    assert answer.status_code == 401


def test_a_token_in_a_link_is_never_written_to_the_log(
    api: Api, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    token = begin(api).curator.token
    talkative = create_app(replace(settings, log_level="INFO"))
    try:
        talkative.test_client().get(f"/enter?token={token}")
        talkative.test_client().get(f"/enter?token={token}x")
    finally:
        talkative.extensions["nastavnik"].database.close()
        talkative.extensions["nastavnik"].respondents.close()
        create_app(settings)  # puts the quiet log back
    written = "".join(capsys.readouterr())
    assert written.count('"/enter"') == 2
    assert token.rsplit("_", 1)[1][:20] not in written
