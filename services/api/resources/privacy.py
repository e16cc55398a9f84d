"""What a person may ask about their own data; the school answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import PROBLEMS
from services.api.language import language
from services.api.request_scope import scope, scoped
from shared.access import audit
from shared.access.rights import demand
from shared.privacy.record import PersonalRecord, personal_record
from shared.privacy.words import SECTIONS

RIGHT = "privacy.answer"


class SectionOut(Schema):
    """The kept rows of one kind; a row has only the columns that say something about the person."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    rows = fields.List(fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True)), required=True)


class DeedOut(Schema):
    """Who wrote or looked at one of these rows, and when: an account's number and role.

    Lists and files are logged once for all that they show: such a look is told of whoever belongs to the list.
    """

    at = fields.DateTime(required=True)
    actor_id = fields.Integer(required=True, allow_none=True)
    actor_role = fields.String(required=True)
    action = fields.String(required=True)
    entity = fields.String(required=True)
    entity_id = fields.Integer(required=True)
    times = fields.Integer(required=True, metadata={"description": "how often; `at` is the last time"})
    request_id = fields.String(required=True, allow_none=True, metadata={"description": "X-Request-Id of a deed"})


class PersonalRecordOut(Schema):
    """Everything that is kept about one person."""

    person_id = fields.Integer(required=True)
    school = fields.String(required=True)
    prepared_at = fields.DateTime(required=True)
    sections = fields.List(fields.Nested(SectionOut), required=True)
    deeds = fields.List(fields.Nested(DeedOut), required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("privacy", __name__, description="Personal data: what is kept about a person")

    @blp.route("/people/<id:person_id>/record", methods=["GET"])
    @scoped(RIGHT)
    @blp.response(200, PersonalRecordOut)
    @blp.doc(
        operationId="getPersonalRecord",
        summary="Answer an access request: everything kept about a person (152-ФЗ, art. 14); the reading is logged",
        responses=PROBLEMS,
    )
    def get_personal_record(person_id: int) -> Any:
        return record_json(read_record(person_id))

    return blp


def read_record(person_id: int) -> PersonalRecord:
    """Return a person's record and log that it was read; NotFound also for another school's person.

    The psychologist's notes and the safety cases are part of it: OutOfScope for a token that does not name them.
    """
    conn, actor = scope().conn, scope().actor
    demand(actor, "confidential.read")
    found = personal_record(conn, person_id)
    audit.record(conn, actor, "person.record", "person", person_id)
    return found


def record_json(record: PersonalRecord) -> Mapping[str, Any]:
    """Return a record with the titles in the reader's language."""
    lang = language()
    return {
        "person_id": record.person_id,
        "school": record.school,
        "prepared_at": record.prepared_at,
        "sections": [
            {"key": section.key, "title": SECTIONS[section.key].text(lang), "rows": section.rows}
            for section in record.sections
        ],
        "deeds": record.deeds,
    }
