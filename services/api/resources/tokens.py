"""Tokens over HTTP: grant, list, revoke, rotate, of those one manages and one's own."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Count, Id, Words
from services.api.pages import PageQuery, as_page, page_schema
from services.api.request_scope import scope, scoped
from shared.access import account_tokens, audit, principals
from shared.access.rights import SCOPES_AT_MOST, demand_no_more

_SCOPE = validate.Regexp(
    r"^[a-z*]{1,30}\.[a-z*]{1,30}$(?!\n)",
    error="scope|Область пишется так: programmes.read, programmes.* или *.read."
    "|A scope is written as programmes.read, programmes.* or *.read.",
)
_SCOPES_LENGTH = validate.Length(
    1,
    SCOPES_AT_MOST,
    error=f"length|От 1 до {SCOPES_AT_MOST} областей.|From 1 to {SCOPES_AT_MOST} scopes.",
)
_TOLD = {"description": "rights, `noun.*` or `*.read`; null: all that the role may do", "example": ["*.read"]}


class TokenFields(Schema):
    """A token to grant; it stops after ``days``."""

    principal_id = Id(required=True)
    label = Words(100, required=True)
    days = Count(1, 3650, load_default=account_tokens.DEFAULT_DAYS)
    scopes = fields.List(
        fields.String(validate=_SCOPE), validate=_SCOPES_LENGTH, load_default=None, allow_none=True, metadata=_TOLD
    )


class Token(Schema):
    """A token without its secret."""

    id = fields.Integer(required=True)
    principal_id = fields.Integer(required=True)
    label = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True, allow_none=True, metadata=_TOLD)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "to the hour; null: never used"}
    )
    revoked_at = fields.DateTime(required=True, allow_none=True)


class GrantedToken(Token):
    """A token with its secret, shown this once."""

    token = fields.String(required=True)


class TokenQuery(PageQuery):
    """Which tokens to list."""

    principal_id = Id(load_default=None)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("tokens", __name__, description="What programs come in with")
    page = page_schema("TokenPage", Token)
    _add_list(blp, page)
    _add_item(blp)
    _add_own(blp, page)
    return blp


def _add_list(blp: Blueprint, page: type[Schema]) -> None:
    @blp.route("/tokens", methods=["GET"])
    @scoped("principals.manage")
    @blp.arguments(TokenQuery, location="query")
    @blp.response(200, page)
    @blp.doc(operationId="listTokens", summary="List tokens without their secrets", responses=PROBLEMS)
    def list_tokens(args: dict[str, Any]) -> Any:
        rows = account_tokens.tokens(scope().conn, args["principal_id"], after=args["after"], limit=args["limit"])
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
        conn = scope().conn
        principal = principals.get(conn, values.pop("principal_id"))
        principals.demand_manages(scope().actor, principal)
        return _shown(account_tokens.grant(conn, principal, **values), "token.grant")


def _add_item(blp: Blueprint) -> None:
    @blp.route("/tokens/<id:token_id>", methods=["GET"])
    @scoped("principals.manage")
    @blp.response(200, Token)
    @blp.doc(operationId="getToken", summary="Read a token without its secret", responses=PROBLEMS)
    def get_token(token_id: int) -> Any:
        return account_tokens.token(scope().conn, token_id)

    @blp.route("/tokens/<id:token_id>", methods=["DELETE"])
    @scoped("principals.manage")
    @blp.response(200, Token)
    @blp.doc(operationId="revokeToken", summary="Revoke a token at once", responses=PROBLEMS)
    def revoke_token(token_id: int) -> Any:
        _demand_own_or_lower(token_id)
        return _revoked(token_id)

    @blp.route("/tokens/<id:token_id>:rotate", methods=["POST"])
    @scoped("principals.manage", keeps_secret=True)
    @blp.response(201, GrantedToken, headers=LOCATION)
    @blp.doc(
        operationId="rotateToken",
        summary="Revoke a token and grant its successor, with the same scopes",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def rotate_token(token_id: int) -> Any:
        _demand_own_or_lower(token_id)
        return _rotated(token_id)


def _add_own(blp: Blueprint, page: type[Schema]) -> None:
    @blp.route("/me/tokens", methods=["GET"])
    @scoped("tokens.own")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page)
    @blp.doc(operationId="listOwnTokens", summary="List one's own tokens without their secrets", responses=PROBLEMS)
    def list_own_tokens(args: dict[str, Any]) -> Any:
        return as_page(account_tokens.tokens(scope().conn, scope().actor.principal_id, **args), args["limit"])

    @blp.route("/me/tokens/<id:token_id>", methods=["DELETE"])
    @scoped("tokens.own")
    @blp.response(200, Token)
    @blp.doc(operationId="revokeOwnToken", summary="Revoke a token of one's own at once", responses=PROBLEMS)
    def revoke_own_token(token_id: int) -> Any:
        _demand_own(token_id)
        return _revoked(token_id)

    @blp.route("/me/tokens/<id:token_id>:rotate", methods=["POST"])
    @scoped("tokens.own", keeps_secret=True)
    @blp.response(201, GrantedToken, headers=LOCATION)
    @blp.doc(
        operationId="rotateOwnToken",
        summary="Revoke a token of one's own and get its successor, with the same scopes",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def rotate_own_token(token_id: int) -> Any:
        _demand_own(token_id)
        return _rotated(token_id)


def _demand_own_or_lower(token_id: int) -> None:
    held = account_tokens.token(scope().conn, token_id)
    principals.demand_manages(scope().actor, principals.get(scope().conn, held["principal_id"]))


def _demand_own(token_id: int) -> None:
    """Raise NotFound for somebody else's token, OutOfScope for one that can do more than the one that asks."""
    held = account_tokens.token(scope().conn, token_id, of=scope().actor.principal_id)
    demand_no_more(scope().actor, held["scopes"])


def _revoked(token_id: int) -> Any:
    row = account_tokens.revoke(scope().conn, token_id)
    audit.record(scope().conn, scope().actor, "token.revoke", "token", row["id"])
    return row


def _rotated(token_id: int) -> Any:
    return _shown(account_tokens.rotate(scope().conn, token_id), "token.rotate")


def _shown(granted: tuple[Any, str], action: str) -> Any:
    row, plain = granted
    audit.record(scope().conn, scope().actor, action, "token", row["id"])
    return {**row, "token": plain}, 201, {"Location": f"/api/v1/tokens/{row['id']}"}
