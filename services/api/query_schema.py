"""Schemas of query strings, where every value arrives as text; knows no parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load

ANYWHERE = ("lang",)
"""Parameters that every address takes: the language of the answer."""
TWICE = "repeated|Параметр указан дважды.|The parameter is given twice."


class QuerySchema(Schema):
    """Reads digits as whole numbers; the fields themselves stay strict, as they are in bodies.

    Refuses names it does not know, as bodies do: a misspelt filter would list everything, and a misspelt dry_run
    would do in earnest what was to be tried.
    """

    @pre_load
    def read(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Check the names, and turn text of 1 to 19 digits into a number wherever a whole number is asked for."""
        known = {field.data_key or name: field for name, field in self.load_fields.items()}
        self._check_names(data, {*known, *ANYWHERE})
        read = {key: data[key] for key in data if key in known}
        for key, field in known.items():
            text = read.get(key)
            if isinstance(field, fields.Integer) and isinstance(text, str) and text.isascii() and text.isdigit():
                read[key] = int(text[:20])
        return read

    def _check_names(self, data: Mapping[str, Any], known: set[str]) -> None:
        wrong = {name: [self.error_messages["unknown"]] for name in data if name not in known}
        # webargs hands over a view of the request's multidict.
        values = getattr(getattr(data, "data", None), "getlist", None)
        if values is not None:
            wrong |= {name: [TWICE] for name in data if name in known and len(values(name)) > 1}
        if wrong:
            raise ValidationError(wrong)
