"""The five routes of a noun whose rows are records: create, list, read, update, end; knows no noun.

A noun is a declaration: its table, its marshmallow schema, its rights, and what else must be true when it is
written. Everything that is the same for all of them (version in If-Match, audit, holding the programme while a
fact changes, dating what became true) stands here once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask import request
from marshmallow import Schema

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.nouns import Change, EndQuery, Noun, change_schema, ended_flag, out_schema
from services.api.pages import PageQuery, as_page, page_schema
from services.api.request_scope import Scope, scope, scoped
from services.api.versions import etag, expected_version
from shared.access import audit
from shared.access.bulk_audit import record_each
from shared.db import records
from shared.db.records import PROGRAMME, SCHOOL, Row
from shared.errors import FieldError, FieldsInvalid
from shared.programme.writing import writing, writing_school


def add_routes(blp: Blueprint, noun: Noun) -> None:
    """Add the noun's five routes to a blueprint."""
    out = out_schema(noun)
    _add_collection(blp, noun, out)
    _add_item(blp, noun, out)


def _add_collection(blp: Blueprint, noun: Noun, out: type[Schema]) -> None:
    page = page_schema(f"{noun.one}Page", out)
    query = type(f"{noun.one}Query", (PageQuery,), {"ended": ended_flag(), **noun.filters})

    @blp.route(noun.path, methods=["GET"], endpoint=f"list_{noun.many}")
    @scoped(noun.read)
    @blp.arguments(query, location="query")
    @blp.response(200, page)
    @_told(blp, f"list{noun.many}", f"List {noun.listed}")
    def list_records(args: dict[str, Any], **ids: int) -> dict[str, Any]:
        conn, parent_id = scope().conn, noun.parent_id(ids)
        if parent_id is not None:
            records.read_parent(conn, noun.kind.parent, parent_id)
        filters = {name: args[name] for name in noun.filters if args.get(name) is not None}
        rows = records.page(
            conn,
            noun.kind,
            parent_id,
            after=args["after"],
            limit=args["limit"],
            ended=args["ended"],
            filters=filters,
        )
        _watch(scope(), noun, "list", rows)
        _watch_page(scope(), noun, rows, parent_id)
        return as_page(noun.shown(conn, *rows), args["limit"])

    @blp.route(noun.path, methods=["POST"], endpoint=f"create_{noun.one}")
    @scoped(noun.write)
    @blp.arguments(noun.schema)
    @blp.response(201, out, headers={**ETAG, **LOCATION})
    @_told(blp, f"create{noun.one}", f"Create one of the {noun.listed}", IDEMPOTENCY_KEY)
    def create_record(values: dict[str, Any], **ids: int) -> Any:
        return create(noun, values, noun.parent_id(ids))


def _add_item(blp: Blueprint, noun: Noun, out: type[Schema]) -> None:
    path = f"{noun.path}/<id:{noun.id_name}>"
    changes = change_schema(noun)

    @blp.route(path, methods=["GET"], endpoint=f"get_{noun.one}")
    @scoped(noun.read)
    @blp.response(200, out, headers=ETAG)
    @_told(blp, f"get{noun.one}", f"Read one of the {noun.listed}")
    def get_record(**ids: int) -> Any:
        row = records.read(scope().conn, noun.kind, ids[noun.id_name], noun.parent_id(ids))
        _watch(scope(), noun, "read", [row])
        (row,) = noun.shown(scope().conn, row)
        return row, etag(row["version"])

    @blp.route(path, methods=["PATCH"], endpoint=f"update_{noun.one}")
    @scoped(noun.write)
    @blp.arguments(changes(partial=True))
    @blp.response(200, out, headers=ETAG)
    @_told(blp, f"update{noun.one}", f"Change one of the {noun.listed}", IF_MATCH)
    def update_record(values: dict[str, Any], **ids: int) -> Any:
        row = update(noun, ids[noun.id_name], noun.parent_id(ids), values)
        return row, etag(row["version"])

    if not noun.ends:
        return

    @blp.route(path, methods=["DELETE"], endpoint=f"end_{noun.one}")
    @scoped(noun.write)
    @blp.arguments(EndQuery, location="query")
    @blp.response(200, out, headers=ETAG)
    @_told(blp, f"end{noun.one}", f"End one of the {noun.listed}; it stays readable with ?ended=true", IF_MATCH)
    def end_record(args: dict[str, Any], **ids: int) -> Any:
        row = end(noun, ids[noun.id_name], noun.parent_id(ids), args["reason"])
        return row, etag(row["version"])


