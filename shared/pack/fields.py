"""The kinds of values in a pack's YAML, every one read from a string; knows no field of any pack."""

from __future__ import annotations

import re
import unicodedata
from abc import abstractmethod
from datetime import date
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields

from shared.pack.deadlines import parse_school_year

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}", re.ASCII)
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,8}", re.ASCII)
_SHARE = re.compile(r"[01](\.[0-9]{1,6})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"})
_SOFT_HYPHEN = "\u00ad"

REQUIRED: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "field.required",
    "null": "field.required",
    "invalid": "field.shape",
    "type": "field.shape",
}
Value = TypeVar("Value")


class _FromText(fields.Field[Value]):
    """A value written as a string."""

    default_error_messages = REQUIRED

    def _deserialize(self, value: Any, *_attr_and_data: Any, **_kwargs: Any) -> Value:
        if not isinstance(value, str):
            raise ValidationError("field.text")
        return self.parse(value)

    @abstractmethod
    def parse(self, text: str) -> Value:
        """Return the value; ValidationError with a finding when the text is none."""


class Text(_FromText[str]):
    """Words of a bounded length, kept character by character."""

    def __init__(self, longest: int = 300, **kwargs: Any) -> None:
        super().__init__(required=kwargs.pop("required", True), **kwargs)
        self.longest = longest

    def parse(self, text: str) -> str:
        if not (text.strip() and len(text) <= self.longest):
            raise ValidationError(f"text.length:1:{self.longest}")
        if any(unicodedata.category(char) in _REFUSED_CATEGORIES and char != _SOFT_HYPHEN for char in text):
            raise ValidationError("text.characters")
        return text


class Key(_FromText[str]):
    """A stable name inside the pack."""

    def parse(self, text: str) -> str:
        if _KEY.fullmatch(text) is None:
            raise ValidationError("key.form")
        return text


class Slug(_FromText[str]):
    """A name that also stands in addresses and file names."""

    def parse(self, text: str) -> str:
        if _SLUG.fullmatch(text) is None:
            raise ValidationError("key.slug")
        return text


class Whole(_FromText[int]):
    """A whole number between two bounds, both inclusive."""

    def __init__(self, minimum: int, maximum: int, **kwargs: Any) -> None:
        super().__init__(required=kwargs.pop("required", True), **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def parse(self, text: str) -> int:
        if _WHOLE.fullmatch(text) is None or not self.minimum <= int(text) <= self.maximum:
            raise ValidationError(f"number.whole:{self.minimum}:{self.maximum}")
        return int(text)


class Share(_FromText[float]):
    """A number from 0 to 1."""

    def parse(self, text: str) -> float:
        if _SHARE.fullmatch(text) is None or float(text) > 1:
            raise ValidationError("number.share")
        return float(text)


class Flag(_FromText[bool]):
    """true or false; yes, no, on and off are not read as such."""

    def parse(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValidationError("flag.form")
        return text == "true"


class Day(_FromText[date]):
    """A date as 2020-09-23."""

    def parse(self, text: str) -> date:
        try:
            if _DATE.fullmatch(text) is None:
                raise ValidationError("date.form")
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValidationError("date.form") from error


class SchoolYear(_FromText[int]):
    """A school year as 2020/21; the value is its first calendar year."""

    def parse(self, text: str) -> int:
        try:
            return parse_school_year(text)
        except ValueError as error:
            raise ValidationError("school_year.form") from error


class Choice(_FromText[str]):
    """One word of a closed list."""

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(required=kwargs.pop("required", True), **kwargs)
        self.words = words

    def parse(self, text: str) -> str:
        if text not in self.words:
            raise ValidationError(f"choice.unknown:{', '.join(self.words)}")
        return text


class Count:
    """Validator: how many items a list may hold."""

    def __init__(self, minimum: int, maximum: int) -> None:
        self.minimum, self.maximum = minimum, maximum

    def __call__(self, value: list[Any]) -> None:
        if not self.minimum <= len(value) <= self.maximum:
            raise ValidationError(f"field.count:{self.minimum}:{self.maximum}")


class Strict(Schema):
    """A mapping whose every field is known."""

    error_messages = {"unknown": "field.unknown", "type": "field.shape"}  # noqa: RUF012 - marshmallow's own form


def one(schema: type[Schema], **kwargs: Any) -> fields.Nested:
    """Return a required nested mapping."""
    return fields.Nested(schema, required=kwargs.pop("required", True), error_messages=REQUIRED, **kwargs)


def many(schema: type[Schema], minimum: int, maximum: int, **kwargs: Any) -> fields.Nested:
    """Return a nested list of mappings, required unless it may be empty."""
    optional: dict[str, Any] = {"required": True} if minimum else {"load_default": list}
    return fields.Nested(
        schema, many=True, validate=Count(minimum, maximum), error_messages=REQUIRED, **optional, **kwargs
    )


def words(field: fields.Field[Any], maximum: int) -> fields.List[Any]:
    """Return an optional list of simple values."""
    return fields.List(field, load_default=list, validate=Count(0, maximum), error_messages=REQUIRED)
