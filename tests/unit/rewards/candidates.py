"""Mentors and rules as tests of the reward list name them; knows nothing of how they are ranked."""

from __future__ import annotations

from shared.rewards.model import (
    HELD,
    Candidate,
    Evidence,
    Group,
    GroupList,
    Kind,
    Meetings,
    Ratings,
    RewardRules,
    RuleComponent,
    TieRule,
)
from shared.rewards.ranking import rank

GOALS = RuleComponent("goals_attained", 1.0, 1)
MEETINGS = RuleComponent(HELD, 1.0, 5)
RATED = RuleComponent("relationship", 1.0, 1, Kind.MEAN)


def rules(*components: RuleComponent, tie_rule: TieRule = TieRule.SHARED_PLACE, places: int = 3) -> RewardRules:
    """Return rules that ask for no meetings; by themselves they ask for attained goals."""
    return RewardRules(components or (GOALS,), minimum_meetings=0, places=places, tie_rule=tie_rule)


def mentor(
    key: str,
    k: int,
    n: int,
    *,
    group: Group = Group.TEACHERS,
    meetings: Meetings | None = None,
    may_publish: bool = True,
) -> Candidate:
    """Return a mentor whose mentees attained k of n goals."""
    evidence = {GOALS.key: Evidence(k, n)}
    return Candidate(key, group, meetings or Meetings(0, 0, 0), evidence, may_publish)


def rated(key: str, *values: float) -> Candidate:
    """Return a teacher with ratings from 1 to 10 alone."""
    return Candidate(key, Group.TEACHERS, Meetings(0, 0, 0), {RATED.key: Ratings(values, 1, 10)})


def teachers(reward_rules: RewardRules, *candidates: Candidate) -> GroupList:
    """Return the list of the teachers."""
    return rank(reward_rules, candidates).lists[0]


def order_of(found: GroupList) -> list[tuple[str, int | None]]:
    """Return mentors and places from the first."""
    return [(row.mentor, row.place) for row in found.places]