def _told(blp: Blueprint, operation: str, summary: str, *parameters: str) -> Any:
    return blp.doc(operationId=operation, summary=summary, parameters=list(parameters), responses=PROBLEMS)


def create(noun: Noun, values: Mapping[str, Any], parent_id: int | None) -> tuple[Row, int, dict[str, str]]:
    """Write one row with everything that belongs to it."""
    current = scope()
    parent = records.read_parent(current.conn, noun.kind.parent, _parent_id(current, parent_id))
    with _holding(current, noun, parent):
        written = _with_rules(noun, Change(current.actor, parent, values, None))
        row = records.insert(current.conn, noun.kind, parent, written, current.actor.principal_id)
        _note(current, noun, "create", row)
        (row,) = noun.shown(current.conn, row)
    headers = {"Location": f"{request.path.rstrip('/')}/{row['id']}", **etag(row["version"])}
    return row, 201, headers


def update(noun: Noun, record_id: int, parent_id: int | None, values: Mapping[str, Any]) -> Row:
    """Change one row where its version is the one of If-Match."""
    expected = expected_version()
    current = scope()
    row = records.read(current.conn, noun.kind, record_id, parent_id)
    if not values:
        raise FieldsInvalid([FieldError("body", "empty", "Нечего менять.", "There is nothing to change.")])
    parent = records.read_parent(current.conn, noun.kind.parent, row[noun.kind.parent.column])
    with _holding(current, noun, parent):
        written = _with_rules(noun, Change(current.actor, parent, values, row))
        row = records.update(current.conn, noun.kind, row, expected, written)
        _note(current, noun, "update", row)
        (row,) = noun.shown(current.conn, row)
    return row


def end(noun: Noun, record_id: int, parent_id: int | None, reason: str | None) -> Row:
    """End one row where its version is the one of If-Match."""
    expected = expected_version()
    current = scope()
    row = records.read(current.conn, noun.kind, record_id, parent_id)
    parent = records.read_parent(current.conn, noun.kind.parent, row[noun.kind.parent.column])
    with _holding(current, noun, parent):
        row = records.end(current.conn, noun.kind, row, expected, reason)
        _note(current, noun, "end", row)
        (row,) = noun.shown(current.conn, row)
    return row


@contextmanager
def _holding(current: Scope, noun: Noun, parent: Row) -> Iterator[None]:
    if noun.kind.of_programme:
        programme_id = parent["id"] if noun.kind.parent is PROGRAMME else parent["programme_id"]
        with writing(current.conn, programme_id, feeds=noun.kind.feeds):
            yield
    else:
        school_id = parent["id"] if noun.kind.parent is SCHOOL else parent["school_id"]
        with writing_school(current.conn, school_id, feeds=noun.kind.feeds):
            yield


def _with_rules(noun: Noun, change: Change) -> dict[str, Any]:
    written = dict(change.values)
    for rule in noun.rules:
        written.update(rule(scope().conn, change) or {})
    return written


def _note(current: Scope, noun: Noun, verb: str, row: Row) -> None:
    """Log a row that was written, and do what follows from it."""
    audit.record(
        current.conn,
        current.actor,
        f"{noun.kind.table}.{verb}",
        noun.kind.table,
        row["id"],
        programme_id=row.get("programme_id"),
    )
    if noun.after is not None:
        noun.after(current.conn, current.actor, row)


def _watch(current: Scope, noun: Noun, look: str, rows: Sequence[Row]) -> None:
    """Log who looked at which records; a look that cannot be logged is not given."""
    if look in noun.watched:
        ids = [row["id"] for row in rows]
        record_each(current.conn, current.actor, f"{noun.kind.table}.read", noun.kind.table, ids)


def _watch_page(current: Scope, noun: Noun, rows: Sequence[Row], parent_id: int | None) -> None:
    """Log who opened a list in one row about what the list belongs to, however many records it shows."""
    if "page" in noun.watched and rows:
        listed_in = parent_id if parent_id is not None else current.actor.tenant.school_id
        audit.record(
            current.conn,
            current.actor,
            f"{noun.kind.table}.list",
            noun.kind.parent.table,
            listed_in,
            programme_id=rows[0].get("programme_id"),
        )


def _parent_id(current: Scope, parent_id: int | None) -> int:
    found = parent_id if parent_id is not None else current.actor.tenant.school_id
    if found is None:
        raise FieldsInvalid([FieldError("school_id", "required", "Укажите школу.", "Name the school.")])
    return found
