"""Values of feedback: counts that come in, summaries that go out.

Knows the shapes only. Must not know SQL, the pack's files, names of people, or how a figure is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from shared.canonical import Json, plain


class Side(StrEnum):
    """Who answered."""

    MENTEE = "mentee"
    MENTOR = "mentor"


class Moment(StrEnum):
    """When it was asked: at the start of the work or at its end."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Question:
    """A scale question; answers are whole numbers low..high, more is better (yes/no is 0..1)."""

    key: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SatisfactionRule:
    """An answer of `at_least` or more to `question` counts as satisfied (a rule of the pack)."""

    question: str
    at_least: int


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Answers of one side to one question in one moment: `asked` people, value -> how many gave it."""

    question: str
    side: Side
    moment: Moment
    asked: int
    counts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """People of one side by (before, after) answer to one question; those who answered at one moment only."""

    question: str
    side: Side
    pairs: Mapping[tuple[int, int], int]
    before_only: int
    after_only: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of shares, 0..1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """`k` satisfied of `n` respondents.

    `wilson` is the 95 % interval for the respondents; `bounds` is what the share over everybody asked would
    be had every silent person been dissatisfied (low) or satisfied (high).
    """

    at_least: int
    k: int
    n: int
    share: float
    wilson: Interval
    bounds: Interval


@dataclass(frozen=True, slots=True)
class AnswerContent:
    """What the respondents said. `distribution` spans the whole scale; None where it is hidden."""

    distribution: Mapping[int, int] | None
    median: float
    mean: float
    satisfied: Satisfaction | None


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    """One question, one moment, one side (`side` None: both sides together).

    `content` is None when nobody answered, or, with `hidden`, when it may not leave the school.
    """

    question: str
    side: Side | None
    moment: Moment
    asked: int
    answered: int
    rate: float | None
    content: AnswerContent | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ChangeContent:
    """How paired answers moved; shares are of the pairs.

    `shift` is the Hodges-Lehmann estimate in points of the scale; `p_value` the two-sided signed-rank test
    (`p_method` exact or normal); `rank_biserial` is None when nobody's answer moved.
    """

    better: int
    same: int
    worse: int
    better_share: float
    same_share: float
    worse_share: float
    shift: float
    p_value: float
    p_method: str
    rank_biserial: float | None


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """Before against after on the people who answered both; everybody else is counted as lost.

    `significance_impossible`: fewer than six answers moved (always so below six pairs), so that even when all
    moved one way the two-sided p-value stays above 0.05. None where the content is hidden.
    """

    question: str
    side: Side
    paired: int
    before_only: int
    after_only: int
    lost: int
    content: ChangeContent | None
    significance_impossible: bool | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """Everything, for the school itself. Must not leave it: see `OutsideSummary`."""

    algorithm: str
    questions: tuple[QuestionSummary, ...]
    totals: tuple[QuestionSummary, ...]
    changes: tuple[ChangeSummary, ...]

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))


@dataclass(frozen=True, slots=True)
class OutsideSummary:
    """What may leave the school: process counts in full, answers of fewer than `threshold` people hidden."""

    algorithm: str
    threshold: int
    questions: tuple[QuestionSummary, ...]
    totals: tuple[QuestionSummary, ...]
    changes: tuple[ChangeSummary, ...]

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))
