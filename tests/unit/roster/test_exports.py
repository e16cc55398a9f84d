"""A spreadsheet that opens an export runs nothing of it."""

from __future__ import annotations

import csv
import io

import pytest

from shared.roster.exports import as_csv, disarmed


@pytest.mark.parametrize("text", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")'])
def test_text_that_begins_like_a_formula_is_disarmed(text: str) -> None:
    assert disarmed(text) == f"'{text}"


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    assert [disarmed(value) for value in (-5, 0, None, "Иванов", "а=б")] == ["-5", "0", "", "Иванов", "а=б"]


def test_a_file_has_a_mark_semicolons_and_quotes_where_needed() -> None:
    body = as_csv(["Номер", "ФИО"], [[1, 'Иванов; "Иван"'], [2, "=x"]])
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["Номер", "ФИО"], ["1", 'Иванов; "Иван"'], ["2", "'=x"]]
