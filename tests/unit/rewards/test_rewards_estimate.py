"""Shrinkage and spread against hand-made figures, textbook designs and simulation."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rewards.estimate import lower, shrunken, spread_of_means, spread_of_shares, value_of
from shared.rewards.model import Evidence, Ratings, Spread

SHARES = st.lists(
    st.integers(1, 40).flatmap(lambda n: st.builds(Evidence, st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=8,
)


def test_the_spread_of_three_shares_as_by_hand() -> None:
    # p = 15/30 = 1/2; S = 10 (0.16 + 0 + 0.16) = 3.2; rho = (3.2 / 0.25 - 2) / (30 - 10 - 2) = 10.8 / 18.
    found = spread_of_shares("x", [Evidence(9, 10), Evidence(5, 10), Evidence(1, 10)])
    assert found.pooled == 0.5
    assert found.rho == pytest.approx(0.6)
    assert found.strength == pytest.approx(2 / 3)


def test_the_spread_of_unequal_sizes_as_by_hand() -> None:
    shares = [(30, 30), (10, 20), (5, 10)]
    p = Fraction(45, 60)
    squares = sum((n * (Fraction(k, n) - p) ** 2 for k, n in shares), Fraction(0))
    rho = (squares / (p * (1 - p)) - 2) / (60 - Fraction(900 + 400 + 100, 60) - 2)
    found = spread_of_shares("x", [Evidence(k, n) for k, n in shares])
    assert found.rho == pytest.approx(float(rho))


@pytest.mark.parametrize(
    "shares",
    [
        [(5, 10), (5, 10), (5, 10)],  # the same share
        [(9, 20), (10, 20), (11, 20)],  # less apart than chance alone would put them
        [(10, 10), (20, 20)],  # everybody at the top
        [(0, 10), (0, 20)],
        [(1, 1), (0, 1)],  # one case each
    ],
)
def test_figures_that_chance_explains_have_no_spread(shares: list[tuple[int, int]]) -> None:
    found = spread_of_shares("x", [Evidence(k, n) for k, n in shares])
    assert (found.rho, found.strength) == (0.0, None)


def test_moments_find_the_correlation_that_made_the_figures() -> None:
    draw = random.Random(428)
    shares = []
    for _ in range(3000):
        chance, n = draw.betavariate(6, 2), draw.randint(5, 30)
        shares.append(Evidence(sum(draw.random() < chance for _ in range(n)), n))
    found = spread_of_shares("x", shares)
    assert found.pooled == pytest.approx(0.75, abs=0.01)
    assert found.rho == pytest.approx(1 / 9, abs=0.01)  # 1 / (6 + 2 + 1)


def test_a_share_is_drawn_towards_the_list_the_more_the_less_it_rests_on() -> None:
    among = Spread("x", pooled=0.5, rho=0.1, strength=9.0)
    assert shrunken(Evidence(1, 1), among) == pytest.approx(5.5 / 10)
    assert shrunken(Evidence(81, 81), among) == pytest.approx(85.5 / 90)


def test_without_a_spread_every_estimate_is_the_lists_share() -> None:
    among = Spread("x", pooled=0.7, rho=0.0, strength=None)
    assert lower(Evidence(9, 10), among) == 0.7
    assert shrunken(Evidence(9, 10), among) == 0.7


def test_with_nothing_but_spread_the_share_stands_as_it_is() -> None:
    among = spread_of_shares("x", [Evidence(10, 10), Evidence(0, 10)])
    assert (among.rho, among.strength) == (1.0, 0.0)
    assert shrunken(Evidence(10, 10), among) == 1.0


@given(SHARES)
def test_a_shrunken_share_lies_between_the_mentors_and_the_lists(shares: list[Evidence]) -> None:
    among = spread_of_shares("x", shares)
    assert 0 <= among.rho <= 1
    for share in shares:
        ends = sorted((share.k / share.n, among.pooled))
        assert ends[0] - 1e-12 <= shrunken(share, among) <= ends[1] + 1e-12
        assert 0 <= lower(share, among) <= max(ends) + 1e-12


def ratings(*values: float) -> Ratings:
    return Ratings(values, low=0, high=10)


def test_the_spread_of_means_as_by_hand() -> None:
    # Means 0.8, 0.5, 0.2 on the 0..1 scale; inside 3 x 0.02, within = 0.06 / 3 = 0.02;
    # squares 2 (0.09 + 0.09) = 0.36; between = (0.36 - 2 x 0.02) / (6 - 12 / 6) = 0.08; rho = 0.08 / 0.1.
    found = spread_of_means("x", [ratings(7, 9), ratings(4, 6), ratings(1, 3)])
    assert found.pooled == pytest.approx(0.5)
    assert found.within == pytest.approx(0.02)
    assert found.rho == pytest.approx(0.8)
    assert found.strength == pytest.approx(0.25)
    best = ratings(7, 9)
    assert shrunken(best, found) == pytest.approx((1.6 + 0.125) / 2.25)
    # posterior deviation sqrt(0.02 / 2.25) = 0.0942809
    assert lower(best, found) == pytest.approx(0.7666667 - 1.959964 * 0.0942809, abs=1e-6)


@pytest.mark.parametrize(
    "rated",
    [
        [ratings(9), ratings(2)],  # one rating each: chance cannot be told from difference
        [ratings(1, 9), ratings(2, 8), ratings(1, 10)],
        [ratings(10, 10), ratings(10, 10)],
    ],
)
def test_means_that_chance_explains_have_no_spread(rated: list[Ratings]) -> None:
    found = spread_of_means("x", rated)
    assert (found.rho, found.strength) == (0.0, None)
    assert lower(rated[0], found) == found.pooled


def test_moments_find_the_variances_that_made_the_ratings() -> None:
    draw = random.Random(428)
    rated = []
    for _ in range(2000):
        centre = draw.gauss(0, 1)
        values = tuple(centre + draw.gauss(0, 2) for _ in range(draw.randint(2, 9)))
        rated.append(Ratings(values, low=-50, high=50))
    found = spread_of_means("x", rated)
    assert found.rho == pytest.approx(1 / 5, abs=0.02)  # 1 / (1 + 4)
    assert found.within is not None
    assert found.within * 100**2 == pytest.approx(4, abs=0.15)


def test_a_mean_is_read_on_its_own_scale() -> None:
    assert value_of(Ratings((1, 10, 10), low=1, high=10)) == pytest.approx(2 / 3)
