"""Decides which figures of the score may leave the school, alone and beside the district's sums.

Knows which indicators are about people's answers and outcomes, and what subtraction gives. Must not know the
reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from shared.evaluation.model import (
    Component,
    DistrictSum,
    DistrictSums,
    Effectiveness,
    Indicator,
    OutsideEffectiveness,
)
from shared.feedback.masking import THRESHOLD, hidden_parts, is_group_small, is_sum_safe

ABOUT_PEOPLE = frozenset(
    {
        Indicator.SATISFIED_MENTEES,
        Indicator.SATISFIED_MENTORS,
        Indicator.GOALS_ATTAINED,
        Indicator.SHIFT,
    }
)
"""The others are process counts and are never hidden."""


def masked(score: Effectiveness, also: frozenset[str] = frozenset()) -> OutsideEffectiveness:
    """The score as it may leave the school.

    `also`: keys to hide because of what is published beside (`DistrictSum.hidden_schools`). n stays: it is a
    process count. The composite and all its points go when a hidden component has a weight: weights are
    printed, so the rest would give the hidden value.
    """
    about_people = (row for row in score.components if row.key in ABOUT_PEOPLE and row.share is not None)
    hidden = also | {row.key for row in about_people if is_group_small(_outcomes(row))}
    blurred = any(row.effective_weight > 0 for row in score.components if row.key in hidden)
    return OutsideEffectiveness(
        algorithm=score.algorithm,
        threshold=THRESHOLD,
        criteria=score.criteria,
        components=tuple(_hide(row) if row.key in hidden else row for row in score.components),
        composite=None if blurred else score.composite,
    )


def district_sums(schools: Mapping[str, Effectiveness]) -> DistrictSums:
    """Sums of k and n over the schools (school id -> its score), fit to be shown beside the masked schools.

    Each indicator about people names the schools whose own figure must be hidden so that the sum gives nobody
    away; where that is not enough the sum is hidden instead.
    """
    ordered = {key: schools[key] for key in sorted(schools)}
    algorithm = next((score.algorithm for score in ordered.values()), "")
    sums = tuple(_sum_up(indicator, ordered) for indicator in Indicator)
    return DistrictSums(algorithm=algorithm, schools=len(ordered), indicators=sums)


def hidden_in(sums: DistrictSums, school: str) -> frozenset[str]:
    """Keys of the components to hide for `school` beside these sums: the `also` of `masked`."""
    return frozenset(row.indicator.value for row in sums.indicators if school in row.hidden_schools)


def _outcomes(row: Component) -> tuple[int, ...]:
    """People by outcome: counted and not, or better, same and worse."""
    k, n = row.k or 0, row.n or 0
    return (k, n - k) if row.same is None else (k, row.same, n - k - row.same)


def _hide(row: Component) -> Component:
    return replace(
        row,
        k=None,
        same=None,
        share=None,
        interval=None,
        value=None,
        points=0.0,
        hidden=True,
    )


def _sum_up(indicator: Indicator, schools: Mapping[str, Effectiveness]) -> DistrictSum:
    rows = {school: score.component(indicator.value) for school, score in schools.items()}
    present = {school: row for school, row in rows.items() if row.share is not None}
    absent = Counter(row.absent.value for row in rows.values() if row.absent is not None)
    k = sum(row.k or 0 for row in present.values())
    n = sum(row.n or 0 for row in present.values())
    same = sum(row.same or 0 for row in present.values()) if indicator is Indicator.SHIFT else None
    groups = {s: _outcomes(row) for s, row in present.items()} if indicator in ABOUT_PEOPLE else {}
    hidden = hidden_parts(groups)
    is_hidden = not is_sum_safe([groups[school] for school in hidden])
    return DistrictSum(
        indicator=indicator,
        schools=len(present),
        absent=dict(sorted(absent.items())),
        k=None if is_hidden else k,
        n=n,
        same=None if is_hidden else same,
        share=k / n if n and not is_hidden else None,
        hidden_schools=tuple(sorted(hidden)),
        hidden=is_hidden,
    )
