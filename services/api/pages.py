"""Pages of lists: how they are asked for and answered; knows no noun."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.api.fields import Count
from services.api.query_schema import QuerySchema
from shared.db import records
from shared.db.records import Row


class PageQuery(QuerySchema):
    """Where a page begins and how long it is."""

    after = Count(0, 10**18 - 1, load_default=0, metadata={"description": "next of the page before"})
    limit = Count(1, records.MAX_PAGE, load_default=100)


def page_schema(name: str, item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of a list."""
    members = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.Integer(required=True, allow_none=True, metadata={"description": "pass as ?after="}),
    }
    return type(name, (Schema,), {**members, "__doc__": "A page of a list; next is null on the last one."})


def as_page(rows: list[Row], limit: int) -> dict[str, Any]:
    """Return rows as a page: one that is full may have a follower."""
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}
