"""Builds the reward list by the frozen rules.

Knows rules, evidence and ties. Must not know SQL, names, the pack's files or the clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shared.feedback.statistics import wilson
from shared.rewards.estimate import (
    lower,
    shrunken,
    size_of,
    spread_of_means,
    spread_of_shares,
    value_of,
)
from shared.rewards.model import (
    HELD,
    Candidate,
    Contribution,
    Evidence,
    Group,
    GroupList,
    Insufficient,
    Kind,
    Meetings,
    Missing,
    Outcome,
    Place,
    PublishedList,
    PublishedMentor,
    Ratings,
    RewardList,
    RewardRules,
    RuleComponent,
    Shortage,
    Spread,
    TieRule,
)

ALGORITHM_VERSION = "reward-list-1"

SCORE_PLACES = 6
"""Scores that agree to so many decimals are a tie."""


def rank(rules: RewardRules, candidates: Iterable[Candidate]) -> RewardList:
    """The reward list: one list for teachers, one for pupils; the order of `candidates` does not matter.

    Raises ValueError for rules without components, with a weight <= 0, a component twice or a minimum below
    1; for a mentor twice in a group, a negative count, k above n, a rating off its scale, or evidence of the
    wrong kind.
    """
    _check_rules(rules)
    by_group: dict[Group, list[Candidate]] = {group: [] for group in Group}
    for candidate in candidates:
        _check_candidate(candidate)
        by_group[candidate.group].append(candidate)
    lists = tuple(_group_list(group, rules, members) for group, members in by_group.items())
    return RewardList(algorithm=ALGORITHM_VERSION, rules=rules, lists=lists)


def published(rewards: RewardList) -> PublishedList:
    """Rewarded mentors who agreed to publication; pupils without places, in the order of their ids."""
    named: dict[Group, tuple[PublishedMentor, ...]] = {}
    for row in rewards.lists:
        shown = [place for place in row.places if place.rewarded and place.may_publish]
        if row.group is Group.PUPILS:
            named[row.group] = tuple(PublishedMentor(key, None) for key in sorted(p.mentor for p in shown))
        else:
            named[row.group] = tuple(PublishedMentor(place.mentor, place.place) for place in shown)
    return PublishedList(rewards.algorithm, named.get(Group.TEACHERS, ()), named.get(Group.PUPILS, ()))


def counted_meetings(meetings: Meetings) -> int:
    """Meetings that count for a reward: held, the ones before the first training («до обучения») left out."""
    return meetings.held - meetings.before_training


def _check_rules(rules: RewardRules) -> None:
    keys = [component.key for component in rules.components]
    if not keys or len(set(keys)) != len(keys):
        raise ValueError("reward rules need components, each once")
    if any(not math.isfinite(row.weight) or row.weight <= 0 for row in rules.components):
        raise ValueError("a weight is a number above 0")
    if any(row.minimum_evidence < 0 for row in rules.components) or rules.places < 1:
        raise ValueError("the least evidence is 0 or more, the number of places at least 1")


def _check_candidate(candidate: Candidate) -> None:
    meetings = candidate.meetings
    if min(meetings.planned, meetings.before_training) < 0 or meetings.before_training > meetings.held:
        raise ValueError("meetings before training are 0 or more and at most all held")
    for row in candidate.evidence.values():
        if isinstance(row, Evidence) and not 0 <= row.k <= row.n:
            raise ValueError("evidence is k of n with 0 <= k <= n")
        if isinstance(row, Ratings) and not _is_on_scale(row):
            raise ValueError("a rating is off its scale")


def _is_on_scale(ratings: Ratings) -> bool:
    low, high = ratings.low, ratings.high
    return low < high and all(low <= value <= high for value in ratings.values)


def _group_list(group: Group, rules: RewardRules, members: Sequence[Candidate]) -> GroupList:
    ordered = sorted(members, key=lambda member: member.mentor)
    if len({member.mentor for member in ordered}) != len(ordered):
        raise ValueError("a mentor stands twice in one group")
    missing = {member.mentor: _missing(rules, member) for member in ordered}
    eligible = [member for member in ordered if not missing[member.mentor]]
    apart = tuple(Insufficient(key, rows) for key, rows in missing.items() if rows)
    spreads = _spreads(rules, eligible) if len(eligible) > 1 else {}
    scored = [_scored(rules, member, spreads) for member in eligible]
    if not eligible:
        outcome = Outcome.NOBODY
    elif len(eligible) == 1:
        outcome = Outcome.TOO_FEW
    elif all(row.strength is None for row in spreads.values()):
        outcome = Outcome.NO_DIFFERENCE
    else:
        outcome = Outcome.RANKED
        scored = _placed(rules, scored)
    return GroupList(group, outcome, tuple(scored), apart, tuple(spreads.values()))


def _missing(rules: RewardRules, member: Candidate) -> tuple[Missing, ...]:
    found = []
    counted = counted_meetings(member.meetings)
    if counted < rules.minimum_meetings:
        found.append(Missing(Shortage.MEETINGS, None, counted, rules.minimum_meetings))
    for component in rules.components:
        n = size_of(_evidence(member, component))
        need = max(1, component.minimum_evidence)
        if n < need:
            found.append(Missing(Shortage.EVIDENCE, component.key, n, need))
    return tuple(found)


def _evidence(member: Candidate, component: RuleComponent) -> Evidence | Ratings:
    """A component's evidence; meetings beyond the plan earn no more than the plan."""
    if component.key == HELD:
        planned = member.meetings.planned
        return Evidence(min(counted_meetings(member.meetings), planned), planned)
    found = member.evidence.get(component.key, Evidence(0, 0))
    if size_of(found) and isinstance(found, Ratings) is not (component.kind is Kind.MEAN):
        raise ValueError(f"component {component.key!r} needs evidence of kind {component.kind}")
    return found


