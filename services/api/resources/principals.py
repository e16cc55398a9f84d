"""Principals over HTTP: made, listed, changed, ended; and who one is oneself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.fields import Choice, Email, Id, Words
from services.api.pages import PageQuery, as_page, page_schema
from services.api.request_scope import scope, scoped
from services.api.versions import etag, expected_version
from shared.access import audit, principals


class PrincipalFields(Schema):
    """Somebody or something that acts: one role, one scope."""

    name = Words(200, required=True)
    role = Choice("admin", "methodist", "curator", "director", "psychologist", required=True)
    school_id = Id(load_default=None, allow_none=True)
    email = Email(load_default=None, allow_none=True)


class PrincipalChanges(Schema):
    """What may change: the name, and where notices go by mail (null: nowhere)."""

    name = Words(200)
    email = Email(allow_none=True)


class Principal(Schema):
    """A principal as it is kept."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    school_id = fields.Integer(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class Me(Schema):
    """Who the token belongs to."""

    principal_id = fields.Integer(required=True)
    role = fields.String(required=True)
    municipality_id = fields.Integer(required=True)
    school_id = fields.Integer(required=True, allow_none=True)
    token_id = fields.Integer(required=True, allow_none=True)
    scopes = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "what the token is narrowed to; null: all that the role may do"},
    )


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("principals", __name__, description="Who may come in")
    _add_principals(blp)

    @blp.route("/me", methods=["GET"])
    @scoped("me.read")
    @blp.response(200, Me)
    @blp.doc(operationId="getMe", summary="Who am I", responses=PROBLEMS)
    def get_me() -> Any:
        actor = scope().actor
        return {
            "principal_id": actor.principal_id,
            "role": actor.role.value,
            "municipality_id": actor.tenant.municipality_id,
            "school_id": actor.tenant.school_id,
            "token_id": actor.token_id,
            "scopes": actor.scopes,
        }

    return blp


def _add_principals(blp: Blueprint) -> None:
    @blp.route("/principals", methods=["GET"])
    @scoped("principals.manage")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_schema("PrincipalPage", Principal))
    @blp.doc(operationId="listPrincipals", summary="List principals", responses=PROBLEMS)
    def list_principals(args: dict[str, Any]) -> Any:
        return as_page(principals.page(scope().conn, **args), args["limit"])

    @blp.route("/principals", methods=["POST"])
    @scoped("principals.manage")
    @blp.arguments(PrincipalFields)
    @blp.response(201, Principal, headers={**ETAG, **LOCATION})
    @blp.doc(
        operationId="createPrincipal",
        summary="Create a principal",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_principal(values: dict[str, Any]) -> Any:
        row = principals.create(scope().conn, scope().actor, values)
        _note("principal.create", "principal", row["id"])
        return row, 201, {"Location": f"/api/v1/principals/{row['id']}", **etag(row["version"])}

    @blp.route("/principals/<id:principal_id>", methods=["GET"])
    @scoped("principals.manage")
    @blp.response(200, Principal, headers=ETAG)
    @blp.doc(operationId="getPrincipal", summary="Read a principal", responses=PROBLEMS)
    def get_principal(principal_id: int) -> Any:
        row = principals.get(scope().conn, principal_id)
        return row, etag(row["version"])

    @blp.route("/principals/<id:principal_id>", methods=["PATCH"])
    @scoped("principals.manage")
    @blp.arguments(PrincipalChanges)
    @blp.response(200, Principal, headers=ETAG)
    @blp.doc(
        operationId="updatePrincipal",
        summary="Change the name or the e-mail address of a principal",
        parameters=[IF_MATCH],
        responses=PROBLEMS,
    )
    def update_principal(values: dict[str, Any], principal_id: int) -> Any:
        expected = expected_version()
        principals.demand_manages(scope().actor, principals.get(scope().conn, principal_id))
        row = principals.change(scope().conn, principal_id, expected, values)
        _note("principal.update", "principal", row["id"])
        return row, etag(row["version"])

    @blp.route("/principals/<id:principal_id>", methods=["DELETE"])
    @scoped("principals.manage")
    @blp.response(200, Principal, headers=ETAG)
    @blp.doc(
        operationId="endPrincipal",
        summary="End a principal; all its tokens stop at once",
        parameters=[IF_MATCH],
        responses=PROBLEMS,
    )
    def end_principal(principal_id: int) -> Any:
        expected = expected_version()
        principals.demand_manages(scope().actor, principals.get(scope().conn, principal_id))
        row = principals.end(scope().conn, principal_id, expected)
        _note("principal.end", "principal", row["id"])
        return row, etag(row["version"])


def _note(action: str, entity: str, entity_id: int) -> None:
    audit.record(scope().conn, scope().actor, action, entity, entity_id)
