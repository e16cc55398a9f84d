"""Text that begins like a formula leaves as text, however the file is split, and comes back as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.roster.formulas import disarmed, rearmed

SIGNS = "=+-@\t\r＝＋－＠"
HOSTILE = st.text(st.sampled_from(SIGNS + ";,|\n\"' аб1()"), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    "text", ["=1+1", "+7", "-1", "@SUM(A1)", "＝1+1", "＠SUM(A1)", '=HYPERLINK("x")', "'=1", "=cmd|' /C calc'!A0"]
)
def test_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert disarmed(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("  =1", "  '=1"),
        ("\t=1", "'\t'=1"),
        ('"=1', "\"'=1"),
        ("Иванов,=1", "Иванов,'=1"),
        ("Иванов; @A1", "Иванов; '@A1"),
        ("Иванов\n+1", "Иванов\n'+1"),
    ],
)
def test_so_does_what_another_delimiter_would_make_a_beginning(text: str, written: str) -> None:
    assert disarmed(text) == written


@pytest.mark.parametrize("text", ["", "Иванов-Петров", "а=б", "5 + 5", "д'Артаньян", "учитель - ученик"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert disarmed(text) == rearmed(text) == text


@given(HOSTILE)
def test_no_split_of_a_disarmed_text_begins_like_a_formula(text: str) -> None:
    written = disarmed(text)
    for piece in (written, *re.split(r'[;,\t\r\n"|]', written)):
        assert not piece.lstrip(' "').startswith(tuple(SIGNS))


@given(HOSTILE)
def test_a_disarmed_text_comes_back_as_it_was(text: str) -> None:
    assert rearmed(disarmed(text)) == text


@pytest.mark.parametrize("unit", ["=", " ", '"', "'", ", ", '" ', "'="])
def test_a_long_cell_is_answered_and_not_searched_for_ever(unit: str) -> None:
    text = unit * 60_000
    assert rearmed(disarmed(text)) == text
