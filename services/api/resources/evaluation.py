"""What the closing is shown by: ratings, conclusions, reflection, celebrations, popularisation."""

from __future__ import annotations

from marshmallow import Schema

from services.api.blueprint import Blueprint
from services.api.fields import Choice, Count, Day, Id, Words
from services.api.nouns import Noun
from services.api.records import add_routes
from services.api.rules import known_criterion, not_in_future
from shared.db.records import RecordKind


class RatingFields(Schema):
    """One of the nine quality criteria: 0 not shown, 1 partly, 2 fully."""

    criterion = Words(60, required=True)
    value = Count(0, 2, required=True)
    note = Words(1000, load_default=None, allow_none=True)


class ConclusionFields(Schema):
    """A person's conclusion on the feedback, the monitoring or the effectiveness; in force when signed."""

    subject = Choice("feedback", "monitoring", "effectiveness", required=True)
    text = Words(5000, required=True)
    author_id = Id(required=True)
    signed_on = Day(load_default=None, allow_none=True)


class ReflectionFields(Schema):
    """The reflection that was held: who took part in numbers, and what it concluded."""

    held_on = Day(required=True)
    participants = Count(1, 100_000, required=True)
    conclusions = Words(5000, required=True)


class CelebrationFields(Schema):
    """An event that honours the best mentors."""

    title = Words(300, required=True)
    held_on = Day(required=True)


class PopularisationFields(Schema):
    """How the experience of mentors was made known."""

    kind = Choice("site", "media", "case", "event", "social_network", "other", required=True)
    title = Words(300, required=True)
    published_on = Day(required=True)
    link = Words(1000, load_default=None, allow_none=True)


def nouns() -> list[Noun]:
    """Return the nouns of this module."""
    read, write = "evaluation.read", "evaluation.write"
    base = "/programmes/<id:programme_id>"
    return [
        Noun(
            f"{base}/criteria-ratings",
            "CriterionRating",
            "CriteriaRatings",
            RecordKind("criterion_rating", feeds=True),
            RatingFields,
            read,
            write,
            rules=(known_criterion,),
        ),
        Noun(
            f"{base}/conclusions",
            "Conclusion",
            "Conclusions",
            RecordKind("conclusion"),
            ConclusionFields,
            read,
            "conclusions.sign",
            rules=(not_in_future("signed_on"),),
        ),
        Noun(
            f"{base}/reflections",
            "Reflection",
            "Reflections",
            RecordKind("reflection"),
            ReflectionFields,
            read,
            write,
            rules=(not_in_future("held_on"),),
        ),
        Noun(
            f"{base}/celebrations",
            "Celebration",
            "Celebrations",
            RecordKind("celebration"),
            CelebrationFields,
            read,
            write,
            rules=(not_in_future("held_on"),),
        ),
        Noun(
            f"{base}/popularisations",
            "Popularisation",
            "Popularisations",
            RecordKind("popularisation"),
            PopularisationFields,
            read,
            write,
            rules=(not_in_future("published_on"),),
        ),
    ]


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("evaluation", __name__, description="Evaluation and honours (closing)")
    for noun in nouns():
        add_routes(blp, noun)
    return blp
