"""What holds of every reward list, whoever the mentors are."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical
from shared.rewards.model import Candidate, Group, Meetings, Outcome, RewardRules
from shared.rewards.ranking import rank
from tests.unit.rewards.candidates import GOALS, MEETINGS, mentor, order_of, rules, teachers

PEOPLE = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(0, 12), st.integers(0, 12), st.sampled_from(Group)),
)


def build(people: dict[str, tuple[int, int, int, int, Group]]) -> list[Candidate]:
    return [
        mentor(key, k, k + rest, group=group, meetings=Meetings(planned, held + 1, 1))
        for key, (k, rest, planned, held, group) in people.items()
    ]


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    people: dict[str, tuple[int, int, int, int, Group]], order: random.Random
) -> None:
    both = RewardRules((GOALS, MEETINGS), minimum_meetings=2, places=3)
    candidates = build(people)
    shuffled = list(candidates)
    order.shuffle(shuffled)
    assert canonical(rank(both, candidates).to_json()) == canonical(rank(both, shuffled).to_json())


@given(PEOPLE)
def test_everybody_stands_once_and_better_scores_stand_before(
    people: dict[str, tuple[int, int, int, int, Group]],
) -> None:
    result = rank(rules(GOALS, MEETINGS), build(people))
    standing = [row.mentor for one in result.lists for row in one.places]
    standing += [row.mentor for one in result.lists for row in one.insufficient]
    assert sorted(standing) == sorted(people)
    for one in result.lists:
        for first, second in itertools.combinations(one.places, 2):
            if first.place is not None and second.place is not None:
                assert (first.score > second.score) == (first.place < second.place)
                assert (first.score == second.score) == (first.place == second.place)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_a_better_share_on_the_same_evidence_never_stands_lower(n: int, one: int, other: int) -> None:
    one, other = min(one, n), min(other, n)
    found = teachers(rules(), mentor("one", one, n), mentor("other", other, n), mentor("floor", 0, n))
    if found.outcome is Outcome.RANKED:
        places = dict(order_of(found))
        assert places["one"] is not None
        assert places["other"] is not None
        assert (one > other) <= (places["one"] < places["other"])
