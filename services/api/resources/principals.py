"""Principals and their tokens over HTTP: grant, list, revoke, rotate."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.fields import Choice, Count, Email, Id, Words
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


class TokenFields(Schema):
    """A token to grant; it stops after ``days``."""

    principal_id = Id(required=True)
    label = Words(100, required=True)
    days = Count(1, 3650, load_default=principals.DEFAULT_DAYS)


class Token(Schema):
    """A token without its secret."""

    id = fields.Integer(required=True)
    principal_id = fields.Integer(required=True)
    label = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    revoked_at = fields.DateTime(required=True, allow_none=True)


class GrantedToken(Token):
    """A token with its secret, shown this once."""

    token = fields.String(required=True)


class TokenQuery(PageQuery):
    """Which tokens to list."""

    principal_id = Id(load_default=None)


class Me(Schema):
    """Who the token belongs to."""

    principal_id = fields.Integer(required=True)
    role = fields.String(required=True)
    municipality_id = fields.Integer(required=True)
    school_id = fields.Integer(required=True, allow_none=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("principals", __name__, description="Who may come in")
    _add_principals(blp)
    _add_tokens(blp)

    @blp.route("/me", methods=["GET"])
    @scoped("tokens.own")
    @blp.response(200, Me)
    @blp.doc(operationId="getMe", summary="Who am I", responses=PROBLEMS)
    def get_me() -> Any:
        actor = scope().actor
        return {
            "principal_id": actor.principal_id,
            "role": actor.role.value,
            "municipality_id": actor.tenant.municipality_id,
            "school_id": actor.tenant.school_id,
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


def _add_tokens(blp: Blueprint) -> None:
    @blp.route("/tokens", methods=["GET"])
    @scoped("principals.manage")
    @blp.arguments(TokenQuery, location="query")
    @blp.response(200, page_schema("TokenPage", Token))
    @blp.doc(operationId="listTokens", summary="List tokens without their secrets", responses=PROBLEMS)
    def list_tokens(args: dict[str, Any]) -> Any:
        rows = principals.tokens(scope().conn, args["principal_id"], after=args["after"], limit=args["limit"])
        return as_page(rows, args["limit"])

    @blp.route("/tokens", methods=["POST"])
    @scoped("principals.manage", keeps_secret=True)
    @blp.arguments(TokenFields)
    @blp.response(201, GrantedToken, headers=LOCATION)
    @blp.doc(
        operationId="grantToken",
        summary="Grant a token; its secret is shown this once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def grant_token(values: dict[str, Any]) -> Any:
        principal = principals.get(scope().conn, values["principal_id"])
        principals.demand_manages(scope().actor, principal)
        row, plain = principals.grant(scope().conn, principal, label=values["label"], days=values["days"])
        _note("token.grant", "token", row["id"])
        return {**row, "token": plain}, 201, {"Location": f"/api/v1/tokens/{row['id']}"}

    @blp.route("/tokens/<id:token_id>", methods=["GET"])
    @scoped("principals.manage")
    @blp.response(200, Token)
    @blp.doc(operationId="getToken", summary="Read a token without its secret", responses=PROBLEMS)
    def get_token(token_id: int) -> Any:
        return principals.token(scope().conn, token_id)

    @blp.route("/tokens/<id:token_id>", methods=["DELETE"])
    @scoped("principals.manage")
    @blp.response(200, Token)
    @blp.doc(operationId="revokeToken", summary="Revoke a token at once", responses=PROBLEMS)
    def revoke_token(token_id: int) -> Any:
        _demand_own_or_lower(token_id)
        row = principals.revoke(scope().conn, token_id)
        _note("token.revoke", "token", row["id"])
        return row

    @blp.route("/tokens/<id:token_id>:rotate", methods=["POST"])
    @scoped("principals.manage", keeps_secret=True)
    @blp.response(201, GrantedToken, headers=LOCATION)
    @blp.doc(
        operationId="rotateToken",
        summary="Revoke a token and grant its successor",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def rotate_token(token_id: int) -> Any:
        _demand_own_or_lower(token_id)
        row, plain = principals.rotate(scope().conn, token_id)
        _note("token.rotate", "token", row["id"])
        return {**row, "token": plain}, 201, {"Location": f"/api/v1/tokens/{row['id']}"}


def _demand_own_or_lower(token_id: int) -> None:
    held = principals.token(scope().conn, token_id)
    principals.demand_manages(scope().actor, principals.get(scope().conn, held["principal_id"]))


def _note(action: str, entity: str, entity_id: int) -> None:
    audit.record(scope().conn, scope().actor, action, entity, entity_id)
