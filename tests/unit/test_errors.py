"""Every error says the same in both languages: one code, the same places filled, nothing left unfilled."""

from __future__ import annotations

import importlib
import pkgutil
import re
from string import Formatter

import pytest

import services
import shared
from shared.errors import (
    FieldError,
    FieldsInvalid,
    GuardsUnmet,
    Lang,
    NastavnikError,
    RuleBroken,
    VersionMismatch,
    WrongState,
)

LANGS: tuple[Lang, Lang] = ("ru", "en")


def _all_errors() -> list[type[NastavnikError]]:
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "services.api.wsgi")):
                importlib.import_module(module.name)
    found, waiting = [], [NastavnikError]
    while waiting:
        error = waiting.pop()
        found.append(error)
        waiting += error.__subclasses__()
    return sorted((error for error in found if error.__module__.startswith(("shared", "services"))), key=str)


ERRORS = _all_errors()
by_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)


def template(error: type[NastavnikError], lang: Lang) -> str:
    return error.ru if lang == "ru" else (error.__doc__ or "").strip().splitlines()[0]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def made(error: type[NastavnikError], params: dict[str, object]) -> NastavnikError:
    """Return the error with its parameters, past constructors that compute them."""
    bare = error.__new__(error)
    NastavnikError.__init__(bare, **params)
    return bare


@by_error
def test_both_languages_fill_the_same_places(error: type[NastavnikError]) -> None:
    if error is RuleBroken:  # the rule brings both sentences
        assert (template(error, "ru"), template(error, "en")) == ("{ru}", "{en}")
        return
    assert places(template(error, "ru")) == places(template(error, "en"))


@by_error
def test_the_sentence_is_filled_and_is_in_its_own_language(error: type[NastavnikError]) -> None:
    names = places(template(error, "ru")) | places(template(error, "en"))
    params: dict[str, object] = {name: {"ru": "слово", "en": "word"} for name in names}
    if error is RuleBroken:
        params = {"ru": "слово", "en": "word"}
    for lang, own, other in (("ru", "слово", "word"), ("en", "word", "слово")):
        text = made(error, params).text(lang)  # type: ignore[arg-type]
        assert text
        assert "{" not in text
        assert text.count(own) >= (1 if names else 0)
        assert other not in text
    russian = made(error, params).text("ru")
    assert re.search("[а-яё]", russian)
    assert not re.search("[а-яё]", made(error, params).text("en"))


@by_error
def test_a_code_is_small_letters_and_dots_and_an_own_code_is_nobody_elses(error: type[NastavnikError]) -> None:
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", error.code)
    assert [other for other in ERRORS if "code" in vars(other) and other.code == error.code][1:] == []


def test_every_error_of_the_tree_drawn_is_there_and_the_other_way_round() -> None:
    module = importlib.import_module("shared.errors")
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+)\b", module.__doc__ or "", re.MULTILINE))
    defined = {error.__name__ for error in ERRORS if error.__module__ == "shared.errors"}
    assert {name for name in drawn if name in vars(module)} == defined


def test_an_error_is_raised_by_its_code_and_never_shows_parameters_in_its_own_text() -> None:
    assert str(VersionMismatch(current=7, expected=6)) == "version.mismatch"
    assert VersionMismatch(current=7, expected=6).text("en").endswith("version 7 now, your request was for 6.")


def test_errors_carry_what_a_program_needs_beside_the_sentence() -> None:
    wrong = WrongState(trigger={"ru": "Х", "en": "X"}, state={"ru": "У", "en": "Y"}, allowed=("a",), state_key="y")
    fields_wrong = FieldsInvalid([FieldError("a.b", "required", "нужно", "needed")])
    assert wrong.extra("ru") == {"state": "y", "allowed": ["a"]}
    assert VersionMismatch(current=7, expected=6).extra("ru") == {"current": 7}
    assert fields_wrong.extra("ru") == {"errors": [{"path": "a.b", "code": "required", "detail": "нужно"}]}
    assert fields_wrong.extra("en")["errors"][0]["detail"] == "needed"
    assert RuleBroken(rule="r.x", ru="а", en="b").extra("en") == {"rule": "r.x"}


@pytest.mark.parametrize("lang", LANGS)
def test_unmet_guards_are_counted_and_told_in_the_language_asked_for(lang: Lang) -> None:
    blockers: dict[Lang, list[dict[str, object]]] = {"ru": [{"a": "раз"}, {"a": "два"}], "en": [{"a": 1}, {"a": 2}]}
    error = GuardsUnmet(blockers=blockers)
    assert "2" in error.text(lang)
    assert error.extra(lang) == {"blockers": blockers[lang]}
