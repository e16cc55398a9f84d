"""People of a school, their grades and consents. Without a consent in force only name and class are kept."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.fields import Choice, Count, Day, SchoolYear, Words
from services.api.living import of_no_erased, under_living_parent
from services.api.nouns import Noun
from services.api.records import add_routes
from services.api.rules import consent_of_minor, details_need_consent, not_in_future
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.records import SCHOOL, Parent, RecordKind, Row
from shared.privacy import erasures

PERSON = Parent("person", "person_id")
PEOPLE = RecordKind("person", SCHOOL, feeds=True)


class PersonFields(Schema):
    """A pupil, a member of staff or somebody from outside."""

    kind = Choice("pupil", "teacher", "psychologist", "staff", "parent", "outside", required=True)
    family_name = Words(100, required=True)
    given_name = Words(100, required=True)
    patronymic = Words(100, load_default=None, allow_none=True)
    birth_on = Day(load_default=None, allow_none=True)
    is_young_specialist = fields.Boolean(load_default=False)
    contact = Words(300, load_default=None, allow_none=True)
    representative = Words(300, load_default=None, allow_none=True)


class GradeFields(Schema):
    """The class of a pupil in a school year."""

    school_year = SchoolYear(required=True)
    grade = Count(1, 12, required=True)
    class_letter = Words(5, load_default=None, allow_none=True)


class ConsentFields(Schema):
    """A consent of one kind; a minor's is given by the representative."""

    kind = Choice("processing", "publication", "photo", "transfer", "psych", required=True)
    given_by = Choice("self", "representative", required=True)
    representative = Words(300, load_default=None, allow_none=True)
    given_on = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)
    document = Words(300, required=True)
    withdrawn_on = Day(load_default=None, allow_none=True)


def settle_erasures(conn: Conn, actor: Actor, row: Row) -> None:
    """A consent to processing that is withdrawn begins an erasure, a new one ends it; other kinds change nothing."""
    erasures.settle(conn, actor, row["school_id"])


def nouns() -> list[Noun]:
    """Return the nouns of this module."""
    read, write = "people.read", "people.write"
    return [
        Noun(
            "/people",
            "Person",
            "People",
            PEOPLE,
            PersonFields,
            read,
            write,
            filters={"kind": fields.String()},
            rules=(details_need_consent, not_in_future("birth_on")),
            watched=frozenset({"read", "page"}),
        ),
        Noun(
            "/people/<id:person_id>/grades",
            "Grade",
            "Grades",
            RecordKind("person_grade", PERSON, feeds=True),
            GradeFields,
            read,
            write,
            rules=(under_living_parent, of_no_erased),
            watched=frozenset({"page"}),
        ),
        Noun(
            "/people/<id:person_id>/consents",
            "Consent",
            "Consents",
            RecordKind("consent", PERSON, feeds=True),
            ConsentFields,
            read,
            write,
            filters={"kind": fields.String()},
            rules=(
                under_living_parent,
                consent_of_minor,
                not_in_future("given_on"),
                not_in_future("withdrawn_on"),
                of_no_erased,
            ),
            after=settle_erasures,
            watched=frozenset({"page"}),
        ),
    ]


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("people", __name__, description="People, grades and consents")
    for noun in nouns():
        add_routes(blp, noun)
    return blp
