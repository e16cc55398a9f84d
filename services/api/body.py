"""How JSON bodies are read; knows no schema."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import Request, abort
from marshmallow import Schema
from webargs.flaskparser import FlaskParser


class BodyParser(FlaskParser):
    """Takes what Python's parser gives up on (too deep, a number without end) for the client's mistake, as it is."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body as values; 400 when it is no JSON."""
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError):
            _malformed()


def _malformed() -> NoReturn:
    abort(400)
