"""What the guards of one programme may ask for, as values; knows no SQL and no guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.programme.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Lack:
    """``count`` of ``of`` lack something; ``items`` names the first 100: ids, ``side:id`` keys, topics."""

    count: int = 0
    of: int = 0
    items: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What the school has in the programme's school year; a school without one waives nothing."""

    has_grades_9_11: bool
    has_young_specialists: bool
    has_psychologist: bool
    has_career_tests: bool


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A line of the roadmap."""

    responsible_id: int | None
    planned_on: date | None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Stage I. Mappings give the first date by kind of document or by audience.

    ``curators_on`` and ``group_on``: when each curator and each person of the group was appointed, in order.
    """

    documents: Mapping[str, date]
    informed: Mapping[str, date]
    requests: Mapping[str, date]
    curators_on: tuple[date, ...]
    group_on: tuple[date, ...]
    goals: Mapping[str, int]
    plan: Mapping[str, PlanLine]
    roadmap_approved_on: date | None


@dataclass(frozen=True, slots=True)
class Collected:
    """A source of data on mentees: used (``waiver`` None), or why it does not apply."""

    waiver: str | None
    on: date


@dataclass(frozen=True, slots=True)
class Bases:
    """Stages II and III. ``mentees`` counts the active ones: consent in force and a request topic.

    ``awaiting`` mentees lack a consent in force, ``topicless`` ones (of the consented) a topic,
    ``unexpected`` topics an expected result. ``undescribed``, ``unconsented``: of mentors not turned down.
    """

    collections: Mapping[str, Collected]
    mentees: int
    awaiting: Lack
    topicless: Lack
    unexpected: Lack
    origins: Mapping[str, int]
    outside: Lack
    undescribed: Lack
    unconsented: Lack


@dataclass(frozen=True, slots=True)
class Selection:
    """Stage IV. ``late`` criteria postdate the first decision; ``unexplained`` reserve has no reason."""

    criteria: int
    criteria_on: date | None
    uncovered: Lack
    late: Lack
    undecided: Lack
    unexplained: Lack
    decided_on: date | None
    unlisted: Lack
    untrained: Lack
    trained_on: date | None


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What pairs and groups of one scope lack; each lack is out of all of them."""

    format: Lack = Lack()
    strengths: Lack = Lack()
    goals: Lack = Lack()
    plan: Lack = Lack()
    support: Lack = Lack()


@dataclass(frozen=True, slots=True)
class Placement:
    """Stages V and VI.1-VI.4. ``unagreed`` of the unplaced mentees are in a pair that is not agreed by all.

    ``pairs`` are the live ones (or, once all have ended, those that ran to their end), ``kept_pairs`` all but
    those that ended early or were re-matched; ``unfinished`` are the live ones of all there ever were, and
    ``live_until`` the end of each live one's period, None where none is set.
    """

    unplaced: Lack
    unagreed: int
    placed_on: date | None
    overloaded: Lack
    unfinished: Lack
    pairs: PairFacts
    kept_pairs: PairFacts
    specialists: int
    live_until: tuple[date | None, ...] = ()


@dataclass(frozen=True, slots=True)
class SurveyFacts:
    """One side's questionnaire at one moment."""

    scheduled_on: date | None
    responsible_id: int | None
    closed_at: datetime | None
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """VI.5 and VI.6. ``surveys`` by ``side.moment``; ``unasked`` participants were not sent the first one."""

    surveys: Mapping[str, SurveyFacts]
    unasked: Lack
    rules_frozen_on: date | None


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """The latest result of a kind; stale when facts have changed since it was computed."""

    id: int
    cut_off_at: datetime
    computed_on: date
    is_stale: bool
    based_on: int | None


@dataclass(frozen=True, slots=True)
class Closing:
    """The last stage. ``conclusions`` by subject, None where unsigned; ``approvals`` by reward list."""

    results: Mapping[str, ResultFacts]
    conclusions: Mapping[str, date | None]
    reflection_on: date | None
    rated: tuple[str, ...]
    approvals: Mapping[int, date]
    celebration_on: date | None
    popularised_on: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """One consistent snapshot; ``today`` is the local date of the municipality.

    ``is_completing``: pairs are asked as `complete` asks them, see ``at_completion``.
    """

    programme_id: int
    today: date
    inputs_version: int
    schedule: Schedule
    profile: Profile | None
    conditions: Conditions
    bases: Bases
    selection: Selection
    placement: Placement
    feedback: Feedback
    closing: Closing
    is_completing: bool = False

    def at_completion(self) -> Facts:
        """Return the facts as `complete` sees them: guards of pairs look at all pairs not ended early."""
        placement = replace(self.placement, pairs=self.placement.kept_pairs)
        return replace(self, placement=placement, is_completing=True)
