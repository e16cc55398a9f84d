"""Each formula against hand-made figures, published tables, brute force or another implementation."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from shared.feedback import statistics as ours

DIFFERENCES = st.lists(st.integers(-9, 9), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, no continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombes_published_table(k: int, n: int, low: float, high: float) -> None:
    found = ours.wilson(k, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_ends_solve_the_score_equation_and_hold_the_share(case: tuple[int, int]) -> None:
    k, n = case
    found = ours.wilson(k, n)
    share = k / n
    assert 0 <= found.low <= share + 1e-12
    assert share - 1e-12 <= found.high <= 1
    for end in (found.low, found.high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(share - end) == pytest.approx(1.959963984540054 * math.sqrt(end * (1 - end) / n), rel=1e-6)


@given(st.lists(st.integers(1, 10), min_size=1, max_size=60))
def test_mean_and_median_of_counts_equal_those_of_the_raw_answers(answers: list[int]) -> None:
    counts = Counter(answers)
    assert ours.median_of(counts) == statistics.median(answers)
    assert ours.mean_of(counts) == pytest.approx(float(Fraction(sum(answers), len(answers))), abs=1e-12)


def test_a_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        ours.median_of({1: 0})


@given(DIFFERENCES)
def test_the_shift_is_the_median_of_all_walsh_averages(differences: list[int]) -> None:
    pairs = itertools.combinations_with_replacement(differences, 2)
    expected = statistics.median((one + other) / 2 for one, other in pairs)
    assert ours.hodges_lehmann(Counter(differences)) == expected


def test_the_shift_of_a_hand_made_case() -> None:
    # Walsh averages of -1, 2, 4: -1, 0.5, 1.5, 2, 3, 4; the middle two are 1.5 and 2.
    assert ours.hodges_lehmann({-1: 1, 2: 1, 4: 1}) == 1.75


def _pratt_by_enumeration(differences: list[int]) -> tuple[float, float | None]:
    """Rank sizes one by one, try every assignment of signs: p-value and rank-biserial correlation."""
    sizes = [abs(value) for value in differences]
    ranks = [Fraction(sum(other < size for other in sizes) * 2 + sizes.count(size) + 1, 2) for size in sizes]
    moved = [(rank, value) for rank, value in zip(ranks, differences, strict=True) if value]
    if not moved:
        return 1.0, None
    centre = sum((rank for rank, _ in moved), Fraction(0)) / 2
    plus = sum((rank for rank, value in moved if value > 0), Fraction(0))
    signs = itertools.product((0, 1), repeat=len(moved))
    sums = [sum((s * rank for s, (rank, _) in zip(sign, moved, strict=True)), Fraction(0)) for sign in signs]
    distance = abs(plus - centre)
    far = sum(abs(total - centre) >= distance for total in sums)
    return far / len(sums), float((2 * plus - 2 * centre) / (2 * centre))


@given(DIFFERENCES)
def test_the_signed_rank_test_equals_full_enumeration_with_ties_and_zeros(differences: list[int]) -> None:
    found = ours.signed_rank(Counter(differences))
    p_value, biserial = _pratt_by_enumeration(differences)
    assert found.method == "exact"
    assert found.p_value == pytest.approx(p_value, abs=1e-12)
    assert found.rank_biserial == (None if biserial is None else pytest.approx(biserial, abs=1e-12))
    assert found.moved == sum(value != 0 for value in differences)


@pytest.mark.parametrize(
    # Critical values of the signed-rank statistic, two-sided 5 % (Wilcoxon 1945 and every later table):
    # the smaller rank sum reaches significance at the value given and not at the next one.
    ("n", "critical"),
    [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (15, 25), (20, 52), (25, 89)],
)
def test_significance_begins_at_the_tables_critical_values(n: int, critical: int) -> None:
    assert ours.signed_rank(_with_minus_sum(n, critical)).p_value <= 0.05
    assert ours.signed_rank(_with_minus_sum(n, critical + 1)).p_value > 0.05


def _with_minus_sum(n: int, wanted: int) -> dict[int, int]:
    """Differences of sizes 1..n without ties whose negative ranks sum to `wanted`."""
    negative = set()
    for rank in range(n, 0, -1):
        if rank <= wanted:
            negative.add(rank)
            wanted -= rank
    return {-rank if rank in negative else rank: 1 for rank in range(1, n + 1)}


@pytest.mark.parametrize("moved", range(1, ours.LEAST_MOVED))
def test_below_six_moved_answers_even_a_unanimous_move_is_not_significant(moved: int) -> None:
    assert ours.signed_rank({3: moved, 0: 100}).p_value == pytest.approx(2 / 2**moved)
    assert ours.signed_rank({3: moved}).p_value > 0.05


def test_six_unanimous_moves_are_significant() -> None:
    assert ours.signed_rank({3: ours.LEAST_MOVED}).p_value == pytest.approx(1 / 32)


def test_many_answers_use_the_normal_approximation_with_ties_and_zeros_as_scipy_does() -> None:
    counts = {-2: 150, -1: 300, 0: 400, 1: 370, 2: 190, 5: 40}
    raw = [value for value, count in counts.items() for _ in range(count)]
    found = ours.signed_rank(counts)
    expected = wilcoxon(raw, zero_method="pratt", correction=False, method="approx")
    assert found.method == "normal"
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-9)


def test_the_exact_and_the_normal_value_are_close_where_both_make_sense() -> None:
    counts = {-2: 20, -1: 30, 0: 40, 1: 50, 3: 25}
    raw = [value for value, count in counts.items() for _ in range(count)]
    expected = wilcoxon(raw, zero_method="pratt", correction=False, method="approx")
    found = ours.signed_rank(counts)
    assert found.method == "exact"
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=0.1)
