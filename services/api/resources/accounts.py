"""Accounts with passwords over HTTP: invitations, resets, sessions. Passwords are typed into pages alone."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, PROBLEMS
from services.api.pages import PageQuery, as_page, page_schema
from services.api.request_scope import scope, scoped, state
from shared.access import account_links, audit, principals, sessions
from shared.access.reset_letter import PATH
from shared.db.records import Row


class AccountLink(Schema):
    """A link that sets a password, once; its address is shown this once."""

    id = fields.Integer(required=True)
    principal_id = fields.Integer(required=True)
    purpose = fields.String(required=True, metadata={"description": "invitation or reset"})
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    url = fields.String(required=True, metadata={"description": "to be handed to the principal alone"})


class Session(Schema):
    """A session of the pages that is open now."""

    id = fields.Integer(required=True)
    way = fields.String(required=True, metadata={"description": "password or single_sign_on"})
    browser = fields.String(required=True, metadata={"description": "name and system, as far as known"})
    created_at = fields.DateTime(required=True)
    seen_at = fields.DateTime(required=True, metadata={"description": "to the minute"})
    ends_at = fields.DateTime(required=True, metadata={"description": "unless it is used before"})


class EndedSessions(Schema):
    """How many sessions were ended."""

    ended = fields.Integer(required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("accounts", __name__, description="Entering by password: invitations, resets, sessions")
    _add_links(blp)
    _add_sessions(blp)
    return blp


def _add_links(blp: Blueprint) -> None:
    @blp.route("/principals/<id:principal_id>/invitation", methods=["POST"])
    @scoped("principals.manage", keeps_secret=True)
    @blp.response(201, AccountLink)
    @blp.doc(
        operationId="invitePrincipal",
        summary="Open an account; the link that sets its password is shown this once, an earlier one stops",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def invite_principal(principal_id: int) -> Any:
        principal = _managed(principal_id)
        row, secret = account_links.invite(scope().conn, principal, created_by=scope().actor.principal_id)
        audit.record(scope().conn, scope().actor, "account.invite", "principal", principal_id)
        return {**row, "url": link_url(secret)}, 201

    @blp.route("/principals/<id:principal_id>/password-reset", methods=["POST"])
    @scoped("principals.manage", keeps_secret=True)
    @blp.response(201, AccountLink)
    @blp.doc(
        operationId="resetPassword",
        summary="Grant a link that sets a new password; the old one works until it is used",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def reset_password(principal_id: int) -> Any:
        principal = _managed(principal_id)
        row, secret = account_links.offer_reset(scope().conn, principal, created_by=scope().actor.principal_id)
        audit.record(scope().conn, scope().actor, "account.reset_link", "principal", principal_id)
        return {**row, "url": link_url(secret)}, 201


def _add_sessions(blp: Blueprint) -> None:
    @blp.route("/sessions", methods=["GET"])
    @scoped("account.own")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_schema("SessionPage", Session))
    @blp.doc(operationId="listSessions", summary="List my open sessions", responses=PROBLEMS)
    def list_sessions(args: dict[str, Any]) -> Any:
        return as_page(sessions.living(scope().conn, scope().actor.principal_id, **args), args["limit"])

    @blp.route("/sessions/<id:session_id>", methods=["DELETE"])
    @scoped("account.own")
    @blp.response(200, Session)
    @blp.doc(operationId="endSession", summary="End one of my sessions at once", responses=PROBLEMS)
    def end_session(session_id: int) -> Any:
        row = sessions.end(scope().conn, scope().actor.principal_id, session_id)
        audit.record(scope().conn, scope().actor, "session.end", "account_session", session_id)
        return row

    @blp.route("/sessions:end", methods=["POST"])
    @scoped("account.own")
    @blp.response(200, EndedSessions)
    @blp.doc(
        operationId="endSessions",
        summary="End all my sessions at once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def end_sessions() -> Any:
        return _ended(scope().actor.principal_id)

    @blp.route("/principals/<id:principal_id>/sessions:end", methods=["POST"])
    @scoped("principals.manage")
    @blp.response(200, EndedSessions)
    @blp.doc(
        operationId="endPrincipalSessions",
        summary="End all sessions of a principal at once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def end_principal_sessions(principal_id: int) -> Any:
        return _ended(_managed(principal_id)["id"])


def link_url(secret: str) -> str:
    """Return the address of the page behind a link: of the setting ``public_url``, else of the host that was asked."""
    base = state().settings.public_url or request.host_url
    return f"{base.rstrip('/')}{PATH}{secret}"


def _managed(principal_id: int) -> Row:
    principal = principals.get(scope().conn, principal_id)
    principals.demand_manages(scope().actor, principal)
    return principal


def _ended(principal_id: int) -> dict[str, int]:
    number = sessions.end_all(scope().conn, principal_id)
    audit.record(scope().conn, scope().actor, "session.end_all", "principal", principal_id)
    return {"ended": number}
