"""Subscriptions to the feed over HTTP: made, changed, ended, given a new secret, tried out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.fields import Choice, Words
from services.api.nouns import EndQuery, ended_flag
from services.api.pages import PageQuery, as_page, page_schema
from services.api.request_scope import scope, scoped, state
from services.api.versions import etag, expected_version
from shared.errors import FieldError, FieldsInvalid
from shared.feed.model import TYPES
from shared.webhooks import subscriptions
from shared.webhooks.addresses import AddressRefused, allowed_places, target
from shared.webhooks.subscriptions import EVERYTHING


def _without_repeats(types: list[str]) -> None:
    if len(set(types)) != len(types):
        raise ValidationError("repeated|Тип назван дважды.|A type is named twice.")


def _event_types(**kwargs: Any) -> fields.List[str]:
    length = validate.Length(1, len(TYPES) + 1, error="length|Назовите хотя бы один тип.|Name at least one type.")
    told = {"description": f"types of events; {EVERYTHING} is all, those of later releases too"}
    return fields.List(Choice(*TYPES, EVERYTHING), validate=[length, _without_repeats], metadata=told, **kwargs)


class WebhookFields(Schema):
    """A subscription: which events of the municipality are sent where."""

    url = Words(1000, required=True, metadata={"description": "of a host that the operator allows"})
    event_types = _event_types(required=True)
    description = Words(300, load_default=None, allow_none=True)
    is_active = fields.Boolean(load_default=True)


class WebhookChanges(Schema):
    """What changes; the rest stays as it is."""

    url = Words(1000)
    event_types = _event_types()
    description = Words(300, allow_none=True)
    is_active = fields.Boolean()


class Webhook(Schema):
    """A subscription without its secret."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    event_types = fields.List(fields.String(), required=True)
    description = fields.String(required=True, allow_none=True)
    is_active = fields.Boolean(required=True)
    stopped_reason = fields.String(
        required=True, allow_none=True, metadata={"description": "gone: the receiver answered 410"}
    )
    version = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


class WebhookWithSecret(Webhook):
    """A subscription with its new secret, shown this once."""

    secret = fields.String(required=True, metadata={"description": "whsec_ and 32 bytes in base64"})


class WebhookQuery(PageQuery):
    """Which subscriptions to list."""

    ended = ended_flag()


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("webhooks", __name__, description="Events sent to other programs")
    _add_collection(blp)
    _add_item(blp)
    _add_rotation(blp)
    return blp


def _demand_allowed(values: dict[str, Any]) -> None:
    if "url" in values:
        try:
            target(values["url"], allowed_places(state().settings.webhook_hosts))
        except AddressRefused as error:
            raise FieldsInvalid([error.at("url")]) from None


def _add_collection(blp: Blueprint) -> None:
    @blp.route("/webhooks", methods=["GET"])
    @scoped("webhooks.manage")
    @blp.arguments(WebhookQuery, location="query")
    @blp.response(200, page_schema("WebhookPage", Webhook))
    @blp.doc(operationId="listWebhooks", summary="List subscriptions to events", responses=PROBLEMS)
    def list_webhooks(args: dict[str, Any]) -> Any:
        return as_page(subscriptions.page(scope().conn, **args), args["limit"])

    @blp.route("/webhooks", methods=["POST"])
    @scoped("webhooks.manage", keeps_secret=True)
    @blp.arguments(WebhookFields)
    @blp.response(201, WebhookWithSecret, headers={**ETAG, **LOCATION})
    @blp.doc(
        operationId="createWebhook",
        summary="Subscribe an address to events; its secret is shown this once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_webhook(values: dict[str, Any]) -> Any:
        _demand_allowed(values)
        row, secret = subscriptions.create(scope().conn, scope().actor, values, keys=state().keys)
        headers = {"Location": f"/api/v1/webhooks/{row['id']}", **etag(row["version"])}
        return {**row, "secret": secret}, 201, headers


def _add_item(blp: Blueprint) -> None:
    path = "/webhooks/<id:webhook_id>"

    @blp.route(path, methods=["GET"])
    @scoped("webhooks.manage")
    @blp.response(200, Webhook, headers=ETAG)
    @blp.doc(operationId="getWebhook", summary="Read a subscription without its secret", responses=PROBLEMS)
    def get_webhook(webhook_id: int) -> Any:
        row = subscriptions.get(scope().conn, webhook_id)
        return row, etag(row["version"])

    @blp.route(path, methods=["PATCH"])
    @scoped("webhooks.manage")
    @blp.arguments(WebhookChanges)
    @blp.response(200, Webhook, headers=ETAG)
    @blp.doc(operationId="updateWebhook", summary="Change a subscription", parameters=[IF_MATCH], responses=PROBLEMS)
    def update_webhook(values: dict[str, Any], webhook_id: int) -> Any:
        expected = expected_version()
        if not values:
            raise FieldsInvalid([FieldError("body", "empty", "Нечего менять.", "There is nothing to change.")])
        _demand_allowed(values)
        row = subscriptions.update(scope().conn, scope().actor, webhook_id, expected, values)
        return row, etag(row["version"])

    @blp.route(path, methods=["DELETE"])
    @scoped("webhooks.manage")
    @blp.arguments(EndQuery, location="query")
    @blp.response(200, Webhook, headers=ETAG)
    @blp.doc(
        operationId="endWebhook",
        summary="End a subscription; its secret is forgotten, it stays readable with ?ended=true",
        parameters=[IF_MATCH],
        responses=PROBLEMS,
    )
    def end_webhook(args: dict[str, Any], webhook_id: int) -> Any:
        row = subscriptions.end(scope().conn, scope().actor, webhook_id, expected_version(), args["reason"])
        return row, etag(row["version"])


def _add_rotation(blp: Blueprint) -> None:
    @blp.route("/webhooks/<id:webhook_id>:rotate", methods=["POST"])
    @scoped("webhooks.manage", keeps_secret=True)
    @blp.response(200, WebhookWithSecret, headers=ETAG)
    @blp.doc(
        operationId="rotateWebhook",
        summary="Give a subscription a new secret, shown this once; for 24 hours both sign",
        parameters=[IDEMPOTENCY_KEY, IF_MATCH],
        responses=PROBLEMS,
    )
    def rotate_webhook(webhook_id: int) -> Any:
        row, secret = subscriptions.rotate(
            scope().conn, scope().actor, webhook_id, expected_version(), keys=state().keys
        )
        return {**row, "secret": secret}, 200, etag(row["version"])
