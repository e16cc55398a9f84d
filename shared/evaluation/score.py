"""Scores the effectiveness of one programme from ratings and counts.

Knows the criteria, the indicators and the weights given. Must not know SQL, the pack's files, people or the
clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shared.evaluation.model import (
    BANDS,
    CRITERIA,
    CRITERIA_KEY,
    HIGHEST_RATING,
    Absence,
    Band,
    Component,
    Composite,
    Counted,
    CriteriaSum,
    Effectiveness,
    Indicator,
)
from shared.feedback.statistics import wilson

ALGORITHM_VERSION = "effectiveness-1"

SAMPLED = frozenset({Indicator.SATISFIED_MENTEES, Indicator.SATISFIED_MENTORS})
"""Shares of those who answered: they carry an interval. The others count everything there is."""


def score(
    ratings: Mapping[str, int],
    counted: Iterable[Counted],
    *,
    weights: Mapping[str, float],
    bands: Sequence[Band] = BANDS,
) -> Effectiveness:
    """The score of one programme.

    `ratings`: criterion key -> 0, 1 or 2. `weights`: component key -> weight >= 0, any sum; a component
    without one is shown and does not count. An indicator that is not in `counted` is absent, and says so.
    Raises ValueError for a rating off 0..2, more than nine ratings, a negative or unknown weight, an
    indicator counted twice or with a negative count.
    """
    _check_weights(weights)
    by_indicator = _by_indicator(counted)
    criteria = _criteria(ratings, bands)
    found = [_criteria_component(criteria)]
    found += [_component(by_indicator.get(key, Counted(key, None, None))) for key in Indicator]
    return weigh(criteria, found, weights)


def weigh(criteria: CriteriaSum, components: Sequence[Component], weights: Mapping[str, float]) -> Effectiveness:
    """Spread the weights over the components with a value: effective = weight / sum of present weights."""
    given = {component.key: float(weights.get(component.key, 0.0)) for component in components}
    counting = [row.key for row in components if row.value is not None and given[row.key] > 0]
    sum_present = math.fsum(given[key] for key in counting)
    effective = {key: given[key] / sum_present for key in counting}
    weighed = tuple(
        replace(
            row,
            weight=given[row.key],
            effective_weight=effective.get(row.key, 0.0),
            points=100 * effective.get(row.key, 0.0) * (row.value or 0.0),
        )
        for row in components
    )
    absent = tuple(key for key, weight in given.items() if weight > 0 and key not in effective)
    composite = Composite(
        value=math.fsum(row.points for row in weighed) if counting else None,
        weights=given,
        effective_weights=effective,
        present=tuple(counting),
        absent=absent,
        renormalised=bool(counting) and bool(absent),
    )
    return Effectiveness(ALGORITHM_VERSION, criteria, weighed, composite)


def _check_weights(weights: Mapping[str, float]) -> None:
    unknown = sorted(set(weights) - {CRITERIA_KEY, *(key.value for key in Indicator)})
    if unknown:
        raise ValueError(f"weights of unknown components: {', '.join(unknown)}")
    if any(not math.isfinite(weight) or weight < 0 for weight in weights.values()):
        raise ValueError("a weight is a number of at least 0")


def _by_indicator(counted: Iterable[Counted]) -> dict[Indicator, Counted]:
    found: dict[Indicator, Counted] = {}
    for row in counted:
        if row.indicator in found:
            raise ValueError(f"{row.indicator} is counted twice")
        if min(row.k or 0, row.n or 0, row.same) < 0:
            raise ValueError(f"{row.indicator}: a count is negative")
        found[row.indicator] = row
    return found


def _criteria(ratings: Mapping[str, int], bands: Sequence[Band]) -> CriteriaSum:
    if len(ratings) > CRITERIA:
        raise ValueError(f"there are {CRITERIA} criteria, {len(ratings)} are rated")
    if any(not 0 <= rating <= HIGHEST_RATING for rating in ratings.values()):
        raise ValueError(f"a rating is 0..{HIGHEST_RATING}")
    total = sum(ratings.values())
    band = None
    if len(ratings) == CRITERIA:
        band = next((row.key for row in bands if row.minimum <= total <= row.maximum), None)
    return CriteriaSum(
        ratings={key: ratings[key] for key in sorted(ratings)},
        rated=len(ratings),
        total=total,
        maximum=CRITERIA * HIGHEST_RATING,
        band=band,
    )


def _criteria_component(criteria: CriteriaSum) -> Component:
    complete = criteria.rated == CRITERIA
    share = criteria.total / criteria.maximum if complete else None
    return Component(
        key=CRITERIA_KEY,
        k=criteria.total,
        n=criteria.maximum,
        same=None,
        share=share,
        interval=None,
        value=share,
        absent=None if complete else Absence.NOT_ALL_RATED,
        weight=0.0,
        effective_weight=0.0,
        points=0.0,
    )


def _component(counted: Counted) -> Component:
    absent = _why_absent(counted)
    share = interval = value = None
    if absent is None and counted.k is not None and counted.n is not None:
        share = counted.k / counted.n
        value = _value(counted.indicator, share, counted.same / counted.n)
        interval = wilson(counted.k, counted.n) if counted.indicator in SAMPLED else None
    return Component(
        key=counted.indicator.value,
        k=counted.k,
        n=counted.n,
        same=counted.same if counted.indicator is Indicator.SHIFT else None,
        share=share,
        interval=interval,
        value=value,
        absent=absent,
        weight=0.0,
        effective_weight=0.0,
        points=0.0,
    )


def _why_absent(counted: Counted) -> Absence | None:
    if counted.k is None:
        return Absence.NO_DATA
    if counted.n is None:
        return Absence.NO_DENOMINATOR
    if counted.n == 0:
        return Absence.EMPTY_DENOMINATOR
    if counted.k + counted.same > counted.n and counted.indicator is not Indicator.MEETINGS_HELD:
        return Absence.EXCEEDS_DENOMINATOR
    return None


def _value(indicator: Indicator, share: float, same: float) -> float:
    """0 (worst) .. 1 (best).

    Meetings beyond the plan earn no more than the plan; an unmoved answer counts
    half, so that as many better as worse gives 0.5.
    """
    if indicator is Indicator.SHIFT:
        return share + same / 2
    return min(1.0, share)
