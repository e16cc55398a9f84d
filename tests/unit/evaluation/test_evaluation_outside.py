"""What leaves the school of its score, and the district's sums shown beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical
from shared.evaluation.model import CRITERIA_KEY, Counted, Effectiveness, Indicator
from shared.evaluation.outside import ABOUT_PEOPLE, district_sums, hidden_in, masked
from shared.evaluation.score import score

RATED = {f"c{number}": 1 for number in range(9)}
WEIGHTS = {CRITERIA_KEY: 0.5, "satisfied_mentees": 0.5}


def school(
    k: int, n: int | None, *, indicator: Indicator = Indicator.SATISFIED_MENTEES, same: int = 0
) -> Effectiveness:
    return score(RATED, [Counted(indicator, k, n, same)], weights=WEIGHTS)


@pytest.mark.parametrize(
    ("k", "n", "hidden"), [(3, 4, True), (27, 30, True), (4, 30, True), (25, 30, False), (30, 30, False)]
)
def test_a_small_count_or_complement_hides_the_component_and_the_composite(k: int, n: int, *, hidden: bool) -> None:
    shown = masked(school(k, n))
    (row,) = [row for row in shown.components if row.key == "satisfied_mentees"]
    assert row.hidden is hidden
    assert (row.k is None) is (row.share is None) is (row.value is None) is (row.interval is None) is hidden
    assert (row.points == 0) is hidden
    assert row.n == n
    assert (shown.composite is None) is hidden


def test_a_hidden_component_without_weight_leaves_the_composite() -> None:
    shown = masked(school(3, 4, indicator=Indicator.GOALS_ATTAINED))
    assert shown.composite is not None
    assert shown.composite.value == pytest.approx(50)


def test_process_counts_are_not_hidden() -> None:
    process = set(Indicator) - ABOUT_PEOPLE
    assert process == {
        Indicator.COVERAGE_MENTEES,
        Indicator.COVERAGE_MENTORS,
        Indicator.COVERAGE_YOUNG_TEACHERS,
        Indicator.ACTIVITIES_IN_TIME,
        Indicator.MEETINGS_HELD,
        Indicator.PAIRS_KEPT,
    }
    for indicator in process:
        assert not any(row.hidden for row in masked(school(1, 3, indicator=indicator)).components)


@pytest.mark.parametrize(
    ("better", "same", "hidden"),
    [(10, 10, False), (18, 10, True), (10, 18, True), (10, 2, True), (3, 20, True)],
)
def test_a_small_number_of_better_same_or_worse_hides_the_move(better: int, same: int, *, hidden: bool) -> None:
    shown = masked(school(better, 30, indicator=Indicator.SHIFT, same=same))
    (row,) = [row for row in shown.components if row.key == "shift"]
    assert row.hidden is hidden
    assert (row.same is None) is hidden


def test_the_district_sums_k_and_n_and_never_averages_shares() -> None:
    sums = district_sums({"a": school(5, 10), "b": school(90, 100), "c": school(7, None)})
    row = {row.indicator: row for row in sums.indicators}[Indicator.SATISFIED_MENTEES]
    assert (row.k, row.n, row.schools, row.absent) == (95, 110, 2, {"no_denominator": 1})
    assert row.share == pytest.approx(95 / 110)  # the mean of 50 % and 90 % would be 70 %
    assert (row.hidden, row.hidden_schools) == (False, ())
    assert sums.schools == 3


def test_one_small_school_takes_another_with_it_so_that_the_sum_can_be_shown() -> None:
    schools = {"a": school(3, 10), "b": school(20, 30), "c": school(50, 70)}
    sums = district_sums(schools)
    row = {row.indicator: row for row in sums.indicators}[Indicator.SATISFIED_MENTEES]
    assert (row.hidden_schools, row.hidden, row.k, row.n) == (("a", "b"), False, 73, 110)
    assert hidden_in(sums, "b") == {"satisfied_mentees"}
    assert hidden_in(sums, "c") == frozenset()
    beside = masked(schools["b"], also=hidden_in(sums, "b"))
    assert [row.k for row in beside.components if row.key == "satisfied_mentees"] == [None]
    assert beside.composite is None


def test_a_single_small_school_hides_the_sum() -> None:
    (row,) = [r for r in district_sums({"a": school(3, 10)}).indicators if r.indicator == "satisfied_mentees"]
    assert (row.hidden, row.k, row.share, row.n, row.hidden_schools) == (True, None, None, 10, ("a",))


def test_process_sums_of_small_schools_are_shown() -> None:
    schools = {key: school(1, 3, indicator=Indicator.PAIRS_KEPT) for key in "ab"}
    (row,) = [r for r in district_sums(schools).indicators if r.indicator is Indicator.PAIRS_KEPT]
    assert (row.k, row.n, row.hidden_schools) == (2, 6, ())


def test_no_school_at_all_is_a_sum_of_nothing() -> None:
    sums = district_sums({})
    assert (sums.schools, {row.share for row in sums.indicators}) == (0, {None})


COUNTS = st.dictionaries(
    st.sampled_from("abcde"),
    st.tuples(st.integers(0, 12), st.integers(0, 12)),
    min_size=1,
)


@given(COUNTS)
def test_the_sum_minus_all_shown_schools_never_gives_a_hidden_school(
    counts: dict[str, tuple[int, int]],
) -> None:
    schools = {key: school(k, k + rest) for key, (k, rest) in counts.items()}
    sums = district_sums(schools)
    (total,) = [row for row in sums.indicators if row.indicator == "satisfied_mentees"]
    shown = {key: masked(one, also=hidden_in(sums, key)) for key, one in schools.items()}
    rows = {key: row for key, one in shown.items() for row in one.components if row.key == "satisfied_mentees"}
    hidden = [key for key, row in rows.items() if row.hidden and counts[key] != (0, 0)]
    if total.k is None or not hidden:
        return
    left = total.k - sum(row.k or 0 for row in rows.values() if not row.hidden)
    sizes = {key: rows[key].n or 0 for key in hidden}
    for key in hidden:
        others = sum(sizes.values()) - sizes[key]
        assert len([k for k in range(sizes[key] + 1) if 0 <= left - k <= others]) > 1


@given(COUNTS)
def test_the_order_of_schools_does_not_matter(counts: dict[str, tuple[int, int]]) -> None:
    schools = {key: school(k, k + rest) for key, (k, rest) in counts.items()}
    turned = dict(reversed(schools.items()))
    assert canonical(district_sums(schools).to_json()) == canonical(district_sums(turned).to_json())


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_masked_score_holds_no_small_count_about_people(k: int, rest: int) -> None:
    for row in masked(school(k, k + rest)).components:
        if row.key in ABOUT_PEOPLE and row.k is not None and row.n:
            assert not any(0 < count < 5 for count in (row.k, row.n - row.k, row.n))


def test_a_masked_score_is_printed_with_its_threshold_and_without_the_hidden_counts() -> None:
    shown = masked(school(27, 30)).to_json()
    assert (shown["threshold"], shown["composite"]) == (5, None)
    assert "27" not in canonical(shown)


def test_a_component_that_does_not_exist_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        school(1, 2).component("luck")
