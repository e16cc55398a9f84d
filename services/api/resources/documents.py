"""What stages I and II are shown by: evidence, working group, information, requests, goals, roadmap, collections."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.fields import Choice, Count, Day, Id, Words, topics
from services.api.living import names_living
from services.api.nouns import Noun
from services.api.records import add_routes
from services.api.rules import extension_is_later, known_activities, known_form, known_stage, not_in_future
from shared.db.records import RecordKind
from shared.programme.guards.verdict import WAIVERS


class EvidenceFields(Schema):
    """A document; one may be of several kinds, as an order with annexes is."""

    title = Words(300, required=True)
    kinds = fields.List(
        Choice(
            "regulation",
            "order",
            "event_plan",
            "roadmap",
            "protocol",
            "report",
            "additional_agreement",
            "other",
        ),
        required=True,
        validate=validate.Length(1, 10, error="length|От 1 до 10 видов.|From 1 to 10 kinds."),
    )
    activity_keys = fields.List(
        Words(20),
        load_default=list,
        validate=validate.Length(0, 30, error="length|Не больше 30.|30 at most."),
    )
    number = Words(60, load_default=None, allow_none=True)
    dated_on = Day(required=True)
    body = Choice("order", "protocol", "pedagogical_council", "act", "letter", "other", required=True)
    agreed_by = Words(300, load_default=None, allow_none=True)
    link = Words(1000, load_default=None, allow_none=True)


class AppointmentFields(Schema):
    """Membership of the working group by the school's order."""

    person_id = Id(required=True)
    duty = Choice("curator", "member", required=True)
    appointed_on = Day(required=True)
    evidence_id = Id(load_default=None, allow_none=True)


class InformationFields(Schema):
    """Who was told of the programme, when and how."""

    audience = Choice("staff", "students", "parents", "partners", required=True)
    informed_on = Day(required=True)
    way = Words(300, required=True)


class RequestFields(Schema):
    """Preliminary requests: how many people asked for a topic, no names."""

    audience = Choice("students", "teachers", "young_specialists", required=True)
    topic = Words(200, required=True)
    number_of_people = Count(1, 100_000, required=True)
    collected_on = Day(required=True)


class GoalFields(Schema):
    """A task, a form or an expected result of the programme."""

    kind = Choice("task", "form", "expected_result", required=True)
    text = Words(1000, required=True)
    form = Words(60, load_default=None, allow_none=True)
    topics = topics(load_default=list)


class RoadmapApprovalFields(Schema):
    """The roadmap was approved by a document."""

    approved_on = Day(required=True)
    evidence_id = Id(required=True)


class CollectionFields(Schema):
    """A source of data about mentees the order names: used, or why it does not apply."""

    source = Choice("parents", "homeroom_teachers", "psychologists", "career_tests", required=True)
    outcome = Choice("used", "not_applicable", required=True)
    waiver = Choice(*WAIVERS, load_default=None, allow_none=True)
    collected_on = Day(required=True)
    note = Words(500, load_default=None, allow_none=True)


class ExtensionFields(Schema):
    """A later date, by a document: for an activity, a stage, or (neither named) all that is left."""

    activity_key = Words(20, load_default=None, allow_none=True)
    stage_key = Words(60, load_default=None, allow_none=True)
    due_on = Day(required=True)
    document = Words(300, required=True)
    reason = Words(1000, required=True)


def nouns() -> list[Noun]:
    """Return the nouns of this module."""
    read, write = "documents.read", "documents.write"
    base = "/programmes/<id:programme_id>"
    return [
        Noun(
            f"{base}/evidence",
            "Evidence",
            "EvidenceRecords",
            RecordKind("evidence"),
            EvidenceFields,
            read,
            write,
            rules=(known_activities, not_in_future("dated_on")),
        ),
        Noun(
            f"{base}/working-group",
            "Appointment",
            "Appointments",
            RecordKind("appointment"),
            AppointmentFields,
            read,
            write,
            rules=(
                names_living("person_id", "person"),
                names_living("evidence_id", "evidence"),
                not_in_future("appointed_on"),
            ),
        ),
        Noun(
            f"{base}/information",
            "Information",
            "InformationRecords",
            RecordKind("information"),
            InformationFields,
            read,
            write,
            rules=(not_in_future("informed_on"),),
        ),
        Noun(
            f"{base}/requests",
            "Request",
            "Requests",
            RecordKind("request"),
            RequestFields,
            read,
            write,
            filters={"audience": fields.String()},
            rules=(not_in_future("collected_on"),),
        ),
        Noun(
            f"{base}/goals",
            "Goal",
            "Goals",
            RecordKind("goal"),
            GoalFields,
            read,
            write,
            filters={"kind": fields.String()},
            rules=(known_form,),
        ),
        Noun(
            f"{base}/roadmap-approvals",
            "RoadmapApproval",
            "RoadmapApprovals",
            RecordKind("roadmap_approval"),
            RoadmapApprovalFields,
            read,
            write,
            rules=(names_living("evidence_id", "evidence"), not_in_future("approved_on")),
        ),
        Noun(
            f"{base}/collections",
            "Collection",
            "Collections",
            RecordKind("collection"),
            CollectionFields,
            read,
            write,
            rules=(not_in_future("collected_on"),),
        ),
        Noun(
            f"{base}/extensions",
            "Extension",
            "Extensions",
            RecordKind("extension", feeds=True),
            ExtensionFields,
            read,
            "extensions.write",
            rules=(known_activities, known_stage, extension_is_later),
        ),
    ]


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("documents", __name__, description="Documents and preparation of a programme (stages I and II)")
    for noun in nouns():
        add_routes(blp, noun)
    return blp
