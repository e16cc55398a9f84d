"""What only the psychologist and the curator of the school see: notes on a pair's support and safety cases."""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.fields import Day, Id, Words
from services.api.living import names_living, under_living_parent
from services.api.nouns import Computed, Noun
from services.api.records import add_routes
from services.api.resources.pairs import PAIR
from services.api.rules import fixed, members_allow_notes, not_before, not_in_future
from shared.db.pool import Conn
from shared.db.records import RecordKind, Row


class SupportNoteFields(Schema):
    """A psychologist's words about a pair. Neither director nor methodist can read them."""

    noted_on = Day(required=True)
    text = Words(5000, required=True)


class SafetyCaseFields(Schema):
    """A confidential case: opened by an answer about safety or by a person, closed with an outcome.

    reported_to and reported_on say whom the school told («сообщено в …»).
    """

    mentee_id = Id(required=True)
    opened_on = Day(required=True)
    text = Words(5000, load_default=None, allow_none=True)
    reported_to = Words(300, load_default=None, allow_none=True)
    reported_on = Day(load_default=None, allow_none=True)
    closed_on = Day(load_default=None, allow_none=True)
    outcome = Words(1000, load_default=None, allow_none=True)


def nouns() -> list[Noun]:
    """Return the nouns of this module."""
    read, write = "confidential.read", "confidential.write"
    days = tuple(map(not_in_future, ("opened_on", "reported_on", "closed_on")))
    return [
        Noun(
            "/pairs/<id:pair_id>/support-notes",
            "SupportNote",
            "SupportNotes",
            RecordKind("support_note", PAIR),
            SupportNoteFields,
            read,
            write,
            rules=(under_living_parent, members_allow_notes, not_in_future("noted_on")),
            watched=frozenset({"read", "list"}),
        ),
        Noun(
            "/programmes/<id:programme_id>/safety-cases",
            "SafetyCase",
            "SafetyCases",
            RecordKind("safety_case"),
            SafetyCaseFields,
            read,
            write,
            rules=(
                fixed("mentee_id"),
                names_living("mentee_id", "mentee"),
                *days,
                not_before("closed_on", "opened_on"),
            ),
            computed=Computed(
                {
                    "origin": fields.String(required=True, metadata={"description": "survey, or report"}),
                    "invitation_id": fields.Integer(required=True, allow_none=True),
                },
                _as_stored,
            ),
            watched=frozenset({"read", "list"}),
        ),
    ]


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("confidential", __name__, description="Notes and cases for the psychologist and the curator alone")
    for noun in nouns():
        add_routes(blp, noun)
    return blp


def _as_stored(_conn: Conn, rows: Sequence[Row]) -> list[Row]:
    """Where a case came from is decided when it is written and cannot be changed."""
    return list(rows)
