"""Edits of many records by one request: pairs of a programme, consents of a class."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, PROBLEMS
from services.api.fields import Choice, Day, Id, Words
from services.api.request_scope import scope, scoped
from shared.access.rights import demand
from shared.errors import FieldError, FieldsInvalid
from shared.pairs.bulk import PairChange, PlanTemplate, SupportChange, change_pairs
from shared.privacy import erasures
from shared.roster.consent_sheet import ConsentSheet, SheetEntry, give_consents

MANY = 500


class PlanTemplateFields(Schema):
    """An event that every pair's plan gets, unless it is there already."""

    title = Words(300, required=True)
    planned_on = Day(required=True)


class SupportChangeFields(Schema):
    """Psychological support of every pair; a refusal is entered pair by pair."""

    mode = Choice("planned", "on_request", required=True)
    specialist_id = Id(load_default=None, allow_none=True)
    decided_on = Day(required=True)


class PairBulkFields(Schema):
    """Pairs and what to set at all of them; a field that is left out stays as it is."""

    pair_ids = fields.List(
        Id(),
        required=True,
        validate=validate.Length(1, MANY, error=f"length|От 1 до {MANY} пар.|From 1 to {MANY} pairs."),
    )
    format = Words(200, allow_none=True)
    starts_on = Day(allow_none=True)
    ends_on = Day(allow_none=True)
    mentor_agreed_on = Day(allow_none=True)
    closed_on = Day(allow_none=True)
    outcome = Choice("completed", "early", "rematched", "carried_over", allow_none=True)
    goal_attained = Choice("yes", "partly", "no", allow_none=True)
    plan_events = fields.List(
        fields.Nested(PlanTemplateFields),
        load_default=list,
        validate=validate.Length(0, 50, error="length|Не больше 50 событий.|50 events at most."),
    )
    support = fields.Nested(SupportChangeFields, load_default=None, allow_none=True)


class ChangedPairOut(Schema):
    """A pair and its new version."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)


class ChangedPairs(Schema):
    """The pairs that were changed, in id order."""

    items = fields.List(fields.Nested(ChangedPairOut), required=True)


class SheetEntryFields(Schema):
    """A person of the sheet; the representative is taken from the person where it is left out."""

    person_id = Id(required=True)
    representative = Words(300, load_default=None, allow_none=True)


class ConsentSheetFields(Schema):
    """Consents of a class by one sheet: one date, one document."""

    kind = Choice("processing", "publication", "photo", "transfer", "psych", required=True)
    given_by = Choice("self", "representative", required=True)
    given_on = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)
    document = Words(300, required=True)
    entries = fields.List(
        fields.Nested(SheetEntryFields),
        required=True,
        validate=validate.Length(1, MANY, error=f"length|От 1 до {MANY} строк.|From 1 to {MANY} entries."),
    )


class GivenConsentOut(Schema):
    """A consent of the sheet."""

    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    version = fields.Integer(required=True)


class GivenConsents(Schema):
    """The consents that were written; ``already_given`` counts people who have this very consent."""

    items = fields.List(fields.Nested(GivenConsentOut), required=True)
    already_given = fields.Integer(required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("bulk", __name__, description="Edits of many records by one request, all or nothing")
    _add_pairs(blp)
    _add_consents(blp)
    return blp


def _add_pairs(blp: Blueprint) -> None:
    @blp.route("/programmes/<id:programme_id>/pairs:bulk", methods=["POST"])
    @scoped("pairs.write")
    @blp.arguments(PairBulkFields)
    @blp.response(200, ChangedPairs)
    @blp.doc(
        operationId="changePairs",
        summary="Change many pairs at once: format, period, plan template, support, end; all or none",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def change_many(values: dict[str, Any], programme_id: int) -> Any:
        current = scope()
        pair_ids, plan, support = values.pop("pair_ids"), values.pop("plan_events"), values.pop("support")
        if support is not None:
            demand(current.actor, "support.write")
        change = PairChange(
            values,
            tuple(PlanTemplate(**event) for event in plan),
            None if support is None else SupportChange(**support),
        )
        changed = change_pairs(current.conn, current.actor, programme_id, pair_ids=pair_ids, change=change)
        return {"items": [asdict(pair) for pair in changed]}


def _add_consents(blp: Blueprint) -> None:
    @blp.route("/consents:bulk", methods=["POST"])
    @scoped("people.write")
    @blp.arguments(ConsentSheetFields)
    @blp.response(201, GivenConsents)
    @blp.doc(
        operationId="giveConsents",
        summary="Enter the consents of a class by one sheet, all or none",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def give_many(values: dict[str, Any]) -> Any:
        current = scope()
        school_id = current.actor.tenant.school_id
        if school_id is None:
            ru, en = "Укажите школу.", "Name the school."
            raise FieldsInvalid([FieldError("school_id", "required", ru, en)])
        entries = [SheetEntry(**entry) for entry in values.pop("entries")]
        given = give_consents(current.conn, current.actor, school_id, sheet=ConsentSheet(**values), entries=entries)
        erasures.settle(current.conn, current.actor, school_id)
        return {"items": [asdict(consent) for consent in given], "already_given": len(entries) - len(given)}
