"""The score of one programme: nine criteria, indicators from data, a composite that prints its weights."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical
from shared.evaluation.model import CRITERIA_KEY, Absence, Counted, Effectiveness, Indicator
from shared.evaluation.score import ALGORITHM_VERSION, score

ALL_TWO = {f"c{number}": 2 for number in range(1, 10)}
COUNTED = [
    Counted(Indicator.COVERAGE_MENTEES, 40, 400),
    Counted(Indicator.COVERAGE_MENTORS, 6, 120),
    Counted(Indicator.COVERAGE_YOUNG_TEACHERS, 2, 4),
    Counted(Indicator.ACTIVITIES_IN_TIME, 18, 22),
    Counted(Indicator.MEETINGS_HELD, 150, 200),
    Counted(Indicator.PAIRS_KEPT, 35, 40),
    Counted(Indicator.SATISFIED_MENTEES, 24, 32),
    Counted(Indicator.SATISFIED_MENTORS, 15, 20),
    Counted(Indicator.GOALS_ATTAINED, 20, 40),
    Counted(Indicator.SHIFT, 12, 30, same=10),
]


def ratings(total: int) -> dict[str, int]:
    """Nine ratings with the given sum."""
    return {f"c{number}": min(2, max(0, total - 2 * number)) for number in range(9)}


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, "low"), (8, "low"), (9, "acceptable"), (14, "acceptable"), (15, "optimal"), (18, "optimal")],
)
def test_the_sum_of_nine_criteria_falls_into_its_band(total: int, band: str) -> None:
    criteria = score(ratings(total), [], weights={}).criteria
    assert (criteria.total, criteria.maximum, criteria.rated, criteria.band) == (total, 18, 9, band)


def test_eight_ratings_have_a_sum_and_no_band() -> None:
    eight = dict.fromkeys(list(ALL_TWO)[:8], 2)
    found = score(eight, [], weights={CRITERIA_KEY: 1})
    assert (found.criteria.total, found.criteria.rated, found.criteria.band) == (16, 8, None)
    assert found.component(CRITERIA_KEY).absent is Absence.NOT_ALL_RATED
    assert found.composite.value is None


@pytest.mark.parametrize(
    ("indicator", "share", "value"),
    [
        (Indicator.COVERAGE_MENTEES, 0.1, 0.1),
        (Indicator.COVERAGE_MENTORS, 0.05, 0.05),
        (Indicator.COVERAGE_YOUNG_TEACHERS, 0.5, 0.5),
        (Indicator.ACTIVITIES_IN_TIME, 9 / 11, 9 / 11),
        (Indicator.MEETINGS_HELD, 0.75, 0.75),
        (Indicator.PAIRS_KEPT, 0.875, 0.875),
        (Indicator.SATISFIED_MENTEES, 0.75, 0.75),
        (Indicator.SATISFIED_MENTORS, 0.75, 0.75),
        (Indicator.GOALS_ATTAINED, 0.5, 0.5),
        (Indicator.SHIFT, 0.4, 17 / 30),
    ],
)
def test_each_indicator_shows_its_share_and_what_enters_the_composite(
    indicator: Indicator, share: float, value: float
) -> None:
    found = score(ALL_TWO, COUNTED, weights={}).component(indicator)
    given_counts = next(row for row in COUNTED if row.indicator is indicator)
    assert (found.k, found.n) == (given_counts.k, given_counts.n)
    assert found.share == pytest.approx(share)
    assert found.value == pytest.approx(value)
    assert found.absent is None


def test_only_shares_of_those_who_answered_carry_an_interval() -> None:
    found = score({}, COUNTED, weights={})
    with_interval = {row.key for row in found.components if row.interval is not None}
    assert with_interval == {Indicator.SATISFIED_MENTEES, Indicator.SATISFIED_MENTORS}
    interval = found.component(Indicator.SATISFIED_MENTEES).interval
    assert interval is not None
    # Wilson for 24 of 32 by hand: (25.92073 -+ 1.959964 sqrt(6 + 0.9603647)) / 35.841459
    assert interval.low == pytest.approx(0.578943, abs=1e-5)
    assert interval.high == pytest.approx(0.867485, abs=1e-5)


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (Counted(Indicator.COVERAGE_MENTEES, 40, None), Absence.NO_DENOMINATOR),
        (Counted(Indicator.COVERAGE_YOUNG_TEACHERS, 0, 0), Absence.EMPTY_DENOMINATOR),
        (Counted(Indicator.COVERAGE_MENTEES, 41, 40), Absence.EXCEEDS_DENOMINATOR),
        (Counted(Indicator.SHIFT, 6, 10, same=5), Absence.EXCEEDS_DENOMINATOR),
        (Counted(Indicator.GOALS_ATTAINED, None, None), Absence.NO_DATA),
    ],
)
def test_an_indicator_without_a_sound_denominator_is_absent_with_the_reason(counted: Counted, reason: Absence) -> None:
    found = score({}, [counted], weights={counted.indicator.value: 1}).component(counted.indicator)
    assert (found.absent, found.share, found.value, found.points) == (reason, None, None, 0)
    assert (found.k, found.n) == (counted.k, counted.n)


def test_an_indicator_nobody_counted_is_absent_not_zero() -> None:
    assert score({}, [], weights={}).component(Indicator.MEETINGS_HELD).absent is Absence.NO_DATA


def test_meetings_beyond_the_plan_are_shown_and_earn_no_more_than_the_plan() -> None:
    found = score({}, [Counted(Indicator.MEETINGS_HELD, 30, 20)], weights={}).component(Indicator.MEETINGS_HELD)
    assert (found.share, found.value) == (1.5, 1.0)


def test_as_many_better_as_worse_stands_in_the_middle() -> None:
    found = score({}, [Counted(Indicator.SHIFT, 7, 20, same=6)], weights={})
    assert found.component(Indicator.SHIFT).value == 0.5


def test_the_composite_is_the_weighted_mean_with_its_weights_printed() -> None:
    weights = {CRITERIA_KEY: 2.0, "meetings_held": 1.0, "pairs_kept": 1.0}
    found = score(ratings(9), COUNTED, weights=weights)
    # 2/4 * 9/18 + 1/4 * 0.75 + 1/4 * 0.875 = 0.65625
    assert found.composite.value == pytest.approx(65.625)
    assert found.composite.effective_weights == {
        CRITERIA_KEY: 0.5,
        "meetings_held": 0.25,
        "pairs_kept": 0.25,
    }
    assert found.composite.weights[CRITERIA_KEY] == 2.0
    assert not found.composite.renormalised
    assert found.component("meetings_held").points == pytest.approx(18.75)


def test_the_weight_of_an_absent_component_is_shared_out_and_said_so() -> None:
    weights = {CRITERIA_KEY: 0.5, "meetings_held": 0.25, "coverage_mentees": 0.25}
    counted = [Counted(Indicator.MEETINGS_HELD, 15, 20), Counted(Indicator.COVERAGE_MENTEES, 40, None)]
    found = score(ALL_TWO, counted, weights=weights).composite
    assert found.value == pytest.approx(100 * (2 / 3 * 1 + 1 / 3 * 0.75))
    assert found.effective_weights == {
        CRITERIA_KEY: pytest.approx(2 / 3),
        "meetings_held": pytest.approx(1 / 3),
    }
    assert (found.renormalised, found.absent) == (True, ("coverage_mentees",))


def test_without_any_weighted_component_there_is_no_composite() -> None:
    assert score(ALL_TWO, COUNTED, weights={}).composite.value is None
    assert score({}, [], weights={"meetings_held": 1}).composite.value is None


@pytest.mark.parametrize(
    ("ratings_given", "counted", "weights", "words"),
    [
        ({"c1": 3}, [], {}, "a rating is 0..2"),
        ({"c1": -1}, [], {}, "a rating is 0..2"),
        ({str(number): 1 for number in range(10)}, [], {}, "9 criteria, 10"),
        ({}, [], {"luck": 1.0}, "unknown components: luck"),
        ({}, [], {CRITERIA_KEY: -1.0}, "at least 0"),
        ({}, [], {CRITERIA_KEY: float("nan")}, "at least 0"),
        ({}, [COUNTED[0], COUNTED[0]], {}, "counted twice"),
        ({}, [Counted(Indicator.MEETINGS_HELD, -1, 3)], {}, "negative"),
    ],
)
def test_input_that_cannot_be_is_refused(
    ratings_given: dict[str, int], counted: list[Counted], weights: dict[str, float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        score(ratings_given, counted, weights=weights)


KEYS = st.sampled_from([CRITERIA_KEY, *(key.value for key in Indicator)])
SHARES = st.integers(0, 50).flatmap(lambda n: st.tuples(st.none() | st.integers(0, n), st.none() | st.just(n)))


@given(
    st.dictionaries(st.sampled_from(list(Indicator)), SHARES),
    st.dictionaries(KEYS, st.floats(0, 10)),
    st.integers(0, 18),
)
def test_the_composite_lies_between_its_components_and_its_points_add_up(
    shares: dict[Indicator, tuple[int | None, int | None]], weights: dict[str, float], total: int
) -> None:
    counted = [Counted(key, k, n) for key, (k, n) in shares.items()]
    found = score(ratings(total), counted, weights=weights)
    counting = [row for row in found.components if row.effective_weight > 0]
    assert all(row.value is None or 0 <= row.value <= 1 for row in found.components)
    if found.composite.value is None:
        assert not counting
        return
    values = [row.value for row in counting if row.value is not None]
    assert sum(row.effective_weight for row in counting) == pytest.approx(1)
    assert 100 * min(values) - 1e-9 <= found.composite.value <= 100 * max(values) + 1e-9
    assert sum(row.points for row in found.components) == pytest.approx(found.composite.value)


def _shuffled(seed: int) -> Effectiveness:
    order = random.Random(seed)
    counted, weights = list(COUNTED), [(row.indicator.value, 0.1) for row in COUNTED]
    rated = list(ratings(11).items())
    order.shuffle(counted)
    order.shuffle(weights)
    order.shuffle(rated)
    return score(dict(rated), counted, weights=dict(weights))


def test_the_same_input_in_any_order_gives_the_same_bytes() -> None:
    texts = {canonical(_shuffled(seed).to_json()) for seed in range(20)}
    assert len(texts) == 1
    assert f'"algorithm":"{ALGORITHM_VERSION}"' in texts.pop()
