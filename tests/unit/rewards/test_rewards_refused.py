"""What no reward list is made of: rules that cannot be followed, evidence that cannot be."""

from __future__ import annotations

import pytest

from shared.rewards.model import Candidate, Kind, Meetings, RewardRules, RuleComponent
from shared.rewards.ranking import rank
from tests.unit.rewards.candidates import GOALS, RATED, mentor, rated, rules


def test_evidence_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="needs evidence of kind share"):
        rank(rules(RuleComponent(RATED.key, 1.0, 1)), [rated("a", 5)])
    with pytest.raises(ValueError, match="needs evidence of kind mean"):
        rank(rules(RuleComponent(GOALS.key, 1.0, 1, Kind.MEAN)), [mentor("a", 1, 2)])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (RewardRules((), 0, 3), "components, each once"),
        (RewardRules((GOALS, GOALS), 0, 3), "components, each once"),
        (RewardRules((RuleComponent("x", 0.0, 1),), 0, 3), "above 0"),
        (RewardRules((RuleComponent("x", float("inf"), 1),), 0, 3), "above 0"),
        (RewardRules((RuleComponent("x", 1.0, -1),), 0, 3), "0 or more"),
        (RewardRules((GOALS,), 0, 0), "at least 1"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(bad: RewardRules, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rank(bad, [])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (mentor("a", 3, 2), "k of n"),
        (mentor("a", -1, 2), "k of n"),
        (mentor("a", 1, 2, meetings=Meetings(5, 2, 3)), "at most all held"),
        (mentor("a", 1, 2, meetings=Meetings(-1, 2, 0)), "0 or more"),
        (rated("a", 11), "off its scale"),
    ],
)
def test_evidence_that_cannot_be_is_refused(bad: Candidate, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rank(rules(), [bad])


def test_a_mentor_twice_in_a_group_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        rank(rules(), [mentor("a", 1, 2), mentor("a", 1, 2)])