def _spreads(rules: RewardRules, eligible: Sequence[Candidate]) -> dict[str, Spread]:
    found = {}
    for component in rules.components:
        evidence = [_evidence(member, component) for member in eligible]
        if component.kind is Kind.MEAN:
            ratings = [row for row in evidence if isinstance(row, Ratings)]
            found[component.key] = spread_of_means(component.key, ratings)
        else:
            shares = [row for row in evidence if isinstance(row, Evidence)]
            found[component.key] = spread_of_shares(component.key, shares)
    return found


def _scored(rules: RewardRules, member: Candidate, spreads: Mapping[str, Spread]) -> Place:
    total = math.fsum(component.weight for component in rules.components)
    contributions = []
    for component in rules.components:
        evidence = _evidence(member, component)
        alone = Spread(component.key, value_of(evidence), 0.0, None)
        among = spreads.get(component.key, alone)
        estimate = lower(evidence, among)
        weight = component.weight / total
        contributions.append(_contribution(evidence, among, weight=weight, estimate=estimate))
    return Place(
        mentor=member.mentor,
        place=None,
        shared=False,
        rewarded=False,
        score=round(math.fsum(row.points for row in contributions), SCORE_PLACES),
        meetings=member.meetings,
        counted_meetings=counted_meetings(member.meetings),
        contributions=tuple(contributions),
        may_publish=member.may_publish,
    )


def _contribution(evidence: Evidence | Ratings, among: Spread, *, weight: float, estimate: float) -> Contribution:
    share = value_of(evidence)
    k, interval, mean = None, None, None
    if isinstance(evidence, Ratings):
        mean = evidence.low + share * (evidence.high - evidence.low)
    else:
        k, interval = evidence.k, wilson(evidence.k, evidence.n)
    return Contribution(
        key=among.key,
        kind=Kind.SHARE if mean is None else Kind.MEAN,
        k=k,
        n=size_of(evidence),
        mean=mean,
        share=share,
        wilson=interval,
        shrunken=shrunken(evidence, among),
        estimate=estimate,
        weight=weight,
        points=100 * weight * estimate,
    )


def _placed(rules: RewardRules, scored: Sequence[Place]) -> list[Place]:
    """Best first; equal scores share a place by the tie rule and stand in the order of their ids."""
    ordered = sorted(scored, key=lambda row: (-row.score, row.mentor))
    levels = sorted({row.score for row in ordered}, reverse=True)
    placed = []
    for row in ordered:
        ahead = sum(other.score > row.score for other in ordered)
        place = 1 + (ahead if rules.tie_rule is TieRule.SHARED_PLACE else levels.index(row.score))
        shared = sum(other.score == row.score for other in ordered) > 1
        placed.append(replace(row, place=place, shared=shared, rewarded=place <= rules.places))
    return placed
