"""Bytes of a CSV file to rows of clean cells: encoding, delimiter, quotes; knows no column's meaning.

Raises ImportRefused only, whatever the bytes are.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.roster.formulas import rearmed
from shared.roster.import_report import refuse

MAX_ROWS = 20_000
MAX_LINES = 5 * MAX_ROWS
"""Blank ones among them."""
MAX_COLUMNS = 64
"""The customary tables have 21."""
DELIMITERS = (";", ",", "\t")
ENCODINGS = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig", "windows-1251": "cp1251", "cp1251": "cp1251"}
_NO_CSV = (
    (("PK\x03\x04", "PK\x05\x06", "PK\x07\x08", "\xd0\xcf\x11\xe0"), "file.workbook"),
    (("\xff\xfe", "\xfe\xff"), "file.encoding"),
    (("<?xml", "<html", "<!doctype", "%pdf", "{\\rtf"), "file.document"),
)
"""First bytes (as Latin-1) -> what the file is instead: said by them alone, nothing is unpacked or parsed."""

Score = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Table:
    """``rows``: number in the file (from 1, the header counts) and cells; blank rows are left out."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]


def read_table(body: bytes, charset: str | None, *, score: Score) -> Table:
    """Read a whole file; ``score`` says how much a row looks like the header, which settles the delimiter."""
    _demand_csv(body)
    text = _decoded(body, charset)
    if "\0" in text:
        raise refuse("file.nul")
    if not text.strip():
        raise refuse("file.empty")
    rows = _rows(text, _delimiter(text, score))
    _, header = next(rows, (0, []))
    kept: list[tuple[int, list[str]]] = []
    for row in rows:
        if len(kept) == MAX_ROWS:
            raise refuse("file.too_many_rows")
        kept.append(row)
    if not kept:
        raise refuse("file.no_rows")
    return Table(tuple(header), tuple(kept))


def clean(text: str) -> str:
    """Return a cell trimmed and in NFC, with line ends as a single newline; a formula disarmed by us as it was."""
    return rearmed(unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip())


def _demand_csv(body: bytes) -> None:
    start = body[:16].decode("latin-1")
    shown = start.removeprefix("\xef\xbb\xbf").lstrip().lower()
    for signs, code in _NO_CSV:
        if start.startswith(signs) or shown.startswith(signs):
            raise refuse(code)


def _decoded(body: bytes, charset: str | None) -> str:
    named = (charset or "").strip().lower()
    if named and named not in ENCODINGS:
        raise refuse("file.encoding")
    for encoding in [ENCODINGS[named]] if named else ["utf-8-sig", "cp1251"]:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse("file.encoding")


def _delimiter(text: str, score: Score) -> str:
    """The delimiter under which the first row has most known titles; on a tie most cells, then the first."""
    best, best_score = DELIMITERS[0], (-1, -1)
    for delimiter in DELIMITERS:
        try:
            cells = next(iter(_records(text, delimiter)), [])
        except csv.Error:
            continue
        found = (score(cells), len(cells))
        if found > best_score:
            best, best_score = delimiter, found
    return best


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, record in enumerate(_records(text, delimiter, blank=True), start=1):
            if len(record) > MAX_COLUMNS:
                raise refuse("file.too_many_columns", number)
            cells = [clean(cell) for cell in record]
            if any(cells):
                yield number, cells
    except csv.Error as error:
        code = "file.cell_too_long" if "limit" in str(error) else "file.quotes"
        raise refuse(code, number + 1) from None


def _records(text: str, delimiter: str, *, blank: bool = False) -> Iterator[list[str]]:
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for number, record in enumerate(found, start=1):
        if number > MAX_LINES:
            raise refuse("file.too_many_rows")
        if blank or any(cell.strip() for cell in record):
            yield record
