"""The pages people read: what they say, to whom, and what they never let in or out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask

from services.api.console import words
from services.api.console.links import openable_by
from shared.access.model import Actor, Role
from shared.db.tenancy import Tenant
from shared.pack.library import shipped_packs
from shared.programme.guards.registry import PLACES
from tests.api.beginnings import Beginning, begin
from tests.api.visiting import text_of, visit
from tests.builders_world import NOW, act_for, build_world
from tests.http import Account, Api

CONSOLE = Path(words.__file__).parent


def page_of(beginning: Beginning, account: Account | None = None, **more: Any) -> str:
    """Return the programme's page as its curator, or another account, sees it."""
    account = account or beginning.curator
    return text_of(visit(account.app, beginning.path, account, **more))


def test_a_new_programme_shows_its_school_its_stage_and_all_that_blocks(api: Api) -> None:
    beginning = begin(api)
    page = page_of(beginning)
    assert "<h1>Школа № 1</h1>" in page
    assert "2020/21" in page
    assert "«Перейти к этапу II»" in page
    offers = beginning.curator.get(f"{beginning.path}/transitions")["transitions"]
    blockers = next(offer for offer in offers if offer["trigger"] == "advance")["blockers"]
    assert len(blockers) == 7
    for blocker in blockers:
        assert page.count(blocker["detail"]) >= 2, "in what blocks, and at its activity"
        assert f'href="{blocker["link"]}"' in page


def test_what_is_left_holds_every_text_of_the_order_word_for_word(api: Api) -> None:
    page = page_of(begin(api))
    texts = [activity.text for pack in shipped_packs() for activity in pack.activities()]
    assert len(texts) == 22
    assert [text for text in texts if f"{text}</q>" not in page] == []


def test_links_inside_the_page_lead_to_places_on_it(api: Api) -> None:
    page = page_of(begin(api))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert len(targets) >= 5
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_a_year_without_its_own_order_says_so(api: Api) -> None:
    beginning = begin(api)
    fields = {"school_id": beginning.school_id, "school_year": "2026/27", "pack": {"code": "order_428", "version": 1}}
    later = beginning.curator.post("/programmes", fields)
    assert "сроки по шаблону" not in page_of(beginning)
    assert "сроки по шаблону" in page_of(replace(beginning, programme_id=later["id"]))


def test_names_are_shown_to_those_who_may_see_people_only(api: Api) -> None:
    beginning = begin(api)
    teacher = beginning.person("Орлова", "Мария", "teacher")
    beginning.curator.patch(f"{beginning.path}/activities/I.1", {"responsible_id": teacher})
    pupil = beginning.person("Антонов", "Илья", with_consent=False)
    beginning.curator.post(f"{beginning.path}/mentees", {"person_id": pupil})
    seen = page_of(beginning)
    assert "Орлова Мария" in seen
    assert "Антонов Илья" in seen
    methodist = api.account(beginning.municipality_id, "methodist")
    hidden = page_of(beginning, methodist)
    assert f"№ {teacher}" in hidden
    assert "Орлова" not in hidden
    assert "Антонов" not in hidden


def test_records_are_linked_for_those_who_may_open_them_only(api: Api) -> None:
    beginning = begin(api)
    methodist = api.account(beginning.municipality_id, "methodist")
    for account in (beginning.curator, methodist):
        links = set(re.findall(r'href="(/api/v1/programmes/[^"]+)"', page_of(beginning, account)))
        assert links
        assert [link for link in links if account.call("GET", link).status_code == 403] == []


def test_every_place_a_blocker_names_can_be_opened_by_a_curator(app: Flask) -> None:
    with app.app_context():
        openable = openable_by(Actor(1, Role.CURATOR, Tenant(1, 1)))
        assert [name for name, place in PLACES.items() if not openable(place.link(1))] == []


def test_the_history_tells_who_did_what_when_and_why(api: Api, clock: Callable[[str], None]) -> None:
    clock("2020-10-05T20:30:00+00:00")
    beginning = begin(api)
    methodist = api.account(beginning.municipality_id, "methodist")
    methodist.transition(beginning.programme_id, "suspend", reason="Карантин <b>две</b> недели")
    raw = visit(methodist.app, beginning.path, methodist).get_data(as_text=True)
    page = unescape(raw)
    assert "Программа начата" in page
    assert "Приостановить" in page
    assert "5 октября 2020, 23:30" in page, "the municipality's clock, not UTC"
    assert "Карантин &lt;b&gt;две&lt;/b&gt; недели" in raw
    assert "цепочка цела" in page
    assert "Возобновляет её методист" in page
    events = methodist.get(f"{beginning.path}/events")["items"]
    assert all(event["hash"][:10] in page for event in events)


