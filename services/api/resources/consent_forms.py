"""Consent documents to print and sign, with a person's data or blank; the school keeps what was signed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import PROBLEMS
from services.api.fields import Choice
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from shared.roster.consent_form import ConsentForm, Signer, blank_form, form_for

RIGHT = "people.read"


class SignerQuery(QuerySchema):
    """Who is to sign a blank form: the representative of a minor, or the person."""

    signer = Choice(*Signer, load_default=Signer.MINOR.value)


class LineOut(Schema):
    """A labelled place; an empty value is filled by hand."""

    label = fields.String(required=True)
    value = fields.String(required=True)


class PartyOut(Schema):
    """Whom the document names."""

    title = fields.String(required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)


class ClauseOut(Schema):
    """A part of the text; against each of the choices the signer writes yes or no, and conditions."""

    title = fields.String(required=True)
    paragraphs = fields.List(fields.String(), required=True)
    items = fields.List(fields.String(), required=True)
    choices = fields.List(fields.String(), required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)


class ConsentFormOut(Schema):
    """A whole consent document, in Russian; the note is for the school and no part of it."""

    kind = fields.String(required=True)
    signer = fields.String(required=True)
    title = fields.String(required=True)
    law = fields.String(required=True)
    parties = fields.List(fields.Nested(PartyOut), required=True)
    opening = fields.String(required=True)
    clauses = fields.List(fields.Nested(ClauseOut), required=True)
    signatures = fields.List(fields.String(), required=True)
    note = fields.String(required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("consent_forms", __name__, description="Consent documents by 152-ФЗ, one for each kind")

    @blp.route("/people/<id:person_id>/consent-forms/<string:kind>", methods=["GET"])
    @scoped(RIGHT)
    @blp.response(200, ConsentFormOut)
    @blp.doc(
        operationId="getConsentForm",
        summary="Make a person's consent document (processing, publication, photo, transfer, psych); this is logged",
        responses=PROBLEMS,
    )
    def get_form(person_id: int, kind: str) -> ConsentForm:
        return form_for(scope().conn, scope().actor, person_id, kind)

    @blp.route("/schools/<id:school_id>/consent-forms/<string:kind>", methods=["GET"])
    @scoped(RIGHT)
    @blp.arguments(SignerQuery, location="query")
    @blp.response(200, ConsentFormOut)
    @blp.doc(
        operationId="getBlankConsentForm",
        summary="Make a blank consent document of a school, to be filled by hand",
        responses=PROBLEMS,
    )
    def get_blank(args: dict[str, Any], school_id: int, kind: str) -> ConsentForm:
        return blank_form(scope().conn, school_id, kind, Signer(args["signer"]))

    return blp
