"""A CSV file is read whatever its encoding and delimiter, or refused with a reason; nothing else comes out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pack.library import shipped_packs
from shared.roster.columns import MENTEE_COLUMNS, count_known
from shared.roster.csv_table import MAX_COLUMNS, MAX_LINES, MAX_ROWS, Table, read_table
from shared.roster.entries import MENTEES, MENTORS, BaseKind, read_entries
from shared.roster.import_report import ImportRefused

SCORE = partial(count_known, columns=MENTEE_COLUMNS)


def read(body: bytes, charset: str | None = None) -> Table:
    return read_table(body, charset, score=SCORE)


def code_of(body: bytes, charset: str | None = None) -> str:
    with pytest.raises(ImportRefused) as caught:
        read(body, charset)
    return caught.value.findings.listed[0].code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encoding_and_delimiter_are_found(encoding: str, delimiter: str) -> None:
    text = f"ФИО{delimiter}Класс\r\nЁжикова Яна{delimiter}5А\r\n"
    table = read(text.encode(encoding))
    assert table.header == ("ФИО", "Класс")
    assert table.rows == ((2, ["Ёжикова Яна", "5А"]),)


def test_the_charset_of_the_request_is_believed() -> None:
    assert read("ФИО\nЯ Я\n".encode("cp1251"), "windows-1251").header == ("ФИО",)
    assert code_of("ФИО\nЯ Я\n".encode("cp1251"), "utf-8") == "file.encoding"
    assert code_of("ФИО\nЯ Я\n".encode(), "koi8-r") == "file.encoding"


def test_the_known_titles_settle_the_delimiter() -> None:
    table = read("ФИО;Контакты, телефон, почта, мессенджер;Класс\nА Б;x;5А\n".encode())
    assert table.header == ("ФИО", "Контакты, телефон, почта, мессенджер", "Класс")


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    table = read('ФИО;Запрос\n"Иванов; Иван";"одна\r\nдве ""в кавычках"""\n'.encode())
    assert table.rows[0][1] == ["Иванов; Иван", 'одна\nдве "в кавычках"']


def test_rows_keep_their_number_when_blank_ones_are_left_out() -> None:
    table = read("ФИО;Класс\n\n;\nА Б;5А\n".encode())
    assert [number for number, _ in table.rows] == [4]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "file.empty"),
        (b"\xef\xbb\xbf", "file.empty"),
        (b" \n\n", "file.empty"),
        ("ФИО;Класс\n".encode(), "file.no_rows"),
        ("ФИО;Класс\nА\0Б В;5А\n".encode(), "file.nul"),
        ("ФИО;Класс\nА Б;5А\n".encode("utf-16"), "file.encoding"),
        ("ФИО;Класс\nА Б;5А\n".encode("utf-16-be"), "file.nul"),
        (b"PK\x03\x04\x14\x00", "file.workbook"),
        (b"PK\x05\x06" + bytes(18), "file.workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file.workbook"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "file.document"),
        (b"\r\n<HTML><table><tr><td>", "file.document"),
        (b"%PDF-1.7\n", "file.document"),
        ('ФИО;Класс\n"А Б;5А\n'.encode(), "file.quotes"),
        ('ФИО;Класс\n"А" Б;5А\n'.encode(), "file.quotes"),
        (b"\xd0\xa4\xff\x98", "file.encoding"),
        (("ФИО\n" + "А" * 140_000 + " Б\n").encode(), "file.cell_too_long"),
        (("ФИО\n" + "А Б\n" * (MAX_ROWS + 1)).encode(), "file.too_many_rows"),
        (("\n" * MAX_LINES + "ФИО\nА Б\n").encode(), "file.too_many_rows"),
        (("ФИО\nА Б\n" + "\n" * MAX_LINES + "В Г\n").encode(), "file.too_many_rows"),
        (("ФИО" + ";" * MAX_COLUMNS + "\nА Б\n").encode(), "file.too_many_columns"),
        (("ФИО\nА Б" + ";" * 1_000_000 + "\n").encode(), "file.too_many_columns"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(body: bytes, code: str) -> None:
    assert code_of(body) == code


def test_the_largest_file_is_read_whole() -> None:
    assert len(read(("ФИО\n" + "А Б\n" * MAX_ROWS).encode()).rows) == MAX_ROWS


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refuse(body, MENTEES)


CELL = st.text(max_size=12) | st.sampled_from(["31.11.2020", "2011", "5А", "лично", "Иванов Иван", "=1+1", "4 ч"])
TITLES = [column.title for column in (*MENTEES.columns, *MENTORS.columns)]


@given(
    st.sampled_from([MENTEES, MENTORS]),
    st.lists(st.sampled_from(TITLES) | st.text(max_size=8), max_size=8),
    st.lists(st.lists(CELL, max_size=10), max_size=6),
    st.sampled_from([";", ",", "\t"]),
)
def test_any_table_is_read_or_refused(kind: BaseKind, header: list[str], rows: list[list[str]], delimiter: str) -> None:
    read_or_refuse(as_file(["ФИО", *header], rows, delimiter), kind)


def as_file(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", errors="replace")


def read_or_refuse(body: bytes, kind: BaseKind) -> None:
    """Return quietly after a reading or a refusal; any other exception fails the test."""
    try:
        table = read_table(body, None, score=partial(count_known, columns=kind.columns))
        reading = read_entries(table, kind, forms=shipped_packs()[0].forms, today=date(2020, 11, 10))
    except ImportRefused:
        return
    assert len(reading.entries) + len({finding.row for finding in reading.errors.listed}) == reading.rows
