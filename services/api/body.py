"""How bodies are read: whole, and JSON as values; knows no schema."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Request, abort
from marshmallow import Schema, missing
from webargs.flaskparser import FlaskParser

MAX_VALUES = 100_000
"""Commas and opening brackets, far more than any request needs: a value costs much more memory than its bytes."""


class WholeRequest(Request):
    """Takes no part of a body for the whole: without a length, werkzeug ends it at the limit and says nothing."""

    def get_data(self, *how: Any, **more: Any) -> Any:
        """Return the body; 413 when there may be more of it."""
        data = super().get_data(*how, **more)
        limit = self.max_content_length
        if self.content_length is None and limit is not None and len(data) >= limit:
            abort(413)
        return data


class BodyParser(FlaskParser):
    """Takes what Python's parser gives up on (too deep, a number without end) for the client's mistake, as it is.

    So is half of a surrogate pair, which Python reads and UTF-8 cannot write, not even in the answer that refuses it.
    """

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body as values; 400 when it is no JSON, 413 when it holds too many of them."""
        body = req.get_data()
        if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
            abort(413)
        try:
            values = super().load_json(req, schema)
            if values is not missing and b"\\ud" in body.lower():
                json.dumps(values, ensure_ascii=False).encode()
            return values
        except (ValueError, RecursionError):
            _malformed()


def _malformed() -> NoReturn:
    abort(400)
