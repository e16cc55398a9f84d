"""The two bases and the choice of mentors: mentees, mentors, criteria, decisions, trainings."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.fields import Choice, Count, Day, Id, Words, topics
from services.api.living import names_living, under_living_parent
from services.api.nouns import Noun
from services.api.records import add_routes
from services.api.rules import (
    fixed,
    known_form,
    mentor_details_need_consent,
    mentor_origin,
    not_before,
    not_in_future,
    topics_need_consent,
)
from shared.db.records import Parent, RecordKind

TRAINING = Parent("training", "training_id", ("school_id", "programme_id"))


class MenteeFields(Schema):
    """Somebody who is to be mentored; without a consent in force only the person is kept, no topics."""

    person_id = Id(required=True)
    topics = topics(load_default=list)
    joined_on = Day(load_default=None, allow_none=True)
    source = Choice(
        "parents",
        "homeroom_teachers",
        "psychologists",
        "career_tests",
        "self",
        load_default=None,
        allow_none=True,
    )
    wish = Words(500, load_default=None, allow_none=True)


class MentorFields(Schema):
    """A candidate until the selection decision, a mentor after it."""

    person_id = Id(required=True)
    origin = Choice("teachers", "pupils_9_11", "other", required=True)
    form = Words(60, load_default=None, allow_none=True)
    capacity = Count(1, 30, load_default=None, allow_none=True)
    competencies = Words(1000, load_default=None, allow_none=True)
    achievements = Words(1000, load_default=None, allow_none=True)
    interests = Words(1000, load_default=None, allow_none=True)
    wished_grades = Words(100, load_default=None, allow_none=True)
    hours_per_month = Count(0, 200, load_default=None, allow_none=True)
    joined_on = Day(load_default=None, allow_none=True)


class CriterionFields(Schema):
    """A criterion of selection for some request topics, or a general one."""

    text = Words(1000, required=True)
    topics = topics(load_default=list)
    is_general = fields.Boolean(load_default=False)
    approved_on = Day(required=True)


class DecisionFields(Schema):
    """What was decided about a candidate."""

    mentor_id = Id(required=True)
    outcome = Choice("selected", "reserve", "declined", required=True)
    decided_on = Day(required=True)
    reason = Words(1000, load_default=None, allow_none=True)


class TrainingFields(Schema):
    """A training of mentors: planned or held on a day."""

    title = Words(300, required=True)
    held_on = Day(required=True)
    hours = fields.Float(
        required=True,
        allow_nan=False,
        validate=validate.Range(0.1, 500, error="range|От 0,1 до 500.|From 0.1 to 500."),
    )


class ParticipantFields(Schema):
    """A mentor on the list of a training; trained from ``completed_on`` on."""

    mentor_id = Id(required=True)
    completed_on = Day(load_default=None, allow_none=True)


def nouns() -> list[Noun]:
    """Return the nouns of this module."""
    read, write = "roster.read", "roster.write"
    base = "/programmes/<id:programme_id>"
    return [
        Noun(
            f"{base}/mentees",
            "Mentee",
            "Mentees",
            RecordKind("mentee", feeds=True),
            MenteeFields,
            read,
            write,
            filters={"person_id": Id()},
            rules=(fixed("person_id"), names_living("person_id", "person"), topics_need_consent),
            watched=frozenset({"read", "page"}),
        ),
        Noun(
            f"{base}/mentors",
            "Mentor",
            "Mentors",
            RecordKind("mentor", feeds=True),
            MentorFields,
            read,
            write,
            filters={"person_id": Id(), "origin": fields.String()},
            rules=(
                fixed("person_id"),
                names_living("person_id", "person"),
                known_form,
                mentor_origin,
                mentor_details_need_consent,
            ),
            watched=frozenset({"read", "page"}),
        ),
        Noun(
            f"{base}/criteria",
            "Criterion",
            "Criteria",
            RecordKind("criterion"),
            CriterionFields,
            "documents.read",
            write,
            rules=(not_in_future("approved_on"),),
        ),
        Noun(
            f"{base}/decisions",
            "Decision",
            "Decisions",
            RecordKind("decision", feeds=True),
            DecisionFields,
            read,
            write,
            filters={"outcome": fields.String()},
            rules=(fixed("mentor_id"), names_living("mentor_id", "mentor"), not_in_future("decided_on")),
        ),
        Noun(
            f"{base}/trainings",
            "Training",
            "Trainings",
            RecordKind("training", feeds=True),
            TrainingFields,
            "documents.read",
            write,
        ),
        Noun(
            "/trainings/<id:training_id>/participants",
            "TrainingParticipant",
            "TrainingParticipants",
            RecordKind("training_participant", TRAINING, feeds=True),
            ParticipantFields,
            read,
            write,
            rules=(
                under_living_parent,
                fixed("mentor_id"),
                names_living("mentor_id", "mentor"),
                not_in_future("completed_on"),
                not_before("completed_on", "held_on"),
            ),
        ),
    ]


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("roster", __name__, description="Mentees, mentors, selection and training (stages II to IV)")
    for noun in nouns():
        add_routes(blp, noun)
    return blp
