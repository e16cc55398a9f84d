"""What holders of personal links are shown: schemas and their values; nobody's name is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from services.api.fields import SchoolYear
from shared.errors import Lang
from shared.feedback.actions import Asked
from shared.feedback.answers import LONGEST, required_keys


class QuestionOut(Schema):
    """A question in the reader's language. Scales and yes/no have bounds, open questions the longest text."""

    key = fields.String(required=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    is_required = fields.Boolean(required=True)
    minimum = fields.Integer(required=True, allow_none=True)
    maximum = fields.Integer(required=True, allow_none=True)
    max_length = fields.Integer(required=True, allow_none=True)


class AskedOut(Schema):
    """A questionnaire and who it is for. The survey is not anonymous, and ``note`` says so."""

    title = fields.String(required=True)
    note = fields.String(required=True)
    school = fields.String(required=True)
    school_year = SchoolYear(required=True)
    side = fields.String(required=True)
    moment = fields.String(required=True)
    closes_on = fields.Date(required=True, allow_none=True)
    is_closed = fields.Boolean(required=True)
    is_answered = fields.Boolean(required=True)
    questions = fields.List(fields.Nested(QuestionOut), required=True)


class SurveyShown(Schema):
    """The survey behind a link."""

    side = fields.String(required=True)
    moment = fields.String(required=True)
    closes_on = fields.Date(required=True, allow_none=True)
    is_closed = fields.Boolean(required=True)
    is_answered = fields.Boolean(required=True)


class PairShown(Schema):
    """The pair or group behind a link."""

    kind = fields.String(required=True)
    form = fields.String(required=True)
    form_name = fields.String(required=True)
    format = fields.String(required=True, allow_none=True)
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    closed_on = fields.Date(required=True, allow_none=True)
    meetings_held = fields.Integer(
        required=True, metadata={"description": "0 where the link is not one to record meetings"}
    )


class Agreements(Schema):
    """Who has agreed, and when."""

    mentee_agreed_on = fields.Date(required=True, allow_none=True)
    guardian_agreed_on = fields.Date(required=True, allow_none=True)


class LinkShown(Schema):
    """What a link is for; the members that belong to its purpose are filled."""

    purpose = fields.String(required=True)
    school = fields.String(required=True)
    school_year = SchoolYear(required=True)
    survey = fields.Nested(SurveyShown, required=True, allow_none=True)
    pair = fields.Nested(PairShown, required=True, allow_none=True)
    agreements = fields.Nested(Agreements, required=True, allow_none=True)


class LoggedMeeting(Schema):
    """A meeting as it was recorded."""

    id = fields.Integer(required=True)
    held_on = fields.Date(required=True)
    minutes = fields.Integer(required=True)
    topic = fields.String(required=True, allow_none=True)


class LinkOut(Schema):
    """A link as its curator sees it later: without the secret."""

    id = fields.Integer(required=True)
    purpose = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class GrantedLink(Schema):
    """A link with its secret, shown this once."""

    id = fields.Integer(required=True)
    purpose = fields.String(required=True)
    subject_id = fields.Integer(required=True)
    token = fields.String(required=True)
    url = fields.String(required=True)


_NOTE = {
    "ru": "Опрос не анонимный: школа видит, кто ответил; в сводке ответы показываются только числами.",
    "en": "This survey is not anonymous: the school sees who has answered; the summary shows numbers only.",
}


def asked_json(held: Asked, whose: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return what the holder of a link is asked."""
    required = set(required_keys(held.questionnaire))
    return {
        **whose,
        "title": held.questionnaire.title.text(lang),
        "note": _NOTE[lang],
        "side": held.row["side"],
        "moment": held.row["moment"],
        "closes_on": held.row["closes_on"],
        "is_closed": held.row["is_closed"],
        "is_answered": held.row["answered_at"] is not None,
        "questions": [
            {
                "key": question.key,
                "kind": question.kind,
                "text": question.text.text(lang),
                "is_required": question.key in required,
                "minimum": None if question.kind == "open" else question.minimum,
                "maximum": None if question.kind == "open" else question.maximum,
                "max_length": LONGEST if question.kind == "open" else None,
            }
            for question in held.questionnaire.questions
        ],
    }
