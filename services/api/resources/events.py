"""The feed over HTTP: what happened in the municipality, in an order that a client can follow."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import PROBLEMS
from services.api.fields import Choice
from services.api.pages import PageQuery
from services.api.request_scope import scope, scoped
from shared.db.tenancy import PLATFORM
from shared.errors import FieldError, FieldsInvalid
from shared.feed import store
from shared.feed.model import TYPES


class FeedEvent(Schema):
    """One event: ids and codes only; what they name is read at its own address."""

    feed_no = fields.Integer(required=True, metadata={"description": "1, 2, 3 .. in the municipality, without a gap"})
    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    at = fields.DateTime(required=True)
    municipality_id = fields.Integer(required=True)
    school_id = fields.Integer(required=True)
    programme_id = fields.Integer(required=True)
    seq = fields.Integer(required=True, allow_none=True, metadata={"description": "of programme.*: its own history's"})
    job_id = fields.UUID(required=True, allow_none=True, metadata={"description": "of job.*"})
    result_id = fields.Integer(required=True, allow_none=True, metadata={"description": "of reward_list.approved"})


class FeedQuery(PageQuery):
    """Where to go on reading, and what is wanted."""

    type = Choice(*TYPES, load_default=None)


class FeedPage(Schema):
    """A part of the feed. ``next`` is always a number: the end of the feed is only its end by now."""

    items = fields.List(fields.Nested(FeedEvent), required=True)
    next = fields.Integer(required=True, metadata={"description": "pass as ?after=, at once or later"})


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("events", __name__, description="What happened, for other programs")

    @blp.route("/events", methods=["GET"])
    @scoped("events.read")
    @blp.arguments(FeedQuery, location="query")
    @blp.response(200, FeedPage)
    @blp.doc(
        operationId="readFeed",
        summary="Read the municipality's feed of events; one school's staff see its events only",
        responses=PROBLEMS,
    )
    def list_events(args: dict[str, Any]) -> Any:
        if scope().actor.tenant.municipality_id == PLATFORM:
            ru, en = "Укажите муниципалитет в заголовке X-Municipality.", "Name the municipality in X-Municipality."
            raise FieldsInvalid([FieldError("X-Municipality", "required", ru, en)])
        types = () if args["type"] is None else (args["type"],)
        found = store.page(scope().conn, after=args["after"], types=types, limit=args["limit"])
        following = found[-1].feed_no if found else args["after"]
        # as_json gives text; the schema formats instants itself.
        return {"items": [{**event.as_json(), "at": event.at} for event in found], "next": following}

    return blp
