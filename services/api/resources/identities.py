"""Identities over HTTP: whose account somebody of the single sign-on enters; bound and unbound by who manages it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.request_scope import scope, scoped, state
from shared.access import identities, principals, sessions
from shared.errors import RuleBroken

_PATH = "/principals/<id:principal_id>/identities"
_SUBJECT = validate.Regexp(
    r"^[ -~]{1,255}$(?!\n)",
    error="subject|От 1 до 255 печатных знаков ASCII.|From 1 to 255 printable ASCII characters.",
)


class IdentityFields(Schema):
    """Somebody of the single sign-on."""

    subject = fields.String(
        required=True,
        validate=_SUBJECT,
        metadata={"description": "the issuer's own name for the person (`sub`), not the e-mail address"},
    )


class Identity(Schema):
    """Who of the single sign-on enters the account."""

    id = fields.Integer(required=True)
    principal_id = fields.Integer(required=True)
    issuer = fields.String(required=True)
    subject = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    created_by = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "null: by the first sign-in, whose address the issuer had verified"},
    )


class IdentityList(Schema):
    """All identities of an account."""

    items = fields.List(fields.Nested(Identity), required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("identities", __name__, description="Who of the single sign-on enters which account")

    @blp.route(_PATH, methods=["GET"])
    @scoped("principals.manage")
    @blp.response(200, IdentityList)
    @blp.doc(operationId="listIdentities", summary="List who enters the account", responses=PROBLEMS)
    def list_identities(principal_id: int) -> Any:
        principals.get(scope().conn, principal_id)
        return {"items": identities.of_principal(scope().conn, principal_id)}

    @blp.route(_PATH, methods=["POST"])
    @scoped("principals.manage")
    @blp.arguments(IdentityFields)
    @blp.response(201, Identity, headers=LOCATION)
    @blp.doc(
        operationId="bindIdentity",
        summary="Let somebody of the single sign-on enter the account",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def bind_identity(values: dict[str, Any], principal_id: int) -> Any:
        conn, actor = scope().conn, scope().actor
        principal = principals.get(conn, principal_id)
        principals.demand_manages(actor, principal)
        row = identities.bind(conn, actor, principal, issuer=_issuer_name(), subject=values["subject"])
        return row, 201, {"Location": f"/api/v1/principals/{principal_id}/identities"}

    @blp.route(f"{_PATH}/<id:identity_id>", methods=["DELETE"])
    @scoped("principals.manage")
    @blp.response(200, Identity)
    @blp.doc(
        operationId="unbindIdentity",
        summary="Unbind somebody of the single sign-on from the account; all its sessions end",
        responses=PROBLEMS,
    )
    def unbind_identity(principal_id: int, identity_id: int) -> Any:
        conn, actor = scope().conn, scope().actor
        principals.demand_manages(actor, principals.get(conn, principal_id))
        row = identities.unbind(conn, actor, principal_id, identity_id)
        sessions.end_all(conn, principal_id)
        return row

    return blp


def _issuer_name() -> str:
    issuer = state().issuer
    if issuer is None:
        ru, en = "Единый вход в этой установке не настроен.", "This installation has no single sign-on."
        raise RuleBroken(rule="sign_on.off", ru=ru, en=en)
    return issuer.name
