"""What was sent to a subscription over HTTP: the log of deliveries, a test message, a repeat."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Choice, Count
from services.api.poke import poke_after_commit
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from shared.db import records
from shared.deliveries import store
from shared.deliveries.model import Delivery, DeliveryStatus
from shared.webhooks import sending, subscriptions


class WebhookDelivery(Schema):
    """One message to one subscription; ``id`` is the Webhook-Id that the receiver sees."""

    id = fields.UUID(required=True)
    webhook_id = fields.Integer(required=True)
    feed_no = fields.Integer(required=True, allow_none=True, metadata={"description": "null: a test message"})
    status = fields.String(required=True, metadata={"description": "waiting, sent or failed"})
    replay_of = fields.UUID(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    sent_at = fields.DateTime(required=True, allow_none=True)


class DeliveryAttempt(Schema):
    """One attempt. Of the receiver's answer nothing but its status is kept."""

    at = fields.DateTime(required=True)
    outcome = fields.String(required=True, metadata={"description": "sent, again or failed"})
    http_status = fields.Integer(required=True, allow_none=True)
    error_code = fields.String(required=True, allow_none=True)
    ms = fields.Integer(required=True, allow_none=True)


class WebhookDeliveryWithAttempts(WebhookDelivery):
    """A delivery with what became of each attempt, oldest first."""

    attempts = fields.List(fields.Nested(DeliveryAttempt), required=True)


class DeliveryQuery(QuerySchema):
    """Which deliveries to list, newest first."""

    after = fields.UUID(load_default=None)
    limit = Count(1, records.MAX_PAGE, load_default=100)
    status = Choice(*DeliveryStatus, load_default=None)


class WebhookDeliveryPage(Schema):
    """A page of deliveries; next is null on the last one."""

    items = fields.List(fields.Nested(WebhookDelivery), required=True)
    next = fields.UUID(required=True, allow_none=True, metadata={"description": "pass as ?after="})


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("deliveries", __name__, description="What was sent to subscriptions")
    _add_reading(blp)
    _add_verbs(blp)
    return blp


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.subscription_id,
        "feed_no": delivery.feed_no,
        "status": delivery.status.value,
        "replay_of": delivery.replay_of,
        "created_at": delivery.created_at,
        "sent_at": delivery.sent_at,
    }


def _asked(delivery_id: UUID) -> Any:
    poke_after_commit()
    location = {"Location": f"/api/v1/deliveries/{delivery_id}"}
    return _shown(sending.get(scope().conn, delivery_id)), 202, location


def _add_reading(blp: Blueprint) -> None:
    @blp.route("/webhooks/<id:webhook_id>/deliveries", methods=["GET"])
    @scoped("webhooks.manage")
    @blp.arguments(DeliveryQuery, location="query")
    @blp.response(200, WebhookDeliveryPage)
    @blp.doc(
        operationId="listDeliveries",
        summary="List what was sent to a subscription, newest first",
        responses=PROBLEMS,
    )
    def list_deliveries(args: dict[str, Any], webhook_id: int) -> Any:
        subscriptions.get(scope().conn, webhook_id)
        status = None if args["status"] is None else DeliveryStatus(args["status"])
        found = sending.page(scope().conn, webhook_id, **{**args, "status": status})
        following = found[-1].id if len(found) == args["limit"] else None
        return {"items": [_shown(delivery) for delivery in found], "next": following}

    @blp.route("/deliveries/<uuid:delivery_id>", methods=["GET"])
    @scoped("webhooks.manage")
    @blp.response(200, WebhookDeliveryWithAttempts)
    @blp.doc(operationId="getDelivery", summary="Read a delivery with its attempts", responses=PROBLEMS)
    def get_delivery(delivery_id: UUID) -> Any:
        delivery = sending.get(scope().conn, delivery_id)
        made = store.attempts(scope().conn, delivery_id)
        shown = [
            {
                "at": attempt.at,
                "outcome": attempt.outcome.value,
                "http_status": attempt.http_status,
                "error_code": attempt.error_code,
                "ms": attempt.ms,
            }
            for attempt in made
        ]
        return {**_shown(delivery), "attempts": shown}


def _add_verbs(blp: Blueprint) -> None:
    @blp.route("/webhooks/<id:webhook_id>:ping", methods=["POST"])
    @scoped("webhooks.manage")
    @blp.response(202, WebhookDelivery, headers=LOCATION)
    @blp.doc(
        operationId="pingWebhook",
        summary="Send a test message to a subscription",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def ping_webhook(webhook_id: int) -> Any:
        return _asked(sending.ping(scope().conn, scope().actor, webhook_id))

    @blp.route("/deliveries/<uuid:delivery_id>:replay", methods=["POST"])
    @scoped("webhooks.manage")
    @blp.response(202, WebhookDelivery, headers=LOCATION)
    @blp.doc(
        operationId="replayDelivery",
        summary="Send the same message again, as a new delivery",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def replay_delivery(delivery_id: UUID) -> Any:
        return _asked(sending.replay(scope().conn, scope().actor, delivery_id))
