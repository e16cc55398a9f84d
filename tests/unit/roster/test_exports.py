"""A spreadsheet that opens an export runs nothing of it."""

from __future__ import annotations

import csv
import io

from shared.roster.exports import as_csv


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    rows = [[-5, 0, None, "Иванов", "а=б"]]
    assert as_csv(["a"], rows).decode("utf-8-sig").splitlines()[1] == "-5;0;;Иванов;а=б"


def test_a_file_has_a_mark_semicolons_and_quotes_where_needed() -> None:
    body = as_csv(["Номер", "ФИО"], [[1, 'Иванов; "Иван"'], [2, "=x"]])
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["Номер", "ФИО"], ["1", 'Иванов; "Иван"'], ["2", "'=x"]]
