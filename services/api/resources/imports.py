"""The two bases as CSV files: import with a dry run, export without names unless asked for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, PROBLEMS
from services.api.language import language
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from shared.privacy import erasures
from shared.programme import store
from shared.roster.entries import MENTEES, MENTORS, BaseKind
from shared.roster.exports import MENTEE_SHEET, MENTOR_SHEET, Sheet, export_base
from shared.roster.imports import import_base

CSV_BODY: dict[str, Any] = {
    "required": True,
    "description": "UTF-8 or windows-1251; delimiter ; , or tab; the first row holds the columns' titles",
    "content": {
        "text/csv": {
            "schema": {"type": "string", "format": "binary"},
            "example": "ФИО;Класс\r\nИванов Иван Иванович;5А\r\n",
        }
    },
}


class ImportQuery(QuerySchema):
    """A dry run answers what the import would, and writes nothing."""

    dry_run = fields.Boolean(load_default=False)


class ExportQuery(QuerySchema):
    """Names are exported only when asked for; that is noted in the audit log."""

    names = fields.Boolean(load_default=False)


class FindingOut(Schema):
    """Something to know about a row (1 is the header) or, row null, about a column of the file."""

    path = fields.String(required=True)
    row = fields.Integer(required=True, allow_none=True)
    column = fields.String(required=True, allow_none=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ImportReportOut(Schema):
    """What was imported; the first 500 warnings are listed, warnings_total counts them all."""

    rows = fields.Integer(required=True)
    people_created = fields.Integer(required=True)
    members_created = fields.Integer(required=True)
    consents_created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    awaiting_consent = fields.Integer(required=True)
    warnings_total = fields.Integer(required=True)
    warnings = fields.List(fields.Nested(FindingOut), required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("imports", __name__, description="The two bases as CSV files")
    for many, kind, sheet in (("mentees", MENTEES, MENTEE_SHEET), ("mentors", MENTORS, MENTOR_SHEET)):
        _add_import(blp, many, kind)
        _add_export(blp, many, sheet)
    return blp


def _add_import(blp: Blueprint, many: str, kind: BaseKind) -> None:
    @blp.route(f"/programmes/<id:programme_id>/{many}:import", methods=["POST"], endpoint=f"import_{many}")
    @scoped("roster.write")
    @blp.arguments(ImportQuery, location="query")
    @blp.response(200, ImportReportOut)
    @blp.doc(
        operationId=f"import{many.capitalize()}",
        summary=f"Import {many} from a class list or the customary table, all rows or none",
        parameters=[IDEMPOTENCY_KEY],
        requestBody=CSV_BODY,
        responses=PROBLEMS,
    )
    def import_file(args: dict[str, Any], programme_id: int) -> Any:
        report = import_base(
            scope().conn,
            scope().actor,
            programme_id,
            kind,
            body=request.get_data(),
            charset=request.mimetype_params.get("charset"),
            dry_run=args["dry_run"],
        )
        if report.consents_created and not args["dry_run"]:
            erasures.settle(scope().conn, scope().actor, store.get(scope().conn, programme_id).school_id)
        return {**asdict(report), "warnings": [warning.as_json(language()) for warning in report.warnings]}


def _add_export(blp: Blueprint, many: str, sheet: Sheet) -> None:
    @blp.route(f"/programmes/<id:programme_id>/{many}:export", methods=["GET"], endpoint=f"export_{many}")
    @scoped("roster.read")
    @blp.arguments(ExportQuery, location="query")
    @blp.doc(
        operationId=f"export{many.capitalize()}",
        summary=f"Export {many} as CSV; without names unless asked for",
        responses={
            **PROBLEMS,
            "200": {
                "description": "The file",
                "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
            },
        },
    )
    def export_file(args: dict[str, Any], programme_id: int) -> Response:
        body = export_base(scope().conn, scope().actor, programme_id, sheet, names=args["names"])
        name = f"{many}-{programme_id}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, content_type="text/csv; charset=utf-8", headers=headers)
