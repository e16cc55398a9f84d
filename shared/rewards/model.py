"""Values of the reward list: frozen rules and evidence that come in, explained places that go out.

Knows the shapes only. Must not know SQL, the pack's files, names of people, or how a place is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from shared.canonical import Json, plain
from shared.feedback.model import Interval

SATISFIED = "mentees_satisfied"
HELD = "meetings_held"
"""The component that is counted from meetings: held after the first training, of those planned."""
GOALS = "goals_attained"
RELATIONSHIP = "relationship"


class Group(StrEnum):
    """Mentors ranked together. Teachers and pupils are never in one list."""

    TEACHERS = "teachers"
    PUPILS = "pupils"


class TieRule(StrEnum):
    """What equal scores get: the same place, and the next place skips the shared ones (1, 2, 2, 4) or not."""

    SHARED_PLACE = "shared_place"
    DENSE_PLACE = "dense_place"


class Kind(StrEnum):
    """What a component is: `k` of `n` cases, or the mean of ratings on a scale."""

    SHARE = "share"
    MEAN = "mean"


class Outcome(StrEnum):
    """What a list says. Each is a valid list."""

    RANKED = "ranked"
    NO_DIFFERENCE = "no_difference"  # the figures do not tell the mentors apart: «различий нет»
    TOO_FEW = "too_few"  # one mentor only: nobody to compare with
    NOBODY = "nobody"  # «никого»


class Shortage(StrEnum):
    """Why a mentor's evidence is not enough."""

    MEETINGS = "meetings"  # fewer counted meetings than the rules ask
    EVIDENCE = "evidence"  # a component rests on fewer cases than the rules ask


@dataclass(frozen=True, slots=True)
class RuleComponent:
    """What counts: its weight (> 0) and the least `n` it may rest on (1 at the very least)."""

    key: str
    weight: float
    minimum_evidence: int
    kind: Kind = Kind.SHARE


@dataclass(frozen=True, slots=True)
class RewardRules:
    """Rules frozen before the results are known; `places` is the last rewarded place."""

    components: tuple[RuleComponent, ...]
    minimum_meetings: int
    places: int
    tie_rule: TieRule = TieRule.SHARED_PLACE


@dataclass(frozen=True, slots=True)
class Evidence:
    """`k` of `n`."""

    k: int
    n: int


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings on a scale low..high, one value for each person who rated the mentor, in any order."""

    values: tuple[float, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Meetings:
    """Meetings of a mentor: `planned`, all `held`, and of these `before_training`, which do not count."""

    planned: int
    held: int
    before_training: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mentor with the evidence for each component of the rules but the meetings; `mentor` is an id."""

    mentor: str
    group: Group
    meetings: Meetings
    evidence: Mapping[str, Evidence | Ratings] = field(default_factory=dict)
    may_publish: bool = False


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one component gave a mentor.

    A share is k / n with its 95 % Wilson interval; a mean has no k and is rescaled so that `share` is 0 at
    the low end of its scale and 1 at the high end. `shrunken` is the empirical Bayes value, for reading;
    `estimate` what is ranked: a lower bound, so that little evidence earns little, or the value of the whole
    list where the component does not tell mentors apart. `points` = weight / sum of weights * estimate * 100.
    """

    key: str
    kind: Kind
    k: int | None
    n: int
    mean: float | None
    share: float
    wilson: Interval | None
    shrunken: float
    estimate: float
    weight: float
    points: float


@dataclass(frozen=True, slots=True)
class Place:
    """A mentor in a list. `place` is None where the list has no order; ties have the same place and score."""

    mentor: str
    place: int | None
    shared: bool
    rewarded: bool
    score: float
    meetings: Meetings
    counted_meetings: int
    contributions: tuple[Contribution, ...]
    may_publish: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """One shortage: `have` of the `need`ed cases; `component` is None for meetings."""

    reason: Shortage
    component: str | None
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Insufficient:
    """A mentor listed apart, with everything that is missing. Not a judgement on the mentor."""

    mentor: str
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the mentors of a list differ in one component beyond chance.

    `rho` is the intra-class correlation (the part of all variance that lies between mentors), 0 when chance
    alone explains the figures; `strength` the weight in cases of the whole list's value, (1 - rho) / rho,
    None when rho is 0; `within` the variance of ratings of one mentor, 0..1 scale, None for shares.
    """

    key: str
    pooled: float
    rho: float
    strength: float | None
    within: float | None = None


@dataclass(frozen=True, slots=True)
class GroupList:
    """The list of one group."""

    group: Group
    outcome: Outcome
    places: tuple[Place, ...]
    insufficient: tuple[Insufficient, ...]
    spreads: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class RewardList:
    """Both lists with the rules they follow. Internal: see `PublishedList`."""

    algorithm: str
    rules: RewardRules
    lists: tuple[GroupList, ...]

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))


@dataclass(frozen=True, slots=True)
class PublishedMentor:
    """A rewarded mentor who agreed to be named; pupils carry no place: children are not ranked in public."""

    mentor: str
    place: int | None


@dataclass(frozen=True, slots=True)
class PublishedList:
    """What may be shown outside: names by consent, no scores."""

    algorithm: str
    teachers: tuple[PublishedMentor, ...]
    pupils: tuple[PublishedMentor, ...]

    def to_json(self) -> dict[str, Json]:
        return cast("dict[str, Json]", plain(self))
