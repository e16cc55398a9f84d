"""Fields of requests with our bounds and sentences; knows no noun."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.pack.deadlines import format_school_year, parse_school_year

MAX_ID = 10**18 - 1
# JSON Schema knows no \Z, and Python's $ lets a line end follow.
_EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$(?!\n)"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)


class Words(fields.String):
    """Text of at most ``max_length`` characters: trimmed, NFC, no control characters, not empty."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, max_length, error=_length(max_length)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", str(super()._deserialize(value, attr, data, **kwargs))).strip()
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
            raise ValidationError("characters|Управляющие знаки не допускаются.|Control characters are not allowed.")
        return text


class Email(fields.String):
    """An address for mail: ASCII, one @, no spaces; at most 254 characters (RFC 5321, 4.5.3.1.3)."""

    def __init__(self, **kwargs: Any) -> None:
        error = "email|Адрес почты пишется так: name@example.org.|An e-mail address is written as name@example.org."
        checks = [validate.Length(3, 254, error=error), validate.Regexp(_EMAIL, error=error)]
        super().__init__(validate=checks, metadata={"format": "email", "example": "curator@school.example"}, **kwargs)


class Id(fields.Integer):
    """The id of a record."""

    def __init__(self, **kwargs: Any) -> None:
        error = "range|Номер записи — целое число от 1.|An id is a whole number from 1."
        super().__init__(strict=True, validate=validate.Range(1, MAX_ID, error=error), **kwargs)


class Count(fields.Integer):
    """A whole number between bounds."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        error = f"range|Целое число от {low} до {high}.|A whole number from {low} to {high}."
        super().__init__(strict=True, validate=validate.Range(low, high, error=error), **kwargs)

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool):
            raise self.make_error("invalid")
        return super()._validated(value)


class Day(fields.Date):
    """A date as YYYY-MM-DD between 1900 and 2100."""

    def __init__(self, **kwargs: Any) -> None:
        error = "range|Дата между 1900 и 2100 годом.|A date between 1900 and 2100."
        super().__init__(format="iso", validate=validate.Range(FIRST_DAY, LAST_DAY, error=error), **kwargs)


class Choice(fields.String):
    """One of a closed list of words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        listed = ", ".join(words)
        error = f"choice|Одно из: {listed}.|One of: {listed}."
        super().__init__(validate=validate.OneOf(words, error=error), **kwargs)


class SchoolYear(fields.Field[int]):
    """'2020/21', kept as 2020."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "pattern": r"^20\d\d/\d\d$", "example": "2020/21"}, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_school_year(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            year = parse_school_year(value) if isinstance(value, str) else 0
        except ValueError:
            year = 0
        if not 2000 <= year <= 2098:
            raise ValidationError("school_year|Учебный год пишется так: 2020/21.|A school year is written as 2020/21.")
        return year


def topics(**kwargs: Any) -> fields.List[str]:
    """Return a list of request topics."""
    error = "length|Не больше 20 тем.|20 topics at most."
    return fields.List(Words(200), validate=validate.Length(0, 20, error=error), **kwargs)


def _length(longest: int) -> str:
    return f"length|От 1 до {longest} знаков.|From 1 to {longest} characters."
