"""Decides which figures about people may leave the school.

Knows the threshold and what can be had from published counts by subtraction. Must not know who reads them.

The rule. A number of people who gave a certain answer, had a certain outcome, or form the base of a figure is
hidden when it is 1..4, and its complement with it. Zero is shown: it counts nobody. Process counts (asked,
answered, paired, lost, meetings, activities) are never hidden. Whatever could give a hidden number back goes
with it: share, interval, bounds, mean, median, the total over both sides. A hidden figure never says whether
it was small itself or protects another. Not covered: what a reader knows from elsewhere, and two releases
compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.feedback.model import (
    AnswerContent,
    ChangeSummary,
    FeedbackSummary,
    Moment,
    OutsideSummary,
    QuestionSummary,
    Side,
)

THRESHOLD = 5


def masked(summary: FeedbackSummary, *, also: frozenset[tuple[str, Side, Moment]] = frozenset()) -> OutsideSummary:
    """The summary as it may leave the school.

    A total over both sides is shown only where every side is: otherwise total minus side gives the other
    side. `also` names answers to hide because of what is published beside, such as a district's sum.
    """
    questions = tuple(_mask_question(row, also) for row in summary.questions)
    return OutsideSummary(
        algorithm=summary.algorithm,
        threshold=THRESHOLD,
        questions=questions,
        totals=tuple(_mask_total(total, questions) for total in summary.totals),
        changes=tuple(_mask_change(change) for change in summary.changes),
    )


def is_small(count: int) -> bool:
    """Whether a count of people is to be hidden: 1..4."""
    return 0 < count < THRESHOLD


def is_group_small(outcomes: Sequence[int]) -> bool:
    """Whether a group of people, counted by outcome, is to be hidden: the group or one outcome holds 1..4."""
    return is_small(sum(outcomes)) or any(is_small(count) for count in outcomes)


def hidden_parts(parts: Mapping[str, Sequence[int]]) -> frozenset[str]:
    """The parts (key -> people by outcome, the same outcomes everywhere) to hide beside the sum of all.

    The small ones, and then as many others, smallest first, as make the sum safe. Then every hidden count has
    two or more values that agree with all that is shown. When even hiding all is not enough, all are returned
    and the sum must be hidden too: ask `is_sum_safe`. Parts that hold nobody are never hidden.
    """
    held = {key: outcomes for key, outcomes in parts.items() if sum(outcomes)}
    hidden = {key for key, outcomes in held.items() if is_group_small(outcomes)}
    for key in sorted(held.keys() - hidden, key=lambda name: (sum(held[name]), name)):
        if is_sum_safe([held[name] for name in hidden]):
            break
        hidden.add(key)
    return frozenset(hidden)


def is_sum_safe(hidden: Sequence[Sequence[int]]) -> bool:
    """Whether the sum of hidden parts may be known: none, or two or more with 5 people in every outcome."""
    return not hidden or (len(hidden) > 1 and all(sum(column) >= THRESHOLD for column in zip(*hidden, strict=True)))


def _mask_question(row: QuestionSummary, also: frozenset[tuple[str, Side, Moment]]) -> QuestionSummary:
    content = row.content
    if content is None or content.distribution is None:
        return row
    is_named = row.side is not None and (row.question, row.side, row.moment) in also
    if is_named or not _is_content_safe(content, content.distribution):
        return replace(row, content=None, hidden=True)
    if any(is_small(count) for count in content.distribution.values()):
        return replace(row, content=replace(content, distribution=None))
    return row


def _is_content_safe(content: AnswerContent, distribution: Mapping[int, int]) -> bool:
    """Base, satisfied, not satisfied; and the distance of all answers from an end of the scale.

    Fewer than `THRESHOLD` points off an end would say that fewer than that many people are off it.
    """
    n = sum(distribution.values())
    points = sum(value * count for value, count in distribution.items())
    off_ends = (max(distribution) * n - points, points - min(distribution) * n)
    satisfied = content.satisfied
    if satisfied is not None and is_group_small((satisfied.k, satisfied.n - satisfied.k)):
        return False
    return not (is_small(n) or any(is_small(points_off) for points_off in off_ends))


def _mask_total(total: QuestionSummary, questions: tuple[QuestionSummary, ...]) -> QuestionSummary:
    sides = [row for row in questions if _place(row) == _place(total)]
    if any(row.hidden for row in sides):
        return replace(total, content=None, hidden=True)
    shown = all(row.content is None or row.content.distribution is not None for row in sides)
    if total.content is None or shown:
        return total
    return replace(total, content=replace(total.content, distribution=None))


def _place(row: QuestionSummary) -> tuple[str, Moment]:
    return row.question, row.moment


def _mask_change(change: ChangeSummary) -> ChangeSummary:
    content = change.content
    if content is None or not is_group_small((content.better, content.same, content.worse)):
        return change
    return replace(change, content=None, significance_impossible=None, hidden=True)
