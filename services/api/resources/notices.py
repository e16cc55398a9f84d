"""Notices as their readers see them: what the schedule tells a role, and putting it away."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, PROBLEMS
from services.api.fields import Count, Id
from services.api.language import language
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from shared.notices import reading
from shared.notices.model import SeenNotice
from shared.notices.reading import Place
from shared.notices.store import MAX_PAGE

SEEN, UNSEEN = "s", "u"
PLACE_PATTERN = r"^[su][1-9]\d{0,17}$"


class NoticeOut(Schema):
    """A notice: a sentence and the page where it is mended (``link``); ``seen_at`` null: nobody put it away yet."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    link = fields.String(required=True)
    programme_id = fields.Integer(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    seen_at = fields.DateTime(required=True, allow_none=True)
    seen_by = fields.Integer(required=True, allow_none=True)


class NoticeQuery(QuerySchema):
    """Which of one's own notices to list: unseen first, then newest first."""

    after = fields.String(
        load_default=None,
        validate=validate.Regexp(
            PLACE_PATTERN, error="place|Значение next прошлой страницы.|The next of the page before."
        ),
    )
    limit = Count(1, MAX_PAGE, load_default=50)
    unseen = fields.Boolean(load_default=False)


class NoticePage(Schema):
    """A page of notices; ``unseen`` counts all that nobody put away, next is null on the last page."""

    items = fields.List(fields.Nested(NoticeOut), required=True)
    unseen = fields.Integer(required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "pass as ?after="})


class SeenFields(Schema):
    """Up to which notice everything was read."""

    up_to = Id(required=True)


class SeenOut(Schema):
    """How many notices were put away by this."""

    seen = fields.Integer(required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("notices", __name__, description="What the schedule tells people: deadlines, open cases")
    _add_reading(blp)
    _add_verbs(blp)
    return blp


def _add_reading(blp: Blueprint) -> None:
    @blp.route("/notices", methods=["GET"])
    @scoped("notices.read")
    @blp.arguments(NoticeQuery, location="query")
    @blp.response(200, NoticePage)
    @blp.doc(operationId="listNotices", summary="List one's own notices, unseen first", responses=PROBLEMS)
    def list_notices(args: dict[str, Any]) -> Any:
        conn, actor, limit = scope().conn, scope().actor, args["limit"]
        after = None if args["after"] is None else Place(args["after"][0] == SEEN, int(args["after"][1:]))
        found = reading.page(conn, actor, is_unseen=args["unseen"], after=after, limit=limit)
        following = _place(found[-1]) if len(found) == limit else None
        items = [_notice_json(notice) for notice in found]
        return {"items": items, "unseen": reading.count_unseen(conn, actor), "next": following}


def _add_verbs(blp: Blueprint) -> None:
    @blp.route("/notices/<id:notice_id>:seen", methods=["POST"])
    @scoped("notices.read")
    @blp.response(200, NoticeOut)
    @blp.doc(
        operationId="seeNotice",
        summary="Put a notice away, for everybody it is for",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def see_notice(notice_id: int) -> Any:
        return _notice_json(reading.put_away(scope().conn, scope().actor, notice_id))

    @blp.route("/notices:seen", methods=["POST"])
    @scoped("notices.read")
    @blp.arguments(SeenFields)
    @blp.response(200, SeenOut)
    @blp.doc(
        operationId="seeNotices",
        summary="Put away all of one's own notices up to one; what came later stays",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def see_notices(values: dict[str, Any]) -> Any:
        return {"seen": reading.put_away_up_to(scope().conn, scope().actor, values["up_to"])}


def _notice_json(notice: SeenNotice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "code": notice.code,
        "detail": notice.ru if language() == "ru" else notice.en,
        "link": notice.link,
        "programme_id": notice.programme_id,
        "created_at": notice.created_at,
        "seen_at": notice.seen_at,
        "seen_by": notice.seen_by,
    }


def _place(notice: SeenNotice) -> str:
    return f"{UNSEEN if notice.seen_at is None else SEEN}{notice.id}"
