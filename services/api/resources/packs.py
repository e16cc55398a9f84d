"""Methodology packs over HTTP: the shipped ones, a municipality's own, their memo and diagram."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Choice
from services.api.language import language
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from shared.access import audit
from shared.db.tenancy import PLATFORM
from shared.errors import FieldError, FieldsInvalid
from shared.pack.check import memo
from shared.pack.model import Pack
from shared.programme import diagram
from shared.programme.packs import find_pack, list_packs, upload


class PackSummary(Schema):
    """Which pack it is."""

    code = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    checksum = fields.String(required=True)


class PackList(Schema):
    """Shipped packs and the municipality's own."""

    items = fields.List(fields.Nested(PackSummary), required=True)


class PackWhole(PackSummary):
    """A pack with its text and the memo of its check."""

    body = fields.String(required=True)
    memo = fields.Dict(required=True)


class PackUpload(Schema):
    """The pack's YAML, checked as a whole before anything is kept."""

    body = fields.String(required=True)


class DiagramQuery(QuerySchema):
    """How to draw."""

    format = Choice("svg", "mermaid", load_default="svg")


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("packs", __name__, description="The order as data")
    _add_collection(blp)
    _add_item(blp)
    return blp


def _add_collection(blp: Blueprint) -> None:
    @blp.route("/packs", methods=["GET"])
    @scoped("packs.read")
    @blp.response(200, PackList)
    @blp.doc(operationId="listPacks", summary="List packs", responses=PROBLEMS)
    def list_all() -> Any:
        return {"items": [_summary(pack) for pack in list_packs(scope().conn)]}

    @blp.route("/packs", methods=["POST"])
    @scoped("packs.upload")
    @blp.arguments(PackUpload)
    @blp.response(201, PackWhole, description="Kept", headers=LOCATION)
    @blp.alt_response(200, schema=PackWhole, description="Kept before with the same bytes", headers=LOCATION)
    @blp.doc(
        operationId="uploadPack",
        summary="Check a pack and keep it as the municipality's own; every mistake is named",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def upload_pack(values: dict[str, Any]) -> Any:
        if scope().actor.tenant.municipality_id == PLATFORM:
            ru = "Укажите муниципалитет в заголовке X-Municipality."
            raise FieldsInvalid(
                [FieldError("X-Municipality", "required", ru, "Name the municipality in X-Municipality.")]
            )
        pack, is_new = upload(scope().conn, scope().actor, values["body"])
        if is_new:
            audit.record(scope().conn, scope().actor, "pack.upload", "pack", pack.version)
        return _whole(pack), 201 if is_new else 200, {"Location": f"/api/v1/packs/{pack.code}/{pack.version}"}


def _add_item(blp: Blueprint) -> None:
    @blp.route("/packs/<string:code>/<id:version>", methods=["GET"])
    @scoped("packs.read")
    @blp.response(200, PackWhole)
    @blp.doc(operationId="getPack", summary="Read a pack with its memo", responses=PROBLEMS)
    def get_pack(code: str, version: int) -> Any:
        return _whole(find_pack(scope().conn, code[:60], min(version, 10_000)))

    @blp.route("/packs/<string:code>/<id:version>/diagram", methods=["GET"])
    @scoped("packs.read")
    @blp.arguments(DiagramQuery, location="query")
    @blp.doc(
        operationId="getPackDiagram",
        summary="Draw a pack's stages",
        responses={
            **PROBLEMS,
            "200": {
                "description": "The diagram",
                "content": {
                    "image/svg+xml": {"schema": {"type": "string"}},
                    "text/vnd.mermaid": {"schema": {"type": "string"}},
                },
            },
        },
    )
    def get_diagram(args: dict[str, Any], code: str, version: int) -> Response:
        pack = find_pack(scope().conn, code[:60], min(version, 10_000))
        if args["format"] == "mermaid":
            return Response(diagram.mermaid(pack, language()), mimetype="text/vnd.mermaid")
        return Response(diagram.svg(pack, current=None, lang=language()), mimetype="image/svg+xml")


def _summary(pack: Pack) -> dict[str, Any]:
    title = pack.title.ru if language() == "ru" else pack.title.en
    return {"code": pack.code, "version": pack.version, "title": title, "checksum": pack.checksum}


def _whole(pack: Pack) -> dict[str, Any]:
    return {**_summary(pack), "body": pack.text, "memo": memo(pack).as_json(language())}
