"""What leaves the school: fewer than five people are hidden, and nothing published gives them back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical
from shared.feedback.aggregate import summarise
from shared.feedback.masking import THRESHOLD, hidden_parts, is_group_small, is_small, is_sum_safe, masked
from shared.feedback.model import (
    AnswerContent,
    AnswerCounts,
    Moment,
    OutsideSummary,
    PairedCounts,
    Question,
    QuestionSummary,
    SatisfactionRule,
    Side,
)

SCALE = Question("result", 1, 10)
RULE = SatisfactionRule("result", 7)
HISTOGRAMS = st.dictionaries(st.integers(1, 10), st.integers(0, 9), max_size=6)


def outside(mentees: dict[int, int], mentors: dict[int, int] | None = None, silent: int = 0) -> OutsideSummary:
    rows = [
        AnswerCounts("result", side, Moment.AFTER, sum(counts.values()) + silent, counts)
        for side, counts in ((Side.MENTEE, mentees), (Side.MENTOR, mentors))
        if counts is not None
    ]
    return masked(summarise([SCALE], rows, rules=[RULE]))


def row_of(mentees: dict[int, int]) -> QuestionSummary:
    (row,) = outside(mentees, silent=3).questions
    return row


def test_a_group_below_five_is_hidden_and_its_process_counts_are_not() -> None:
    row = row_of({9: 4})
    assert (row.hidden, row.content) == (True, None)
    assert (row.asked, row.answered, row.rate) == (7, 4, 4 / 7)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({9: 5}, False),
        ({9: 20, 3: 1}, True),
        ({9: 20, 3: 4}, True),
        ({9: 20, 3: 5}, False),
        ({9: 4, 3: 20}, True),
        ({10: 6, 9: 1}, True),
        ({10: 6, 9: 5}, False),
        ({10: 12}, False),
        ({1: 9, 2: 3}, True),
        ({}, False),
    ],
)
def test_a_small_share_its_complement_and_answers_near_an_end_are_hidden(
    counts: dict[int, int], *, hidden: bool
) -> None:
    assert row_of(counts).hidden is hidden


def test_single_values_are_hidden_while_the_figures_of_the_whole_group_stay() -> None:
    row = row_of({9: 10, 8: 2, 4: 6})
    assert row.content is not None
    assert row.content.distribution is None
    assert row.content.satisfied is not None
    assert row.content.satisfied.k == 12
    assert row.content.mean == 130 / 18


def test_a_distribution_of_large_groups_is_shown() -> None:
    row = row_of({9: 10, 4: 6})
    assert row.content is not None
    assert row.content.distribution is not None
    assert row.content.distribution[4] == 6


def test_the_total_over_both_sides_goes_when_one_side_is_hidden() -> None:
    shown = outside({9: 20, 4: 10}, {9: 3})
    (total,) = shown.totals
    assert [row.hidden for row in shown.questions] == [False, True]
    assert (total.hidden, total.content, total.answered) == (True, None, 33)


def test_the_total_distribution_goes_when_one_sides_distribution_is_hidden() -> None:
    (total,) = outside({9: 20, 4: 10}, {9: 10, 8: 1, 4: 9}).totals
    assert total.content is not None
    assert total.content.distribution is None
    assert total.content.satisfied is not None


def test_a_silent_side_does_not_hide_the_total() -> None:
    (total,) = outside({9: 20, 4: 10}, {}).totals
    assert total.content is not None
    assert total.content.distribution is not None


def test_answers_named_beside_a_districts_sum_are_hidden_with_their_total() -> None:
    rows = [AnswerCounts("result", side, Moment.AFTER, 30, {9: 20, 4: 10}) for side in Side]
    summary = summarise([SCALE], rows, rules=[RULE])
    shown = masked(summary, also=frozenset({("result", Side.MENTOR, Moment.AFTER)}))
    assert {row.side: row.hidden for row in shown.questions} == {Side.MENTEE: False, Side.MENTOR: True}
    assert shown.totals[0].hidden


@pytest.mark.parametrize(
    ("pairs", "hidden"),
    [
        ({(3, 8): 10, (5, 5): 5, (9, 2): 5}, False),
        ({(3, 8): 10, (5, 5): 5, (9, 2): 4}, True),
        ({(3, 8): 10, (5, 5): 1}, True),
        ({(3, 8): 10}, False),
        ({(3, 8): 4}, True),
    ],
)
def test_moves_of_fewer_than_five_people_are_hidden(pairs: dict[tuple[int, int], int], *, hidden: bool) -> None:
    paired = PairedCounts("result", Side.MENTEE, pairs, 2, 1)
    (change,) = masked(summarise([SCALE], [], paired=[paired])).changes
    assert change.hidden is hidden
    assert (change.content is None) is hidden
    assert (change.significance_impossible is None) is hidden
    assert (change.paired, change.lost) == (sum(pairs.values()), 3)


# --- what a reader can find out ---


def facts(content: AnswerContent | None) -> dict[str, int]:
    """Every count of people that a published content gives, directly or by subtraction from its own base."""
    if content is None:
        return {}
    found: dict[str, int] = {}
    if content.satisfied is not None:
        found["satisfied"] = content.satisfied.k
        found["dissatisfied"] = content.satisfied.n - content.satisfied.k
    for value, count in (content.distribution or {}).items():
        found[str(value)] = count
    return found


@given(HISTOGRAMS, HISTOGRAMS, st.integers(0, 9))
def test_no_published_count_and_no_difference_of_published_counts_is_small(
    mentees: dict[int, int], mentors: dict[int, int], silent: int
) -> None:
    shown = outside(mentees, mentors, silent)
    sides = [facts(row.content) for row in shown.questions]
    totals = [facts(row.content) for row in shown.totals]
    for known in (*sides, *totals):
        assert not any(is_small(count) for count in known.values())
    for whole, part in itertools.product(totals, sides):
        for key in whole.keys() & part.keys():
            assert not is_small(whole[key] - part[key])


@given(HISTOGRAMS, HISTOGRAMS)
def test_a_hidden_side_shows_nothing_of_its_answers(mentees: dict[int, int], mentors: dict[int, int]) -> None:
    shown = outside(mentees, mentors)
    if any(row.hidden for row in shown.questions):
        assert all(row.content is None for row in (*shown.totals, *shown.questions) if row.hidden)
        assert all(row.hidden for row in shown.totals)
    for row in shown.questions:
        assert row.hidden or not is_small(row.answered)


def histograms(n: int, values: int) -> Iterator[tuple[int, ...]]:
    """Every way `n` people can answer on a scale of so many values."""
    for bars in itertools.combinations(range(n + values - 1), values - 1):
        edges = (-1, *bars, n + values - 1)
        yield tuple(right - left - 1 for left, right in itertools.pairwise(edges))


@pytest.mark.parametrize(("n", "at_least"), [(5, 3), (6, 2), (8, 3), (11, 3), (12, 4)])
def test_a_reader_who_tries_every_answer_cannot_tell_a_hidden_satisfied_count(n: int, at_least: int) -> None:
    """Brute force over a scale 1..4: a hidden count has two or more answers that look alike."""
    scale, rule = Question("result", 1, 4), SatisfactionRule("result", at_least)
    alike: dict[str, set[int]] = {}
    for answers in histograms(n, 4):
        counts = dict(enumerate(answers, start=1))
        row = AnswerCounts("result", Side.MENTEE, Moment.AFTER, n + 2, counts)
        published = canonical(masked(summarise([scale], [row], rules=[rule])).to_json())
        alike.setdefault(published, set()).add(sum(answers[at_least - 1 :]))
    for satisfied in alike.values():
        assert len(satisfied) > 1 or not any(is_small(k) or is_small(n - k) for k in satisfied)


PARTS = st.dictionaries(
    st.sampled_from("ABCDE"), st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=5
)


def agreeing(parts: Mapping[str, Sequence[int]], hidden: frozenset[str], key: str) -> set[int]:
    """Counts the hidden part `key` may have, given all group sizes, the shown parts and the sum."""
    others = [sum(parts[name]) for name in hidden if name != key]
    total = sum(parts[name][0] for name in hidden)
    size = sum(parts[key])
    return {k for k in range(size + 1) if 0 <= total - k <= sum(others)}


@given(PARTS)
def test_a_hidden_part_cannot_be_had_from_the_sum_and_the_shown_parts(
    parts: dict[str, tuple[int, int]],
) -> None:
    hidden = hidden_parts(parts)
    assert all(key in hidden for key, outcomes in parts.items() if is_group_small(outcomes))
    if is_sum_safe([parts[key] for key in hidden]):
        assert all(len(agreeing(parts, hidden, key)) > 1 for key in hidden)
    else:
        assert hidden == {key for key, outcomes in parts.items() if sum(outcomes)}


def test_one_small_part_takes_the_smallest_other_with_it() -> None:
    parts = {"A": (3, 20), "B": (15, 15), "C": (8, 9), "D": (30, 40)}
    assert hidden_parts(parts) == {"A", "C"}
    assert is_sum_safe([parts["A"], parts["C"]])


def test_nothing_is_hidden_where_nothing_is_small_and_empty_parts_never_are() -> None:
    assert hidden_parts({"A": (5, 5), "B": (0, 9), "C": (0, 0)}) == frozenset()
    assert hidden_parts({"A": (2, 5), "B": (6, 9), "C": (0, 0)}) == {"A", "B"}


def test_one_small_part_alone_hides_the_sum() -> None:
    assert hidden_parts({"A": (2, 1)}) == {"A"}
    assert not is_sum_safe([(2, 1)])


def test_a_unanimous_sum_would_give_its_parts_away() -> None:
    parts = {"A": (1, 0), "B": (20, 0)}
    assert hidden_parts(parts) == {"A", "B"}
    assert not is_sum_safe(list(parts.values()))


@given(PARTS)
def test_the_choice_does_not_depend_on_the_order_of_the_parts(parts: dict[str, tuple[int, int]]) -> None:
    assert hidden_parts(dict(reversed(parts.items()))) == hidden_parts(parts)


def test_the_threshold_is_printed() -> None:
    assert outside({9: 5}).to_json()["threshold"] == THRESHOLD == 5
