"""Values of the effectiveness score: ratings and counts that come in, components that go out.

Knows the shapes only. Must not know SQL, the pack's files, names of people, or how a figure is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from shared.canonical import Json, plain
from shared.feedback.model import Interval

CRITERIA = 9
HIGHEST_RATING = 2
CRITERIA_KEY = "quality"
"""The key under which the sum of the nine criteria takes part in the composite."""


class Indicator(StrEnum):
    """An indicator from data: `k` of `n`."""

    COVERAGE_MENTEES = "coverage_mentees"  # children 10-19 who are mentees, of the school's children 10-19
    COVERAGE_MENTORS = "coverage_mentors"  # children 15-19 who are mentors, of the school's children 15-19
    COVERAGE_YOUNG_TEACHERS = "coverage_young_teachers"  # young teachers who are mentees, of all of them
    ACTIVITIES_IN_TIME = "activities_in_time"  # activities shown by their due date, of all activities due
    MEETINGS_HELD = "meetings_held"  # meetings held, of meetings planned; may exceed the plan
    PAIRS_KEPT = "pairs_kept"  # pairs not ended early, of all pairs: n - k is the number of early endings
    SATISFIED_MENTEES = "satisfied_mentees"  # satisfied mentees, of those who answered
    SATISFIED_MENTORS = "satisfied_mentors"  # satisfied mentors, of those who answered
    GOALS_ATTAINED = "goals_attained"  # pairs whose goal is attained, of pairs with a judged goal
    SHIFT = "shift"  # before and after: people whose answer is better after than before, of paired answers


class Absence(StrEnum):
    """Why a component has no value."""

    NO_DATA = "no_data"  # nobody recorded what is counted
    NO_DENOMINATOR = "no_denominator"  # the school has not said how many there are
    EMPTY_DENOMINATOR = "empty_denominator"  # there are none: no young teachers, no answers, no meetings planned
    EXCEEDS_DENOMINATOR = "exceeds_denominator"  # more than there are: the school's number is out of date
    NOT_ALL_RATED = "not_all_rated"  # fewer than nine criteria rated


@dataclass(frozen=True, slots=True)
class Counted:
    """`k` of `n`; None is unknown. `same`: for SHIFT, the answers that did not move."""

    indicator: Indicator
    k: int | None
    n: int | None
    same: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    """A named range of the criteria's sum, both ends inclusive."""

    key: str
    minimum: int
    maximum: int


BANDS = (Band("optimal", 15, 18), Band("acceptable", 9, 14), Band("low", 0, 8))
"""Bands of the federal target model (provenance `memory`: not yet compared with the official text)."""


@dataclass(frozen=True, slots=True)
class CriteriaSum:
    """The nine criteria: rating by key, their sum of at most 18, its band (None until all nine are rated)."""

    ratings: Mapping[str, int]
    rated: int
    total: int
    maximum: int
    band: str | None


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the score.

    `k`, `n`, `same` are the inputs; `share` is k / n; `interval` the 95 % Wilson interval where answers are a
    sample of the people asked; `value` what enters the composite: 0 (worst) .. 1 (best); `weight` as given,
    `effective_weight` after sharing out the weight of absent components, `points` of 100 contributed.
    """

    key: str
    k: int | None
    n: int | None
    same: int | None
    share: float | None
    interval: Interval | None
    value: float | None
    absent: Absence | None
    weight: float
    effective_weight: float
    points: float
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Composite:
    """0..100, the weighted mean of the present components; None when no component with a weight is present.

    `renormalised`: the weight of `absent` components was shared out among the present ones in proportion.
    """

    value: float | None
    weights: Mapping[str, float]
    effective_weights: Mapping[str, float]
    present: tuple[str, ...]
    absent: tuple[str, ...]
    renormalised: bool


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """The score of one programme, for the school itself."""

    algorithm: str
    criteria: CriteriaSum
    components: tuple[Component, ...]
    composite: Composite

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))

    def component(self, key: str) -> Component:
        """The component of that key; KeyError for a foreign one."""
        for component in self.components:
            if component.key == key:
                return component
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class OutsideEffectiveness:
    """What may leave the school: figures about fewer than `threshold` people hidden.

    `composite` is None when a hidden figure could be had from it.
    """

    algorithm: str
    threshold: int
    criteria: CriteriaSum
    components: tuple[Component, ...]
    composite: Composite | None

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))


@dataclass(frozen=True, slots=True)
class DistrictSum:
    """One indicator over the schools: sums of k and n, never a mean of shares.

    `schools` have the figure; `absent` counts the others by reason. `hidden_schools` are those whose own
    figure must not be shown beside this sum; `hidden`: the sum itself must not be shown (its counts are then
    None).
    """

    indicator: Indicator
    schools: int
    absent: Mapping[str, int]
    k: int | None
    n: int | None
    same: int | None
    share: float | None
    hidden_schools: tuple[str, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class DistrictSums:
    """The district's figures as they may be shown beside those of its schools."""

    algorithm: str
    schools: int
    indicators: tuple[DistrictSum, ...]

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))
