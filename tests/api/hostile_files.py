"""Files that somebody with ill will, or with the wrong button of Excel, sends where a CSV file is expected."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    '<c r="A1" t="inlineStr"><is><t>ФИО</t></is></c></row></sheetData></worksheet>'
)
_ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "&x;&x;&x;">]>'
    "<worksheet><sheetData><row><c><v>&y;</v></c></row></sheetData></worksheet>"
)
UNPACKED = 128 * 1024 * 1024
"""What the bomb becomes when somebody unpacks it."""


def workbook(sheet: str | bytes = _SHEET) -> bytes:
    """A workbook as Excel packs it, of one sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", _TYPES)
        packed.writestr("xl/worksheets/sheet1.xml", sheet)
    return file.getvalue()


@cache
def bomb() -> bytes:
    """A workbook of a few KiB that unpacks to UNPACKED bytes."""
    made = workbook(bytes(UNPACKED))
    assert len(made) < UNPACKED / 500
    return made


def no_csv() -> Mapping[str, tuple[bytes, str]]:
    """Name -> bytes and the code of the refusal."""
    plain = "ФИО;Класс\r\nИванов Иван;5А\r\n"
    whole = workbook()
    return {
        "workbook": (whole, "file.workbook"),
        "half a workbook": (whole[: len(whole) // 2], "file.workbook"),
        "its first bytes": (whole[:4], "file.workbook"),
        "zip bomb": (bomb(), "file.workbook"),
        "entities in a workbook": (workbook(_ENTITY), "file.workbook"),
        "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "file.workbook"),
        "entities": (_ENTITY.encode(), "file.document"),
        "web page": (b"<html><table><tr><td>=1+1</td></tr></table></html>", "file.document"),
        "nothing": (b"", "file.empty"),
        "a header": ("ФИО;Класс\r\n".encode(), "file.no_rows"),
        "UTF-16": (plain.encode("utf-16"), "file.encoding"),
        "NUL": (plain.replace("Иван", "Ив\0ан").encode(), "file.nul"),
        "half of it": ('ФИО;Класс\r\n"Иванов Иван;5А\r\n'.encode(), "file.quotes"),
        "no text": (b"\x00\x01\x02" * 1000, "file.nul"),
        "a million columns": (("ФИО" + ";x" * 1_000_000 + "\r\nИванов Иван\r\n").encode(), "file.too_many_columns"),
        "one giant cell": (("ФИО\r\n" + "я" * 2_000_000 + "\r\n").encode(), "file.cell_too_long"),
        "lines without end": (b"\n" * 7_000_000 + plain.encode(), "file.too_many_rows"),
    }
