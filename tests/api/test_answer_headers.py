"""Every answer of every route, whatever it says, tells the browser what may load, frame, keep or guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from services.api.answer_headers import ALWAYS, DATA_POLICY, HSTS, POLICY, SCRIPTED_POLICY
from shared.roster.consent_words import KINDS
from tests.api.beginnings import Beginning, begin
from tests.http import Api

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Markup(HTMLParser):
    """Collects what a strict policy forbids, and every address that is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("style", "iframe", "object", "embed", "base") or (tag == "script" and "src" not in given):
            self.forbidden.append(tag)
        self.forbidden += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        self.forbidden += [tag for value in given.values() if (value or "").lstrip().lower().startswith("javascript:")]
        source = given.get("src") or (given.get("href") if tag == "link" else None)
        if source:
            self.loaded.append(source)


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each method that it takes."""
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            if method in (rule.methods or ()):
                yield rule, method


def address(rule: Rule, ids: dict[str, int]) -> str:
    """An address of the rule: ids of rows that exist where they are known, of none elsewhere."""

    def fill(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        words = {"kind": next(iter(KINDS)), "address": "nothing/here", "filename": "page.css"}
        return words.get(name, str(ids.get(name, 999_999)))

    return re.sub(r"<([^>]+)>", fill, rule.rule)


def check(answer: TestResponse, what: str) -> list[str]:
    """Check the headers of one answer and, of a page, its markup; return what the page loads."""
    for name, value in ALWAYS.items():
        assert answer.headers.getlist(name) == [value], what
    assert "Server" not in answer.headers, what
    assert "Strict-Transport-Security" not in answer.headers, "only where people come by TLS"
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert "unsafe" not in policy, what
    assert "Cache-Control" in answer.headers, what
    if answer.mimetype == "text/html":
        assert policy in (POLICY, SCRIPTED_POLICY), what
        assert answer.headers["Cache-Control"] == "no-store", what
        markup = Markup()
        markup.feed(answer.get_data(as_text=True))
        assert markup.forbidden == [], what
        assert [one for one in markup.loaded if not one.startswith("/static/")] == [], what
        return markup.loaded
    assert policy == DATA_POLICY, what
    return []


def walk(app: Flask, ids: dict[str, int], token: str | None = None) -> dict[int, int]:
    """Ask every route in a new browser; return how many answers had which status."""
    seen: dict[int, int] = {}
    headers = {} if token is None else {"Cookie": f"nastavnik_token={token}"}
    for rule, method in rules(app):
        path = address(rule, ids)
        answer = app.test_client(use_cookies=False).open(path, method=method, headers=headers)
        check(answer, f"{method} {path} {answer.status_code}")
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    return seen


@pytest.fixture
def beginning(api: Api) -> Beginning:
    return begin(api)


def test_every_route_answers_a_stranger_and_a_curator_with_all_headers(app: Flask, beginning: Beginning) -> None:
    person = beginning.person("Ученик", "Илья")
    ids = {"programme_id": beginning.programme_id, "school_id": beginning.school_id, "person_id": person}
    stranger = walk(app, ids)
    assert stranger[401] > 100
    assert 500 not in stranger
    seen = walk(app, ids, beginning.curator.token)
    assert seen[200] > 50
    assert seen[404] > 10
    assert 500 not in seen


def test_every_page_of_a_curator_that_opens_keeps_to_the_policy_in_both_languages(
    app: Flask, beginning: Beginning
) -> None:
    client = app.test_client()
    client.set_cookie("nastavnik_token", beginning.curator.token)
    ids = {"programme_id": beginning.programme_id, "school_id": beginning.school_id, "person_id": 1}
    loaded: set[str] = set()
    pages = 0
    for rule, method in rules(app):
        if method == "GET" and rule.endpoint.startswith("console.") and rule.endpoint != "console.static":
            answer = client.get(f"{address(rule, ids)}?lang=en")
            loaded |= set(check(answer, rule.rule))
            assert (answer.headers["Content-Security-Policy"] == SCRIPTED_POLICY) == (rule.rule == "/docs")
            pages += answer.mimetype == "text/html"
    assert pages > 8
    assert loaded
    assert [path for path in sorted(loaded) if client.get(path).status_code != 200] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", "/api/v1/nothing/here", 404),
        ("TRACE", "/api/v1/people", 405),
        ("DELETE", "/docs", 405),
        ("POST", "/api/v1/packs", 401),
        ("GET", "/livez", 200),
        ("GET", "/metrics", 404),
        ("OPTIONS", "/api/v1/people", 200),
    ],
)
def test_what_no_view_answers_has_them_too(app: Flask, method: str, path: str, status: int) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == status
    check(answer, path)


def test_an_error_of_ours_has_them_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint, path in (("health.livez", "/livez"), ("console.docs", "/docs")):
        monkeypatch.setitem(app.view_functions, endpoint, lambda: str(1 // 0))
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        check(answer, path)


@pytest.mark.parametrize(
    ("public_url", "base_url", "is_told"),
    [
        ("https://school.example", "http://localhost", True),
        ("", "https://localhost", True),
        ("", "http://localhost", False),
        ("http://school.example", "http://localhost", False),
    ],
)
def test_where_people_come_by_tls_browsers_are_told_to_stay_with_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, public_url: str, base_url: str, is_told: bool
) -> None:
    held = app.extensions["nastavnik"]
    known = replace(held, settings=replace(held.settings, public_url=public_url))
    monkeypatch.setitem(app.extensions, "nastavnik", known)
    for path in ("/livez", "/docs", "/api/v1/nothing"):
        answer = app.test_client().get(path, base_url=base_url)
        assert answer.headers.get("Strict-Transport-Security") == (HSTS if is_told else None)
