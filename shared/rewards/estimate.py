"""Estimates a mentor's share or mean from little evidence.

Knows shares `k` of `n`, ratings, and how far a group of them differs. Must not know weights, places or
people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.stats import norm

from shared.feedback.statistics import CONFIDENCE, wilson
from shared.rewards.model import Evidence, Ratings, Spread

NO_SPREAD = 1e-9
"""A rho below this is rounding, not a difference."""


def size_of(evidence: Evidence | Ratings) -> int:
    """Cases the evidence rests on."""
    return evidence.n if isinstance(evidence, Evidence) else len(evidence.values)


def value_of(evidence: Evidence | Ratings) -> float:
    """The share, or the mean rescaled so that the scale runs 0..1; at least one case."""
    return (
        evidence.k / evidence.n if isinstance(evidence, Evidence) else math.fsum(_scaled(evidence)) / size_of(evidence)
    )


def spread_of_shares(key: str, shares: Sequence[Evidence]) -> Spread:
    """How far two or more shares differ beyond chance: moments with weights n_i (Kleinman 1973).

    With p = sum k / sum n, N = sum n, m shares and S = sum n_i (p_i - p)^2, the beta-binomial model has
    E[S] = p (1 - p) ((m - 1)(1 - rho) + rho (N - sum n_i^2 / N)); solved for rho, kept within 0..1.
    """
    total = sum(share.n for share in shares)
    pooled = sum(share.k for share in shares) / total
    squares = math.fsum(share.n * (share.k / share.n - pooled) ** 2 for share in shares)
    degrees = len(shares) - 1
    room = total - sum(share.n**2 for share in shares) / total - degrees
    if pooled in (0.0, 1.0) or room <= 0:
        return Spread(key, pooled, 0.0, None)
    return _spread(key, pooled, (squares / (pooled * (1 - pooled)) - degrees) / room)


def spread_of_means(key: str, ratings: Sequence[Ratings]) -> Spread:
    """How far two or more means differ beyond chance: one-way random effects by moments (ANOVA estimator).

    within = sum of squares inside mentors / (N - m); between = (sum n_i (x_i - x)^2 - (m - 1) within) /
    (N - sum n_i^2 / N); rho = between / (between + within). Where every mentor has one rating, chance cannot
    be told from difference, and no spread is found.
    """
    sizes = [size_of(row) for row in ratings]
    means = [value_of(row) for row in ratings]
    total, degrees = sum(sizes), len(ratings) - 1
    pooled = math.fsum(n * mean for n, mean in zip(sizes, means, strict=True)) / total
    if total == len(ratings):
        return Spread(key, pooled, 0.0, None)
    inside = math.fsum((x - mean) ** 2 for row, mean in zip(ratings, means, strict=True) for x in _scaled(row))
    within = inside / (total - len(ratings))
    squares = math.fsum(n * (mean - pooled) ** 2 for n, mean in zip(sizes, means, strict=True))
    between = (squares - degrees * within) / (total - sum(n**2 for n in sizes) / total)
    if between <= NO_SPREAD:
        return Spread(key, pooled, 0.0, None, within)
    return _spread(key, pooled, between / (between + within), within)


def shrunken(evidence: Evidence | Ratings, among: Spread) -> float:
    """Posterior mean (n x + M p) / (n + M), prior strength M; the pooled value p where there is no spread."""
    if among.strength is None:
        return among.pooled
    n = size_of(evidence)
    return (n * value_of(evidence) + among.strength * among.pooled) / (n + among.strength)


def lower(evidence: Evidence | Ratings, among: Spread) -> float:
    """What is ranked, 0..1: a lower 2.5 % bound; the pooled value where there is no spread.

    A share by the mentor's own Wilson interval: the beta posterior's quantile would put 2 of 2 above 45 of 50
    as soon as the others differ much, for its prior then weighs next to nothing. A mean by the normal
    posterior, variance within / (n + M).
    """
    if among.strength is None:
        return among.pooled
    if isinstance(evidence, Evidence):
        return wilson(evidence.k, evidence.n).low
    variance = (among.within or 0.0) / (size_of(evidence) + among.strength)
    margin = float(norm.ppf((1 + CONFIDENCE) / 2)) * math.sqrt(variance)
    return max(0.0, shrunken(evidence, among) - margin)


def _spread(key: str, pooled: float, rho: float, within: float | None = None) -> Spread:
    rho = min(1.0, rho)
    if rho <= NO_SPREAD:
        return Spread(key, pooled, 0.0, None, within)
    return Spread(key, pooled, rho, (1 - rho) / rho, within)


def _scaled(ratings: Ratings) -> list[float]:
    return [(value - ratings.low) / (ratings.high - ratings.low) for value in sorted(ratings.values)]
