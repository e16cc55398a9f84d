"""The summary of one programme: counts in, figures out."""

from __future__ import annotations

import random
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical
from shared.feedback.aggregate import ALGORITHM_VERSION, summarise
from shared.feedback.model import (
    AnswerCounts,
    FeedbackSummary,
    Moment,
    PairedCounts,
    Question,
    QuestionSummary,
    SatisfactionRule,
    Side,
)

RESULT = Question("result", 1, 10)
STAY = Question("stay", 0, 1)
RULE = SatisfactionRule("result", 7)


def counts(values: dict[int, int], *, asked: int, side: Side = Side.MENTEE, key: str = "result") -> AnswerCounts:
    return AnswerCounts(key, side, Moment.AFTER, asked, values)


def one(row: AnswerCounts) -> QuestionSummary:
    (summary,) = summarise([RESULT, STAY], [row], rules=[RULE]).questions
    return summary


def test_a_question_is_summed_up_as_by_hand() -> None:
    row = one(counts({4: 1, 6: 1, 7: 2, 9: 3, 10: 1}, asked=10))
    assert (row.asked, row.answered, row.rate) == (10, 8, 0.8)
    assert row.content is not None
    assert row.content.distribution == {1: 0, 2: 0, 3: 0, 4: 1, 5: 0, 6: 1, 7: 2, 8: 0, 9: 3, 10: 1}
    assert row.content.mean == 61 / 8
    assert row.content.median == 8.0  # 4 6 7 7 | 9 9 9 10
    satisfied = row.content.satisfied
    assert satisfied is not None
    assert (satisfied.at_least, satisfied.k, satisfied.n, satisfied.share) == (7, 6, 8, 0.75)
    # Wilson by hand: (6 + z^2/2 -+ z sqrt(6*2/8 + z^2/4)) / (8 + z^2), z^2 = 3.841459
    assert satisfied.wilson.low == pytest.approx(0.4092755, abs=1e-6)
    assert satisfied.wilson.high == pytest.approx(0.9285208, abs=1e-6)
    assert (satisfied.bounds.low, satisfied.bounds.high) == (0.6, 0.8)  # 6 of 10, (6 + 2) of 10


def test_nobody_answering_is_a_printed_result() -> None:
    row = one(counts({}, asked=12))
    assert (row.asked, row.answered, row.rate, row.content, row.hidden) == (12, 0, 0.0, None, False)


def test_nobody_asked_has_no_rate() -> None:
    assert one(counts({}, asked=0)).rate is None


def test_a_question_without_a_rule_has_no_satisfied_share() -> None:
    content = one(counts({0: 3, 1: 9}, asked=12, key="stay")).content
    assert content is not None
    assert content.satisfied is None
    assert content.distribution == {0: 3, 1: 9}


def test_a_question_put_to_both_sides_has_a_total() -> None:
    rows = [counts({8: 6, 3: 2}, asked=9), counts({10: 4, 7: 1}, asked=7, side=Side.MENTOR)]
    (total,) = summarise([RESULT], rows, rules=[RULE]).totals
    assert (total.side, total.asked, total.answered) == (None, 16, 13)
    assert total.content is not None
    assert total.content.mean == (48 + 6 + 40 + 7) / 13
    assert total.content.satisfied is not None
    assert (total.content.satisfied.k, total.content.satisfied.n) == (11, 13)


def test_a_question_put_to_one_side_at_two_moments_has_no_total() -> None:
    before = AnswerCounts("result", Side.MENTEE, Moment.BEFORE, 9, {5: 8})
    assert summarise([RESULT], [before, counts({8: 6}, asked=9)]).totals == ()


@given(st.lists(st.integers(1, 10), min_size=1, max_size=80), st.integers(0, 20))
def test_figures_equal_those_of_the_raw_answers(answers: list[int], silent: int) -> None:
    row = one(counts(dict(Counter(answers)), asked=len(answers) + silent))
    assert row.content is not None
    assert row.content.satisfied is not None
    assert row.content.median == statistics.median(answers)
    satisfied = row.content.satisfied
    assert satisfied.k == sum(answer >= 7 for answer in answers)
    whole = [satisfied.k / row.asked, (satisfied.k + silent) / row.asked]
    assert [satisfied.bounds.low, satisfied.bounds.high] == pytest.approx(whole)
    assert satisfied.bounds.low - 1e-12 <= satisfied.share <= satisfied.bounds.high + 1e-12
    assert satisfied.wilson.low - 1e-12 <= satisfied.share <= satisfied.wilson.high + 1e-12


