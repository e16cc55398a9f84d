"""Pairs and groups and their work: members, waiting list, strengths, goals, tasks, plans, support, meetings."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.fields import Choice, Count, Day, Id, Words
from services.api.living import goal_of_this_pair, names_living, under_living_parent
from services.api.nouns import Computed, Noun, Rule
from services.api.records import add_routes
from services.api.rules import (
    fixed,
    known_form,
    meeting_after_training,
    member_needs_consent,
    not_in_future,
    pair_may_begin,
    pair_needs_consents,
)
from shared.db.records import Parent, RecordKind
from shared.pairs.meetings import before_training

PAIR = Parent("pair", "pair_id", ("school_id", "programme_id"))
PAIRS = RecordKind("pair", feeds=True)


class PairFields(Schema):
    """One mentor with one mentee (pair) or several (group)."""

    mentor_id = Id(required=True)
    kind = Choice("pair", "group", required=True)
    form = Words(60, required=True)
    role_variant = Words(200, load_default=None, allow_none=True)
    format = Words(200, load_default=None, allow_none=True)
    starts_on = Day(load_default=None, allow_none=True)
    ends_on = Day(load_default=None, allow_none=True)
    mentor_agreed_on = Day(load_default=None, allow_none=True)
    mentor_guardian_agreed_on = Day(load_default=None, allow_none=True)
    closed_on = Day(load_default=None, allow_none=True)
    outcome = Choice("completed", "early", "rematched", "carried_over", load_default=None, allow_none=True)
    goal_attained = Choice("yes", "partly", "no", load_default=None, allow_none=True)


class MemberFields(Schema):
    """A mentee in a pair or group and the agreements given."""

    mentee_id = Id(required=True)
    mentee_agreed_on = Day(load_default=None, allow_none=True)
    guardian_agreed_on = Day(load_default=None, allow_none=True)


class WaitingFields(Schema):
    """A mentee who waits for a mentor, and why."""

    mentee_id = Id(required=True)
    reason = Words(500, required=True)
    since_on = Day(required=True)


class TraitFields(Schema):
    """A strength or growth area of one side of a pair."""

    side = Choice("mentor", "mentee", required=True)
    kind = Choice("strength", "growth_area", required=True)
    text = Words(500, required=True)
    noted_on = Day(required=True)


class PairGoalFields(Schema):
    """What the pair works for."""

    text = Words(1000, required=True)


class PairTaskFields(Schema):
    """A task under a goal, with its period."""

    goal_id = Id(required=True)
    text = Words(1000, required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    done_on = Day(load_default=None, allow_none=True)


class PlanEventFields(Schema):
    """An event of the pair's plan."""

    title = Words(300, required=True)
    planned_on = Day(required=True)


class SpecialistFields(Schema):
    """Who gives psychological support: a person of the school or an organisation from outside, and when."""

    person_id = Id(load_default=None, allow_none=True)
    outside_organisation = Words(300, load_default=None, allow_none=True)
    schedule = Words(1000, required=True)


class SupportFields(Schema):
    """How a pair is supported; declined by the representative is a decision too."""

    mode = Choice("planned", "on_request", "declined", required=True)
    specialist_id = Id(load_default=None, allow_none=True)
    decided_on = Day(required=True)
    declined_by = Words(300, load_default=None, allow_none=True)


class MeetingFields(Schema):
    """A planned meeting needs a trained mentor; a held one can always be recorded, and says if it came before."""

    planned_on = Day(load_default=None, allow_none=True)
    held_on = Day(load_default=None, allow_none=True)
    topic = Words(300, load_default=None, allow_none=True)
    minutes = Count(1, 1440, load_default=None, allow_none=True)


def nouns() -> list[Noun]:
    """Return the nouns of this module."""
    read, write = "pairs.read", "pairs.write"
    programme, pair = "/programmes/<id:programme_id>", "/pairs/<id:pair_id>"
    joining = (
        under_living_parent,
        fixed("mentee_id"),
        names_living("mentee_id", "mentee"),
        member_needs_consent,
        *map(not_in_future, ("mentee_agreed_on", "guardian_agreed_on")),
    )
    noting = (under_living_parent, pair_needs_consents, not_in_future("noted_on"))
    doing = (under_living_parent, goal_of_this_pair, pair_needs_consents, not_in_future("done_on"))
    planning = (under_living_parent, pair_needs_consents)
    of_pair: list[tuple[str, str, str, str, type[Schema], bool, tuple[Rule, ...]]] = [
        ("members", "PairMember", "PairMembers", "pair_member", MemberFields, True, joining),
        ("traits", "Trait", "Traits", "trait", TraitFields, False, noting),
        ("goals", "PairGoal", "PairGoals", "pair_goal", PairGoalFields, False, planning),
        ("tasks", "PairTask", "PairTasks", "pair_task", PairTaskFields, True, doing),
        ("plan", "PlanEvent", "PlanEvents", "plan_event", PlanEventFields, True, planning),
    ]
    return [
        Noun(
            f"{programme}/pairs",
            "Pair",
            "Pairs",
            PAIRS,
            PairFields,
            read,
            write,
            filters={"mentor_id": Id(), "kind": fields.String()},
            rules=(
                fixed("mentor_id"),
                names_living("mentor_id", "mentor"),
                known_form,
                pair_may_begin,
                not_in_future("mentor_agreed_on"),
                not_in_future("mentor_guardian_agreed_on"),
                not_in_future("closed_on"),
            ),
        ),
        Noun(
            f"{programme}/waiting-list",
            "WaitingEntry",
            "WaitingEntries",
            RecordKind("waiting_entry"),
            WaitingFields,
            read,
            write,
            rules=(names_living("mentee_id", "mentee"), not_in_future("since_on")),
        ),
        Noun(
            f"{programme}/specialists",
            "Specialist",
            "Specialists",
            RecordKind("specialist"),
            SpecialistFields,
            "support.read",
            "support.write",
            rules=(names_living("person_id", "person"),),
        ),
        *(
            Noun(
                f"{pair}/{segment}",
                one,
                many,
                RecordKind(table, PAIR, feeds=feeds),
                schema,
                read,
                write,
                rules=rules,
            )
            for segment, one, many, table, schema, feeds, rules in of_pair
        ),
        Noun(
            f"{pair}/support",
            "Support",
            "SupportRecords",
            RecordKind("support", PAIR),
            SupportFields,
            "support.read",
            "support.write",
            rules=(under_living_parent, names_living("specialist_id", "specialist"), not_in_future("decided_on")),
        ),
        Noun(
            f"{pair}/meetings",
            "Meeting",
            "Meetings",
            RecordKind("meeting", PAIR, feeds=True),
            MeetingFields,
            read,
            write,
            rules=(under_living_parent, meeting_after_training, not_in_future("held_on")),
            computed=Computed({"before_training": fields.Boolean(required=True)}, before_training),
        ),
    ]


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("pairs", __name__, description="Pairs and groups and their work (stages V and VI)")
    for noun in nouns():
        add_routes(blp, noun)
    return blp