def test_a_programme_that_is_over_has_nothing_left(api: Api) -> None:
    beginning = begin(api)
    methodist = api.account(beginning.municipality_id, "methodist")
    methodist.transition(beginning.programme_id, "cancel", reason="Школа закрыта")
    page = page_of(beginning)
    assert "Программа закончена и хранится как есть." in page
    assert "Ничего не осталось." in page


def test_computations_say_when_they_are_out_of_date(
    api: Api, conn_as: Callable[..., Any], clock: Callable[[str], None]
) -> None:
    clock(NOW)
    world = build_world(conn_as("api"), conn_as("engine"))
    curator = api.account(world.municipality_id, "curator", world.school_id)
    path = f"/programmes/{world.programme_id}"
    page = text_of(visit(curator.app, path, curator))
    assert "Расчёты" in page
    assert "Список на поощрение" in page
    assert "Нужен пересчёт" not in page
    act_for(world.conn, Tenant(world.municipality_id))
    world.conn.execute("UPDATE programme SET inputs_version = inputs_version + 1 WHERE id = %s", (world.programme_id,))
    world.conn.commit()
    assert text_of(visit(curator.app, path, curator)).count("Нужен пересчёт") == 3
    psychologist = api.account(world.municipality_id, "psychologist", world.school_id)
    assert "Расчёты" not in text_of(visit(psychologist.app, path, psychologist))


def test_the_list_holds_what_the_reader_may_see(api: Api) -> None:
    one = begin(api, school="Школа № 1")
    two = begin(api, school="Лицей № 2", municipality_id=one.municipality_id)
    other = begin(api, school="Гимназия № 3", municipality_id=api.municipality("Другой район"))
    methodist = api.account(one.municipality_id, "methodist")
    seen = text_of(visit(api.app, "/", methodist))
    assert [name for name in ("Школа № 1", "Лицей № 2", "Гимназия № 3") if name in seen] == ["Школа № 1", "Лицей № 2"]
    assert "Школа № 1" not in text_of(visit(api.app, "/", two.curator))
    assert "Администратор системы не видит программ" in text_of(visit(api.app, "/", api.admin))
    assert other.programme_id


def test_another_schools_programme_is_a_page_that_says_no(api: Api) -> None:
    one, two = begin(api), begin(api, municipality_id=api.municipality("Другой район"))
    page = text_of(visit(api.app, one.path, two.curator), 404)
    assert "Такой записи здесь нет." in page
    assert "Школа № 1" not in page


def test_an_unknown_page_is_a_page_and_an_unknown_api_address_is_json(app: Flask) -> None:
    assert "Такого адреса здесь нет." in text_of(visit(app, "/nothing/here"), 404)
    answer = visit(app, "/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_words_from_users_are_never_markup(api: Api) -> None:
    evil = "<script>alert(1)</script>"
    beginning = begin(api, school=f"Школа {evil}")
    teacher = beginning.person(evil, '"><img src=x onerror=alert(2)>', "teacher")
    beginning.curator.patch(f"{beginning.path}/activities/I.1", {"responsible_id": teacher})
    for path in ("/", beginning.path):
        raw = visit(api.app, path, beginning.curator).get_data(as_text=True)
        assert "&lt;script&gt;" in raw
        assert "<script" not in raw
        assert "<img" not in raw


def test_the_language_is_russian_until_it_is_switched_and_the_switch_is_kept(api: Api) -> None:
    beginning = begin(api)
    client = api.app.test_client()
    client.set_cookie("nastavnik_token", beginning.curator.token)
    assert '<html lang="ru"' in text_of(client.get(beginning.path))
    switched = client.get(f"{beginning.path}?lang=en")
    assert switched.headers["Content-Language"] == "en"
    kept = text_of(client.get(beginning.path))
    assert '<html lang="en"' in kept
    assert "What is left" in kept
    assert '<q class="text" lang="ru">' in kept, "the order's own words stay as they are"
    assert not re.search(r"[а-яё]", re.sub(r'lang="ru".*?</|<svg.*?</svg>|Школа № 1', "", kept).lower())


def test_no_address_makes_a_link_to_another_site_of_the_other_language(app: Flask) -> None:
    for path in ("//foreign.example/", "///foreign.example/", "/\\foreign.example/", "/\\/foreign.example/"):
        answer = app.test_client().get("/", environ_overrides={"PATH_INFO": path})
        (other,) = re.findall(r'href="([^"]+)" hreflang="en"', unescape(answer.get_data(as_text=True)))
        assert (answer.status_code, re.match(r"/[^/\\]", other) is not None) == (404, True), path


def test_every_word_is_used_and_every_word_used_exists() -> None:
    sources = [
        *CONSOLE.glob("templates/*.html"),
        *(path for path in CONSOLE.glob("*.py") if not path.name.endswith("words.py")),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [word for word in words.WORDS if not re.search(rf"[\"']{word}[\"']", text)] == []
    assert [word for word in re.findall(r"say\([\"']([a-z_]+)", text) if word not in words.WORDS] == []
