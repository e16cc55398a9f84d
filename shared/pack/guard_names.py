"""Which guards a pack may name and with which parameters; knows no facts and how no guard is decided.

The functions of the same names live in shared/programme; a test holds both sets equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CountParam:
    """A whole number between the bounds, both inclusive."""

    minimum: int = 1
    maximum: int = 100


@dataclass(frozen=True, slots=True)
class ListParam:
    """A list of at least one of the words, none twice."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordParam:
    """One of the words."""

    words: tuple[str, ...]


Param = CountParam | ListParam | WordParam


@dataclass(frozen=True, slots=True)
class GuardSpec:
    """The parameters of a guard, all required; ``may_carry``: whether it may be asked after its stage."""

    params: Mapping[str, Param]
    may_carry: bool = False


def _spec(*, may_carry: bool = False, **params: Param) -> GuardSpec:
    return GuardSpec(MappingProxyType(params), may_carry)


DOCUMENT_KINDS = ("regulation", "order", "event_plan")
INFORMED_AUDIENCES = ("staff", "students")
REQUEST_AUDIENCES = ("students", "teachers", "young_specialists")
COLLECTION_SOURCES = ("parents", "homeroom_teachers", "psychologists", "career_tests")
CANDIDATE_SOURCES = ("teachers", "pupils_9_11")
CONCLUSION_SUBJECTS = ("feedback", "monitoring", "effectiveness")

GUARDS: Mapping[str, GuardSpec] = MappingProxyType(
    {
        "documents_on_file": _spec(kinds=ListParam(DOCUMENT_KINDS)),
        "audiences_informed": _spec(audiences=ListParam(INFORMED_AUDIENCES)),
        "requests_collected": _spec(audiences=ListParam(REQUEST_AUDIENCES)),
        "working_group_appointed": _spec(curators=CountParam(), members=CountParam(minimum=0)),
        "goals_set": _spec(tasks=CountParam(), forms=CountParam(), expected_results=CountParam()),
        "roadmap_complete": _spec(),
        "roadmap_approved": _spec(),
        "collections_recorded": _spec(sources=ListParam(COLLECTION_SOURCES)),
        "mentees_active": _spec(minimum=CountParam()),
        "results_expected": _spec(),
        "candidates_from_sources": _spec(sources=ListParam(CANDIDATE_SOURCES)),
        "mentors_active": _spec(minimum=CountParam()),
        "mentors_described": _spec(),
        "mentors_consented": _spec(),
        "criteria_cover_requests": _spec(minimum=CountParam()),
        "candidates_decided": _spec(),
        "training_listed": _spec(),
        "mentors_trained": _spec(may_carry=True),
        "mentees_placed": _spec(),
        "capacities_kept": _spec(),
        "pairs_have_format": _spec(),
        "pairs_have_strengths": _spec(),
        "pairs_have_goals": _spec(),
        "pairs_have_plan": _spec(),
        "specialist_assigned": _spec(),
        "pairs_have_support": _spec(),
        "questionnaires_chosen": _spec(),
        "before_wave_sent": _spec(),
        "after_wave_scheduled": _spec(),
        "reward_rules_frozen": _spec(),
        "after_wave_closed": _spec(),
        "feedback_summarised": _spec(),
        "conclusion_signed": _spec(subject=WordParam(CONCLUSION_SUBJECTS)),
        "reflection_recorded": _spec(),
        "criteria_rated": _spec(count=CountParam()),
        "score_current": _spec(),
        "reward_list_approved": _spec(),
        "celebration_held": _spec(),
        "popularised": _spec(),
        "pairs_finished": _spec(),
    }
)

JOB_KINDS = ("aggregate_feedback", "score_effectiveness", "build_reward_list")
"""What a stage may start by its on_enter."""

INDICATORS = (
    "quality",
    "coverage_mentees",
    "coverage_mentors",
    "coverage_young_teachers",
    "activities_in_time",
    "meetings_held",
    "pairs_kept",
    "satisfied_mentees",
    "satisfied_mentors",
    "goals_attained",
    "shift",
)
"""Components of the composite effectiveness that can be computed."""

REWARD_COMPONENTS = ("mentees_satisfied", "meetings_held", "goals_attained", "relationship")
"""What a mentor can be ranked by."""
