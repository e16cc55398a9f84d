"""Every guard by name, and the place where its blocker is mended; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.programme.guards import bases, closing, conditions, feedback, pairing, selection
from shared.programme.guards.verdict import Guard

GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        guard.__name__: guard
        for guard in (
            conditions.documents_on_file,
            conditions.audiences_informed,
            conditions.requests_collected,
            conditions.working_group_appointed,
            conditions.goals_set,
            conditions.roadmap_complete,
            conditions.roadmap_approved,
            bases.collections_recorded,
            bases.mentees_active,
            bases.results_expected,
            bases.candidates_from_sources,
            bases.mentors_active,
            bases.mentors_described,
            bases.mentors_consented,
            selection.criteria_cover_requests,
            selection.candidates_decided,
            selection.training_listed,
            selection.mentors_trained,
            pairing.mentees_placed,
            pairing.capacities_kept,
            pairing.pairs_have_format,
            pairing.pairs_have_strengths,
            pairing.pairs_have_goals,
            pairing.pairs_have_plan,
            pairing.specialist_assigned,
            pairing.pairs_have_support,
            pairing.pairs_finished,
            feedback.questionnaires_chosen,
            feedback.before_wave_sent,
            feedback.after_wave_scheduled,
            feedback.reward_rules_frozen,
            closing.after_wave_closed,
            closing.feedback_summarised,
            closing.conclusion_signed,
            closing.reflection_recorded,
            closing.criteria_rated,
            closing.score_current,
            closing.reward_list_approved,
            closing.celebration_held,
            closing.popularised,
        )
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a blocker is mended: a path under the API, and an anchor on the programme's page."""

    path: str
    anchor: str

    def link(self, programme_id: int) -> str:
        """Return the API path of the programme's resource."""
        return f"/api/v1/programmes/{programme_id}/{self.path}"


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "documents_on_file": Place("evidence", "I.1"),
        "audiences_informed": Place("information", "I.2"),
        "requests_collected": Place("requests", "I.2"),
        "working_group_appointed": Place("working-group", "I.3"),
        "goals_set": Place("goals", "I.4"),
        "roadmap_complete": Place("activities", "I.5"),
        "roadmap_approved": Place("roadmap-approvals", "I.5"),
        "collections_recorded": Place("collections", "II.1"),
        "mentees_active": Place("mentees", "II.2"),
        "results_expected": Place("goals", "II.2"),
        "candidates_from_sources": Place("mentors", "III.1"),
        "mentors_active": Place("mentors", "III.2"),
        "mentors_described": Place("mentors", "III.2"),
        "mentors_consented": Place("mentors", "III.2"),
        "criteria_cover_requests": Place("criteria", "IV.1"),
        "candidates_decided": Place("decisions", "IV.2"),
        "training_listed": Place("trainings", "IV.2"),
        "mentors_trained": Place("trainings", "IV.2"),
        "mentees_placed": Place("pairs", "V.1"),
        "capacities_kept": Place("pairs", "V.1"),
        "pairs_have_format": Place("pairs", "VI.1"),
        "pairs_have_strengths": Place("pairs", "VI.2"),
        "pairs_have_goals": Place("pairs", "VI.2"),
        "pairs_have_plan": Place("pairs", "VI.3"),
        "specialist_assigned": Place("specialists", "VI.4"),
        "pairs_have_support": Place("pairs", "VI.4"),
        "questionnaires_chosen": Place("surveys", "VI.5"),
        "before_wave_sent": Place("surveys", "VI.5"),
        "after_wave_scheduled": Place("surveys", "VI.5"),
        "reward_rules_frozen": Place("reward-rules", "VI.6"),
        "after_wave_closed": Place("surveys", "C.1"),
        "feedback_summarised": Place("feedback-summary", "C.1"),
        "conclusion_signed": Place("conclusions", "closing"),
        "reflection_recorded": Place("reflections", "C.2"),
        "criteria_rated": Place("criteria-ratings", "C.3"),
        "score_current": Place("effectiveness", "C.3"),
        "reward_list_approved": Place("reward-list", "C.4"),
        "celebration_held": Place("celebrations", "C.4"),
        "popularised": Place("popularisations", "C.4"),
        "pairs_finished": Place("pairs", "pairs"),
    }
)
"""Anchors are of order 428; a page falls back to the activity a blocker names."""
