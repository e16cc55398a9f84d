"""Which passwords are taken: length above all, nothing that is guessed first, any alphabet."""

from __future__ import annotations

import pytest

from shared.access.accounts import login_key
from shared.access.passwords import LONGEST, SHORTEST, normal, weaknesses

OWN = ("Анна Мироновна Кузнецова", "kuznetsova@school.example")


def codes(password: str) -> set[str]:
    return {one.code for one in weaknesses(password, own=OWN)}


@pytest.mark.parametrize(
    "password",
    [
        "четыре вовсе не связанных слова",
        "correct horse battery staple",
        "x7#Kp!vR2qLz9Wm",
        "кот съел 3 сосиски",
        "🦊 лиса и 🐢 черепаха",
    ],
)
def test_a_phrase_is_taken_in_any_alphabet_without_rules_of_composition(password: str) -> None:
    assert codes(password) == set()


@pytest.mark.parametrize("password", ["", "коротко", "x7#Kp!vR2qLz9W", "щ" * 5 + "у" * 9, "q" * 14])
def test_what_is_short_is_refused_for_its_length(password: str) -> None:
    assert len(normal(password)) < SHORTEST
    assert "password.length" in codes(password)


def test_what_is_too_long_to_hash_is_refused() -> None:
    words = "слово за словом и ещё одно "
    assert codes((words * 20)[:LONGEST]) == {"password.trivial"}
    assert codes("".join(chr(0x430 + n % 30) + chr(0x61 + n % 26) for n in range(101))) == {"password.length"}
    assert (
        codes("щука " * 100_000) == codes("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 20) == {"password.length"}
    )


@pytest.mark.parametrize(
    "password",
    [
        "аааааааааааааааа",
        "1234567890123456",
        "abcabcabcabcabcabc",
        "qwertyuiopasdfgh",
        "йцукенгшщзхъфыва",
        "abcdefghijklmnop",
        "пароль1пароль1пароль1",
        "ababababababababab",
        "zyxwvutsrqponmlk",
    ],
)
def test_repetitions_and_rows_of_keys_are_refused(password: str) -> None:
    assert codes(password) == {"password.trivial"}


@pytest.mark.parametrize(
    "password",
    [
        "кузнецова анна 2020",
        "Kuznetsova@school.example",
        "АННА МИРОНОВНА КУЗНЕЦОВА",
        "наставничество-2026",
        "Password-nastavnik-1",
    ],
)
def test_ones_own_name_and_the_services_words_are_refused(password: str) -> None:
    assert codes(password) == {"password.own"}


def test_all_that_is_wrong_is_said_at_once_in_both_languages() -> None:
    found = weaknesses("1111")
    assert {one.code for one in found} == {"password.length", "password.trivial"}
    assert all(one.ru and one.en for one in found)


def test_the_same_keys_typed_in_another_form_are_the_same_password() -> None:
    assert normal("ﬁ ① Å") == normal("fi 1 A\N{COMBINING RING ABOVE}")
    assert normal("Пароль") != normal("пароль")


def test_a_login_is_one_however_it_is_written() -> None:
    same = ["Curator@School.Example", "  curator@school.example ", "ｃｕｒａｔｏｒ＠school.example"]
    assert {login_key(text) for text in same} == {"curator@school.example"}
    assert login_key("STRASSE@x.example") == login_key("straße@x.example")


NO_LOGINS = ["", "curator", "@", "a@", "a b@c.d", "a@b\x00", "a@b\u202e.c", "a@" + "b" * 300, "a@b@c"]


@pytest.mark.parametrize("text", NO_LOGINS)
def test_what_can_be_no_login_is_none(text: str) -> None:
    assert login_key(text) == ""
