"""Statistics of counted answers.

Knows formulas over histograms (value -> count). Must not know questions, sides, people, storage or the clock.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from scipy.stats import binomtest, norm

from shared.feedback.model import Interval

CONFIDENCE = 0.95
EXACT_RANK_SUM = 200_000
"""Largest sum of doubled ranks for which the exact distribution is built (about 440 people without zeros)."""

LEAST_MOVED = 6
"""2 / 2**5 = 0.0625 > 0.05: below six moved answers no two-sided sign or signed-rank test reaches 5 %."""


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's signed-rank test on differences: `moved` of them are not zero."""

    moved: int
    p_value: float
    method: str
    rank_biserial: float | None


def wilson(k: int, n: int) -> Interval:
    """Wilson's 95 % interval (1927) for `k` of `n`, without continuity correction; n >= 1, 0 <= k <= n."""
    found = binomtest(k, n).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return Interval(low=max(0.0, float(found.low)), high=min(1.0, float(found.high)))


def mean_of(counts: Mapping[int, int]) -> float:
    """Arithmetic mean of a non-empty histogram, from whole sums (no rounding on the way)."""
    return sum(value * count for value, count in counts.items()) / sum(counts.values())


def median_of(counts: Mapping[int, int]) -> float:
    """Median of a non-empty histogram; between the two middle values when their number is even."""
    total = sum(counts.values())
    if total < 1:
        raise ValueError("a median needs at least one value")
    lower, upper = _value_at(counts, (total - 1) // 2), _value_at(counts, total // 2)
    return (lower + upper) / 2


def _value_at(counts: Mapping[int, int], position: int) -> int:
    values = sorted(counts)
    reached = list(accumulate(counts[value] for value in values))
    return values[bisect_right(reached, position)]


def hodges_lehmann(differences: Mapping[int, int]) -> float:
    """Hodges and Lehmann's (1963) shift: the median of all Walsh averages (d_i + d_j) / 2, i <= j."""
    sums: dict[int, int] = {}
    values = sorted(value for value, count in differences.items() if count)
    for place, one in enumerate(values):
        for other in values[place:]:
            n, m = differences[one], differences[other]
            sums[one + other] = sums.get(one + other, 0) + (n * (n + 1) // 2 if one == other else n * m)
    return median_of(sums) / 2


def signed_rank(differences: Mapping[int, int]) -> SignedRank:
    """Two-sided signed-rank test of a histogram of differences, with ties and zeros.

    Zeros by Pratt (1959): they are ranked, then their ranks are dropped; ties share mid-ranks. The p-value is
    the exact permutation one (every sign of every moved difference equally likely); beyond `EXACT_RANK_SUM`
    the normal one with the same conditional moments, no continuity correction. The matched rank-biserial
    correlation (Kerby 2014) is (W+ - W-) / (W+ + W-) over the same ranks.
    """
    ranks = tuple(_doubled_ranks(differences))
    moved = sum(up + down for _, up, down in ranks)
    plus = sum(rank * up for rank, up, _ in ranks)
    total = plus + sum(rank * down for rank, _, down in ranks)
    if total == 0:
        return SignedRank(moved=0, p_value=1.0, method="exact", rank_biserial=None)
    if total <= EXACT_RANK_SUM:
        p_value, method = _exact_p(ranks, plus, total), "exact"
    else:
        p_value, method = _normal_p(ranks, plus, total), "normal"
    return SignedRank(moved, min(1.0, p_value), method, (2 * plus - total) / total)


def _doubled_ranks(differences: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """For each size of a move: twice its mid-rank, how many went up, how many went down."""
    below = differences.get(0, 0)
    for size in sorted({abs(value) for value, count in differences.items() if value and count}):
        up, down = differences.get(size, 0), differences.get(-size, 0)
        yield 2 * below + up + down + 1, up, down
        below += up + down


def _exact_p(ranks: tuple[tuple[int, int, int], ...], plus: int, total: int) -> float:
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    reach = 0
    for rank, up, down in ranks:
        for _ in range(up + down):
            moved = chances[: reach + 1].copy()
            chances[: reach + 1] *= 0.5
            chances[rank : rank + reach + 1] += 0.5 * moved
            reach += rank
    far = np.abs(2 * np.arange(total + 1) - total) >= abs(2 * plus - total)
    return float(chances[far].sum())


def _normal_p(ranks: tuple[tuple[int, int, int], ...], plus: int, total: int) -> float:
    deviation = math.sqrt(sum(rank * rank * (up + down) for rank, up, down in ranks)) / 2
    return float(2 * norm.sf(abs(plus - total / 2) / deviation))