def paired(pairs: dict[tuple[int, int], int], before_only: int = 0, after_only: int = 0) -> PairedCounts:
    return PairedCounts("result", Side.MENTEE, pairs, before_only, after_only)


def test_before_and_after_is_told_on_paired_people_only() -> None:
    row = paired({(5, 8): 4, (7, 7): 3, (9, 6): 2, (5, 6): 1}, before_only=2, after_only=3)
    (change,) = summarise([RESULT], [], paired=[row]).changes
    assert (change.paired, change.lost, change.before_only, change.after_only) == (10, 5, 2, 3)
    content = change.content
    assert content is not None
    assert (content.better, content.same, content.worse) == (5, 3, 2)
    assert (content.better_share, content.same_share, content.worse_share) == (0.5, 0.3, 0.2)
    # Pratt: zeros take ranks 1-3, the one rank 4, the sixes of size 3 ranks 5-10 (mid-rank 7.5).
    assert content.rank_biserial == pytest.approx((4 + 4 * 7.5 - 2 * 7.5) / (4 + 6 * 7.5))
    assert content.p_method == "exact"
    assert content.shift == 0.5  # 55 Walsh averages; the 28th in order is 0.5
    assert not change.significance_impossible


@pytest.mark.parametrize(
    ("pairs", "impossible"),
    [({(1, 9): 5}, True), ({(1, 9): 6}, False), ({(1, 9): 5, (4, 4): 30}, True), ({}, True)],
)
def test_fewer_than_six_moved_answers_say_that_significance_is_impossible(
    pairs: dict[tuple[int, int], int], *, impossible: bool
) -> None:
    (change,) = summarise([RESULT], [], paired=[paired(pairs)]).changes
    assert change.significance_impossible is impossible
    assert (change.content is None) == (not pairs)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (counts({7: 1}, asked=3, key="alien"), "unknown question"),
        (counts({11: 1}, asked=3), "off the scale 1..10"),
        (counts({0: 1}, asked=3), "off the scale"),
        (counts({7: -1}, asked=3), "negative"),
        (counts({}, asked=-1), "negative"),
        (counts({7: 4}, asked=3), "more answers than people asked"),
    ],
)
def test_counts_that_contradict_each_other_are_refused(row: AnswerCounts, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        summarise([RESULT], [row])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (PairedCounts("alien", Side.MENTOR, {(1, 1): 1}, 0, 0), "unknown question"),
        (paired({(1, 11): 1}), "off the scale"),
        (paired({(1, 1): -1}), "negative"),
        (paired({}, before_only=-1), "negative"),
    ],
)
def test_pairs_that_contradict_each_other_are_refused(row: PairedCounts, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        summarise([RESULT], [], paired=[row])


def test_the_same_row_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        summarise([RESULT], [counts({7: 1}, asked=3)] * 2)
    with pytest.raises(ValueError, match="twice"):
        summarise([RESULT], [], paired=[paired({(1, 1): 1})] * 2)


def _full(order: random.Random) -> FeedbackSummary:
    rows = [
        AnswerCounts(key, side, moment, 20, {0: 3, 1: 8} if key == "stay" else {9: 8, 3: 5, 6: 1})
        for key in ("result", "stay")
        for side in Side
        for moment in Moment
    ]
    pairs = [PairedCounts("result", side, {(3, 4): 2, (9, 1): 3, (5, 5): 4}, 1, 0) for side in Side]
    questions = [STAY, RESULT]
    order.shuffle(rows)
    order.shuffle(pairs)
    order.shuffle(questions)
    return summarise(questions, rows, paired=pairs, rules=[RULE])


def test_the_same_input_in_any_order_gives_the_same_bytes() -> None:
    texts = {canonical(_full(random.Random(seed)).to_json()) for seed in range(20)}
    assert len(texts) == 1
    assert f'"algorithm":"{ALGORITHM_VERSION}"' in texts.pop()


def test_a_million_counted_answers_are_summed_without_listing_them() -> None:
    row = one(counts({1: 400_000, 10: 600_000}, asked=1_200_000))
    assert row.content is not None
    assert row.content.mean == 6.4
    assert row.content.satisfied is not None
    # The normal interval, which Wilson's approaches: 0.6 -+ 1.96 * sqrt(0.24 / 1e6).
    assert row.content.satisfied.wilson.low == pytest.approx(0.5990398, abs=1e-6)
