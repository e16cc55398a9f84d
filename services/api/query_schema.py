"""Schemas of query strings, where every value arrives as text; knows no parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load


class QuerySchema(Schema):
    """Reads digits as whole numbers; the fields themselves stay strict, as they are in bodies."""

    @pre_load
    def read_digits(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Turn text of 1 to 19 digits into a number wherever a whole number is asked for."""
        read = {key: data[key] for key in data}
        for name, field in self.load_fields.items():
            key = field.data_key or name
            text = read.get(key)
            if isinstance(field, fields.Integer) and isinstance(text, str) and text.isascii() and text.isdigit():
                read[key] = int(text[:20])
        return read
