"""Aggregates counted answers into the feedback summary of one programme.

Knows questions, sides, moments and the satisfaction rules. Must not know SQL, the pack's files, people or the
clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.feedback.model import (
    AnswerContent,
    AnswerCounts,
    ChangeContent,
    ChangeSummary,
    FeedbackSummary,
    Interval,
    Moment,
    PairedCounts,
    Question,
    QuestionSummary,
    Satisfaction,
    SatisfactionRule,
    Side,
)
from shared.feedback.statistics import (
    LEAST_MOVED,
    hodges_lehmann,
    mean_of,
    median_of,
    signed_rank,
    wilson,
)

ALGORITHM_VERSION = "feedback-1"


def summarise(
    questions: Iterable[Question],
    counts: Iterable[AnswerCounts],
    *,
    paired: Iterable[PairedCounts] = (),
    rules: Iterable[SatisfactionRule] = (),
) -> FeedbackSummary:
    """The summary of counted answers; nobody answering is a valid result, not an error.

    Raises ValueError, naming question and side but no person, for counts that contradict each other: an
    unknown question, a value off the scale, a negative count, more answers than people asked, the same row
    twice.
    """
    scales = {question.key: question for question in questions}
    thresholds = {rule.question: rule.at_least for rule in rules}
    rows = sorted(counts, key=lambda row: (row.question, row.moment, row.side))
    pairs = sorted(paired, key=lambda row: (row.question, row.side))
    _refuse_repeats([(row.question, row.moment, row.side) for row in rows])
    _refuse_repeats([(row.question, row.side) for row in pairs])
    for row in rows:
        _check_counts(row, scales)
    return FeedbackSummary(
        algorithm=ALGORITHM_VERSION,
        questions=tuple(_of_side(row, scales, thresholds) for row in rows),
        totals=tuple(_totals(rows, scales, thresholds)),
        changes=tuple(_change(row, scales) for row in pairs),
    )


def _refuse_repeats(keys: Sequence[tuple[str, ...]]) -> None:
    if len(set(keys)) != len(keys):
        raise ValueError("the same question, moment and side is counted twice")


def _check_counts(row: AnswerCounts, scales: Mapping[str, Question]) -> None:
    place = f"question {row.question!r}, {row.moment}, {row.side}"
    scale = scales.get(row.question)
    if scale is None:
        raise ValueError(f"{place}: unknown question")
    if any(not scale.low <= value <= scale.high for value in row.counts):
        raise ValueError(f"{place}: an answer is off the scale {scale.low}..{scale.high}")
    if row.asked < 0 or any(count < 0 for count in row.counts.values()):
        raise ValueError(f"{place}: a count is negative")
    if sum(row.counts.values()) > row.asked:
        raise ValueError(f"{place}: more answers than people asked")


def _of_side(row: AnswerCounts, scales: Mapping[str, Question], thresholds: Mapping[str, int]) -> QuestionSummary:
    return _summary(
        scales[row.question],
        row.counts,
        side=row.side,
        moment=row.moment,
        asked=row.asked,
        at_least=thresholds.get(row.question),
    )


def _totals(
    rows: Sequence[AnswerCounts], scales: Mapping[str, Question], thresholds: Mapping[str, int]
) -> Iterable[QuestionSummary]:
    """Both sides together, for each question and moment that was put to more than one side."""
    groups: dict[tuple[str, Moment], list[AnswerCounts]] = {}
    for row in rows:
        groups.setdefault((row.question, row.moment), []).append(row)
    for (key, moment), group in groups.items():
        if len(group) < 2:
            continue
        together: dict[int, int] = {}
        for row in group:
            for value, count in row.counts.items():
                together[value] = together.get(value, 0) + count
        asked = sum(row.asked for row in group)
        yield _summary(scales[key], together, side=None, moment=moment, asked=asked, at_least=thresholds.get(key))


def _summary(
    question: Question,
    counts: Mapping[int, int],
    *,
    side: Side | None,
    moment: Moment,
    asked: int,
    at_least: int | None,
) -> QuestionSummary:
    distribution = {value: counts.get(value, 0) for value in range(question.low, question.high + 1)}
    answered = sum(distribution.values())
    content = None
    if answered:
        content = AnswerContent(
            distribution=distribution,
            median=median_of(distribution),
            mean=mean_of(distribution),
            satisfied=None if at_least is None else _satisfaction(distribution, asked, at_least),
        )
    rate = answered / asked if asked else None
    return QuestionSummary(question.key, side, moment, asked, answered, rate, content)


def _satisfaction(distribution: Mapping[int, int], asked: int, at_least: int) -> Satisfaction:
    n = sum(distribution.values())
    k = sum(count for value, count in distribution.items() if value >= at_least)
    bounds = Interval(low=k / asked, high=(k + asked - n) / asked)
    return Satisfaction(at_least=at_least, k=k, n=n, share=k / n, wilson=wilson(k, n), bounds=bounds)


def _change(row: PairedCounts, scales: Mapping[str, Question]) -> ChangeSummary:
    _check_pairs(row, scales)
    differences: dict[int, int] = {}
    for (before, after), count in row.pairs.items():
        differences[after - before] = differences.get(after - before, 0) + count
    paired = sum(differences.values())
    moved = paired - differences.get(0, 0)
    return ChangeSummary(
        question=row.question,
        side=row.side,
        paired=paired,
        before_only=row.before_only,
        after_only=row.after_only,
        lost=row.before_only + row.after_only,
        content=_change_content(differences, paired) if paired else None,
        significance_impossible=moved < LEAST_MOVED,
    )


def _check_pairs(row: PairedCounts, scales: Mapping[str, Question]) -> None:
    place = f"question {row.question!r}, before and after, {row.side}"
    scale = scales.get(row.question)
    if scale is None:
        raise ValueError(f"{place}: unknown question")
    if any(not scale.low <= value <= scale.high for pair in row.pairs for value in pair):
        raise ValueError(f"{place}: an answer is off the scale {scale.low}..{scale.high}")
    if min(row.before_only, row.after_only, *row.pairs.values(), 0) < 0:
        raise ValueError(f"{place}: a count is negative")


def _change_content(differences: Mapping[int, int], paired: int) -> ChangeContent:
    better = sum(count for difference, count in differences.items() if difference > 0)
    same = differences.get(0, 0)
    worse = paired - better - same
    test = signed_rank(differences)
    return ChangeContent(
        better=better,
        same=same,
        worse=worse,
        better_share=better / paired,
        same_share=same / paired,
        worse_share=worse / paired,
        shift=hodges_lehmann(differences),
        p_value=test.p_value,
        p_method=test.method,
        rank_biserial=test.rank_biserial,
    )
