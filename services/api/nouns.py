"""What a noun is: a declaration of its table, schema, rights and rules, and the schemas that follow from it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields, missing

from services.api.fields import Words
from services.api.query_schema import QuerySchema
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.records import RecordKind, Row


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be written: ``current`` None for a new row; ``values`` are the validated fields."""

    actor: Actor
    parent: Row
    values: Mapping[str, Any]
    current: Row | None

    def after(self, column: str) -> Any:
        """Return the column's value as it will be."""
        return self.values.get(column, (self.current or {}).get(column))


After = Callable[[Conn, Actor, Row], None]
"""Does what follows from a row that was written or ended, before the programmes are let go."""

Rule = Callable[[Conn, Change], Mapping[str, Any] | None]
"""Checks a change and raises, or returns further columns to write."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What an answer tells beyond the row's columns: its fields, and how rows get them when they are read."""

    fields: Mapping[str, fields.Field[Any]]
    add: Callable[[Conn, Sequence[Row]], list[Row]]


@dataclass(frozen=True, slots=True)
class Noun:
    """``path``: '/programmes/<id:programme_id>/mentees', its parameter named as the parent's column in the table.

    ``one``/``many``: words for operation ids, schema names and the parameter of one record.
    """

    path: str
    one: str
    many: str
    kind: RecordKind
    schema: type[Schema]
    read: str
    write: str
    filters: Mapping[str, fields.Field[Any]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    ends: bool = True
    computed: Computed | None = None
    after: After | None = None
    watched: frozenset[str] = frozenset()
    """Which looks are logged with who looked: ``read`` of one record; ``list``, an audit row for each record shown;
    ``page``, one audit row for the whole list, about what it belongs to."""

    @property
    def id_name(self) -> str:
        """The path parameter of one record: 'waiting_entry_id'."""
        return f"{spelled(self.one, '_')}_id"

    @property
    def listed(self) -> str:
        """The records as a sentence names them: 'waiting entries'."""
        return spelled(self.many, " ")

    def parent_id(self, ids: Mapping[str, int]) -> int | None:
        """Return the parent's id of a path; None where the path has no parent."""
        return ids.get(self.kind.parent.column)

    def shown(self, conn: Conn, *rows: Row) -> list[Row]:
        """Return the rows with what is computed on reading."""
        return list(rows) if self.computed is None else self.computed.add(conn, rows)


class RecordOut(Schema):
    """What every record carries."""

    id = fields.Integer(required=True, dump_only=True)
    version = fields.Integer(required=True, dump_only=True)
    created_at = fields.DateTime(required=True, dump_only=True)
    updated_at = fields.DateTime(required=True, dump_only=True)
    ended_at = fields.DateTime(required=True, allow_none=True, dump_only=True)
    end_reason = fields.String(required=True, allow_none=True, dump_only=True)


class EndQuery(QuerySchema):
    """Why a record is ended."""

    reason = Words(500, load_default=None)


def spelled(name: str, between: str) -> str:
    """Return 'WaitingEntry' as 'waiting' and 'entry' with ``between``."""
    return re.sub("(?<=[a-z])(?=[A-Z])", between, name).lower()


def out_schema(noun: Noun) -> type[Schema]:
    """Return the schema of an answer: the noun's own fields and those of every record."""
    own = {name: _shown(declared) for name, declared in noun.schema().declared_fields.items() if not declared.load_only}
    parent = {noun.kind.parent.column: fields.Integer(required=True, dump_only=True)}
    computed = {} if noun.computed is None else noun.computed.fields
    return type(noun.one, (RecordOut,), {**parent, **own, **computed, "__doc__": noun.schema.__doc__})


def change_schema(noun: Noun) -> type[Schema]:
    """Return the schema of a change: a field that is left out stays as it is, so none has a default."""
    own = {name: _undefaulted(declared) for name, declared in noun.schema().declared_fields.items()}
    return type(f"{noun.one}Changes", (noun.schema,), {**own, "__doc__": noun.schema.__doc__})


def _undefaulted(declared: fields.Field[Any]) -> fields.Field[Any]:
    changed = copy.copy(declared)
    changed.load_default = missing
    return changed


def ended_flag() -> fields.Boolean:
    return fields.Boolean(load_default=False, metadata={"description": "list the ended ones, too"})


def _shown(declared: fields.Field[Any]) -> fields.Field[Any]:
    """Return the field as it stands in an answer: always there, null where it may be empty."""
    shown = copy.copy(declared)
    shown.required = True
    shown.load_default = missing
    shown.allow_none = declared.allow_none or not declared.required
    return shown
