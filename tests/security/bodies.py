"""Bodies that ask for the victim's rows: like one of them where its table has such columns, every reference theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.contract.world import REFERENCES, WORDS, table_of
from tests.security.scene import SECRET, Row

Schemas = Mapping[str, Mapping[str, Any]]
Rows = Mapping[str, tuple[Row, ...]]
NOWHERE = 10**17
"""An id that no table will ever give."""
TABLES: Mapping[str, str] = {
    **REFERENCES,
    "subject_id": "invitation",
    "based_on": "result",
    "job": "job_run",
    "job_ids": "job_run",
    "up_to": "notice",
}
"""Fields and query parameters whose table is not in their name."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the document says of a request's body."""

    media: str
    schema: Mapping[str, Any]
    example: Any


def referred(name: str) -> str:
    """Return the table that a field or parameter refers to by id, '' for one that refers to none."""
    return TABLES.get(name) or (table_of(name) if name.endswith(("_id", "_ids")) else "")


def id_of(rows: Rows, table: str, number: int) -> Any:
    """Return an id of the table: another one for each number, `NOWHERE` where it has no rows."""
    found = rows.get(table, ())
    return found[number % len(found)].get("id", NOWHERE) if found else NOWHERE


def written(body: Body, schemas: Schemas, rows: Rows, leaf: str, number: int) -> bytes:
    """Return the body as it is sent. ``leaf``: the table whose rows it is made like."""
    if body.media != "application/json":
        return str(body.example).encode()
    found = rows.get(leaf, ())
    like = found[number % len(found)] if found else {}
    return json.dumps(_Writer(schemas, rows, like, number).value("", body.schema, body.example)).encode()


@dataclass(frozen=True, slots=True)
class _Writer:
    schemas: Schemas
    rows: Rows
    like: Row
    number: int

    def value(self, name: str, schema: Mapping[str, Any], example: Any = None) -> Any:
        schema = self.schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
        table = referred(name)
        if table and "array" in _types(schema):
            return [row["id"] for row in self.rows.get(table, ())[:3]] or [NOWHERE]
        if table:
            return id_of(self.rows, table, self.number)
        if "properties" in schema:
            return self._members(schema, example or {})
        if example is not None:
            return example
        if name in WORDS:
            return WORDS[name][0]
        like = self.like.get(name)
        if like is not None and not str(like).startswith(SECRET):  # whoever writes a secret is shown it afterwards
            return like
        return None if "null" in _types(schema) else self._plain(name, schema)

    def _members(self, schema: Mapping[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: self.value(name, one, example.get(name)) for name, one in schema["properties"].items()}
        return {name: value for name, value in made.items() if value is not None}

    def _plain(self, name: str, schema: Mapping[str, Any]) -> Any:
        if "enum" in schema:
            return schema["enum"][0]
        if "array" in _types(schema):
            return [self.value(name, schema.get("items", {}))]
        kinds: Mapping[str, Any] = {
            "string": "2020-12-10" if schema.get("format") == "date" else "слово",
            "integer": schema.get("minimum", 1),
            "number": 1,
            "boolean": True,
            "object": {},
        }
        return next((kinds[kind] for kind in _types(schema) if kind in kinds), None)


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    if "anyOf" in schema:
        return [kind for one in schema["anyOf"] for kind in _types(one)]
    kind = schema.get("type", ())
    return (kind,) if isinstance(kind, str) else tuple(kind)
