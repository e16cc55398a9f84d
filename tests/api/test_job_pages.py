"""Pages of background work: what they say, to whom, and that nobody but their reader can press a button."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.watched import FOREIGN, SCORE, Watched, watch
from tests.conftest import ConnAs
from tests.http import Account, Api


@pytest.fixture
def watched(api: Api, conn_as: ConnAs) -> Watched:
    return watch(api, conn_as)


def browser(account: Account) -> FlaskClient:
    """Return a browser in which the account has entered."""
    client = account.app.test_client()
    client.set_cookie("nastavnik_token", account.token)
    return client


def text_of(answer: TestResponse, status: int = 200) -> str:
    """Return the page as it is written, entities resolved."""
    text = unescape(answer.get_data(as_text=True))
    assert answer.status_code == status, text[:2000]
    return text


def press(client: FlaskClient, page: str, action: str, **more: str) -> TestResponse:
    """Send the form of a page as a browser does: with all its hidden fields."""
    form = re.search(rf'<form method="post" action="{action}">(.*?)</form>', page, re.DOTALL)
    assert form is not None, f"no form for {action}"
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[1])
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return client.post(action, data={**data, **more}, headers={"Sec-Fetch-Site": "same-origin"})


def test_the_list_says_what_failed_why_and_what_is_under_way(watched: Watched) -> None:
    watched.live()
    watched.put("dead", count=2)
    (running,), (done,) = watched.put("running"), watched.put("done")
    answer = browser(watched.curator).get("/jobs")
    page = text_of(answer)
    assert "Не удались и не повторены: 2." in page
    assert page.count("Не успела.") == 2
    assert 'value="50" max="100"' in page
    assert "Школа № 1, 2020/21" in page
    assert "на связи" in page
    assert f"/jobs/{running}/cancel" in page
    assert f"/jobs/{done}/" not in page, "nothing is to be done with it"
    assert answer.headers["Refresh"] == "15; url=/jobs"
    still = browser(watched.curator).get("/jobs?still=1")
    assert "Refresh" not in still.headers


def test_a_page_with_nothing_open_does_not_refresh_itself(watched: Watched) -> None:
    watched.put("dead")
    answer = browser(watched.curator).get("/jobs")
    assert "Refresh" not in answer.headers
    assert "обновляется" not in text_of(answer)


def test_silent_workers_are_said_on_top_while_work_waits(watched: Watched) -> None:
    watched.live(silent_seconds=600)
    watched.put("queued")
    page = text_of(browser(watched.curator).get("/jobs"))
    assert "Работы ждут (1), а исполнители молчат" in page
    assert "молчит 10\N{NO-BREAK SPACE}мин" in page


def test_filters_narrow_the_list_and_stay_in_the_other_language(watched: Watched) -> None:
    (dead,), (queued,) = watched.put("dead", hours_ago=30), watched.put("queued")
    client = browser(watched.curator)
    page = text_of(client.get(f"/jobs?show=failed&kind={SCORE}&age=day&programme={watched.beginning.programme_id}"))
    assert f'"/jobs/{dead}"' in page
    assert f'"/jobs/{queued}"' not in page
    assert "Только программа: Школа № 1, 2020/21" in page
    other = re.search(r'href="([^"]+)" hreflang="en"', page)
    assert other is not None
    english = text_of(client.get(other[1]))
    assert f'"/jobs/{queued}"' not in english
    assert "Too slow." in english
    assert not re.search(r"[а-яё]", re.sub(r'lang="ru".*?</|Школа № 1', "", english).lower())
    assert "Таких работ нет." in text_of(client.get("/jobs?show=running&age=never&programme=x&after=y&lang=ru"))


def test_long_lists_come_page_by_page(watched: Watched) -> None:
    made = watched.put("done", count=52)
    client = browser(watched.curator)
    first = text_of(client.get("/jobs?show=done"))
    onward = re.search(r'href="(/jobs\?[^"]*after=[^"]+)"', first)
    assert onward is not None
    second = text_of(client.get(onward[1]))
    assert [job for job in made if f'"/jobs/{job}"' in first] == made[2:]
    assert [job for job in made if f'"/jobs/{job}"' in second] == made[:2]


def test_a_kind_of_another_release_is_shown_and_breaks_no_page(watched: Watched) -> None:
    (dead,) = watched.put("dead", kind=FOREIGN)
    client = browser(watched.curator)
    for path in ("/jobs", f"/jobs/{dead}", f"/jobs/retry?kind={FOREIGN}", watched.beginning.path):
        page = text_of(client.get(path))
        if path.startswith("/jobs"):
            assert FOREIGN in page
            assert f'action="/jobs/{dead}/retry"' not in page, "no worker of this release takes it"


def test_repeating_leads_to_the_new_job_and_pressing_twice_to_the_same_one(watched: Watched) -> None:
    (dead,) = watched.put("dead")
    client = browser(watched.curator)
    page = text_of(client.get(f"/jobs/{dead}"))
    first = press(client, page, f"/jobs/{dead}/retry")
    assert first.status_code == 303
    said = text_of(client.get(first.headers["Location"]))
    assert "Работа повторена" in said
    again = press(client, page, f"/jobs/{dead}/retry")
    assert again.headers["Location"].partition("?")[0] == first.headers["Location"].partition("?")[0]
    assert "Её уже повторили раньше" in text_of(client.get(again.headers["Location"]))
    assert len(watched.curator.get("/jobs?status=queued")["items"]) == 1
    old = text_of(client.get(f"/jobs/{dead}"))
    assert "Повторена работой" in old
    assert "curator" in re.sub(r"<[^>]+>", "", old), "who pressed it"


def test_cancelling_a_running_job_and_one_that_has_ended_meanwhile(watched: Watched) -> None:
    (running,) = watched.put("running")
    client = browser(watched.curator)
    page = text_of(client.get(f"/jobs/{running}"))
    done = press(client, page, f"/jobs/{running}/cancel")
    assert "Работа отменена." in text_of(client.get(done.headers["Location"]))
    assert watched.status(running) == "cancelled"
    late = press(client, page, f"/jobs/{running}/cancel")
    assert "Отменять уже нечего" in text_of(client.get(late.headers["Location"]))


def test_the_bulk_button_shows_first_and_then_does_exactly_that(watched: Watched) -> None:
    client = browser(watched.curator)
    assert "Повторять нечего." in text_of(client.get("/jobs/retry"))
    watched.put("dead", count=3)
    page = text_of(client.get(f"/jobs/retry?kind={SCORE}"))
    assert "Пока ничего не сделано. Будет повторено: 3." in page
    assert watched.curator.get("/jobs?status=queued")["items"] == []
    (later,) = watched.put("dead")
    done = text_of(press(client, page, "/jobs/retry"))
    assert "Повторено: 3." in done
    assert done.count("новая работа") == 3
    assert len(watched.curator.get("/jobs?status=queued")["items"]) == 3
    assert watched.curator.get(f"/jobs/{later}")["retried_as"] is None, "it was not on the page"
    twice = text_of(press(client, page, "/jobs/retry"))
    assert "Повторено: 0." in twice
    assert twice.count("Работу уже повторили") == 3


@pytest.mark.parametrize("mark", [None, "", "0" * 64, "й", "of another form", "of another account"])
def test_a_form_without_the_mark_of_its_own_page_changes_nothing(watched: Watched, mark: str | None) -> None:
    (dead,) = watched.put("dead")
    client, address = browser(watched.curator), f"/jobs/{dead}/retry"
    if mark == "of another form":
        mark = _mark(text_of(client.get("/jobs/retry")), "/jobs/retry")
    if mark == "of another account":
        mark = _mark(text_of(browser(watched.account("methodist")).get(f"/jobs/{dead}")), address)
    answer = client.post(address, data={} if mark is None else {"mark": mark})
    assert "откройте страницу заново" in text_of(answer, 403)
    assert watched.curator.get(f"/jobs/{dead}")["retried_as"] is None


def _mark(page: str, action: str) -> str:
    found = re.search(rf'action="{action}">\s*<input type="hidden" name="mark" value="(\w+)"', page)
    return found[1] if found else "0" * 64


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_sites_form_is_refused_even_with_the_mark(watched: Watched, header: dict[str, str]) -> None:
    (dead,) = watched.put("dead")
    client = browser(watched.curator)
    mark = _mark(text_of(client.get(f"/jobs/{dead}")), f"/jobs/{dead}/retry")
    assert client.post(f"/jobs/{dead}/retry", data={"mark": mark}, headers=header).status_code == 422
    assert watched.curator.get(f"/jobs/{dead}")["retried_as"] is None


def test_the_cookie_alone_still_changes_nothing_over_the_api(watched: Watched) -> None:
    (dead,) = watched.put("dead")
    client = browser(watched.curator)
    mark = _mark(text_of(client.get(f"/jobs/{dead}")), f"/jobs/{dead}/retry")
    assert client.post(f"/api/v1/jobs/{dead}:retry", data={"mark": mark}).status_code == 401
    assert watched.curator.get(f"/jobs/{dead}")["retried_as"] is None


def test_buttons_need_someone_to_have_entered(watched: Watched) -> None:
    (dead,) = watched.put("dead")
    client = watched.api.app.test_client()
    assert 'action="/enter"' in text_of(client.get("/jobs"), 401)
    headers = {"Authorization": f"Bearer {watched.curator.token}"}
    assert client.post(f"/jobs/{dead}/retry", headers=headers).status_code == 401


def test_roles_see_their_part_and_no_more(watched: Watched, api: Api) -> None:
    (dead,), (municipal,) = watched.put("dead"), watched.put("dead", of_municipality=True)
    director = text_of(browser(watched.account("director")).get("/jobs"))
    assert "Не успела." in director
    assert 'method="post" action="/jobs' not in director
    assert browser(watched.account("psychologist")).get("/jobs").status_code == 403
    assert 'href="/jobs"' not in text_of(browser(watched.account("psychologist")).get(watched.beginning.path))
    assert 'href="/jobs"' in text_of(browser(watched.curator).get(watched.beginning.path))
    assert browser(watched.curator).get(f"/jobs/{municipal}").status_code == 404
    assert "Весь муниципалитет" in text_of(browser(watched.account("methodist")).get(f"/jobs/{municipal}"))
    stranger = browser(api.account(api.municipality("Другой район"), "methodist"))
    for path in (f"/jobs/{dead}", f"/jobs/{municipal}"):
        assert stranger.get(path).status_code == 404


def test_an_administrator_chooses_a_municipality_and_stays_in_it(watched: Watched) -> None:
    watched.live("worker-7")
    (dead,) = watched.put("dead", of_municipality=True, kind="keep_retention")
    client, place = browser(watched.api.admin), watched.beginning.municipality_id
    chosen = f"/jobs?municipality={place}"
    assert f'href="{chosen}"' in text_of(client.get("/jobs"))
    page = text_of(client.get(chosen))
    assert "worker-7" in page
    assert f'href="/jobs/{dead}?municipality={place}"' in page
    done = press(client, page, f"/jobs/{dead}/retry")
    assert f"municipality={place}" in done.headers["Location"]
    assert "Работа повторена" in text_of(client.get(done.headers["Location"]))
    assert client.get("/jobs?municipality=abc").status_code == 422
    curator = browser(watched.curator)
    assert "keep_retention" not in text_of(curator.get(f"/jobs?municipality={place + 1}")), "for administrators only"
