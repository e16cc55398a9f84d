"""The reward list: who stands where, why, and who is not compared at all."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical
from shared.rewards.model import (
    HELD,
    Candidate,
    Evidence,
    Group,
    GroupList,
    Kind,
    Meetings,
    Outcome,
    Ratings,
    RewardRules,
    RuleComponent,
    Shortage,
    TieRule,
)
from shared.rewards.ranking import ALGORITHM_VERSION, counted_meetings, published, rank

GOALS = RuleComponent("goals_attained", 1.0, 1)
MEETINGS = RuleComponent(HELD, 1.0, 5)
RATED = RuleComponent("relationship", 1.0, 1, Kind.MEAN)


def rules(*components: RuleComponent, tie_rule: TieRule = TieRule.SHARED_PLACE, places: int = 3) -> RewardRules:
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
    evidence = {GOALS.key: Evidence(k, n)}
    return Candidate(key, group, meetings or Meetings(0, 0, 0), evidence, may_publish)


def teachers(reward_rules: RewardRules, *candidates: Candidate) -> GroupList:
    return rank(reward_rules, candidates).lists[0]


def order_of(found: GroupList) -> list[tuple[str, int | None]]:
    return [(row.mentor, row.place) for row in found.places]


def test_thirty_of_thirty_does_not_beat_one_hundred_and_ninety_of_two_hundred() -> None:
    found = teachers(rules(), mentor("short", 30, 30), mentor("long", 190, 200), mentor("other", 50, 100))
    assert order_of(found) == [("long", 1), ("short", 2), ("other", 3)]
    assert found.outcome is Outcome.RANKED
    long, short, _ = found.places
    # 30 / (30 + z^2) and, by hand, (190 + z^2/2 - z sqrt(190 * 10 / 200 + z^2/4)) / (200 + z^2)
    assert short.score == pytest.approx(88.6487, abs=1e-3)
    assert long.score == pytest.approx(91.0422, abs=1e-3)


def test_two_mentors_alone_are_ranked_by_what_they_have_shown() -> None:
    found = teachers(rules(), mentor("short", 30, 30), mentor("long", 190, 200))
    assert order_of(found) == [("long", 1), ("short", 2)]


def test_a_perfect_record_of_two_does_not_beat_a_long_good_one_among_very_different_mentors() -> None:
    found = teachers(rules(), mentor("a", 2, 2), mentor("b", 45, 50), mentor("c", 10, 50))
    assert [row.mentor for row in found.places] == ["b", "a", "c"]


def test_mentors_that_chance_explains_get_a_list_without_differences() -> None:
    found = teachers(rules(), mentor("b", 8, 10), mentor("a", 80, 100), mentor("c", 9, 11))
    assert found.outcome is Outcome.NO_DIFFERENCE
    assert order_of(found) == [("a", None), ("b", None), ("c", None)]
    assert not any(row.rewarded for row in found.places)
    assert len({row.score for row in found.places}) == 1


def test_a_component_that_tells_nobody_apart_gives_everybody_the_same() -> None:
    same = [Meetings(10, 8, 0), Meetings(100, 80, 0), Meetings(11, 9, 0)]
    candidates = [mentor(key, k, 20, meetings=row) for key, k, row in zip("abc", (19, 10, 4), same, strict=True)]
    found = teachers(rules(GOALS, MEETINGS), *candidates)
    assert found.outcome is Outcome.RANKED
    estimates = {row.estimate for place in found.places for row in place.contributions if row.key == HELD}
    assert estimates == {97 / 121}
    assert {row.key: row.strength is None for row in found.spreads} == {GOALS.key: False, HELD: True}


def test_nobody_and_a_single_mentor_are_valid_lists() -> None:
    assert teachers(rules()).outcome is Outcome.NOBODY
    alone = teachers(rules(), mentor("a", 9, 10))
    assert (alone.outcome, order_of(alone)) == (Outcome.TOO_FEW, [("a", None)])


@pytest.mark.parametrize(
    ("tie_rule", "places"), [(TieRule.SHARED_PLACE, [1, 2, 2, 4]), (TieRule.DENSE_PLACE, [1, 2, 2, 3])]
)
def test_equal_scores_share_a_place_by_the_tie_rule(tie_rule: TieRule, places: list[int]) -> None:
    group = [mentor("a", 95, 100), mentor("c", 50, 100), mentor("b", 50, 100), mentor("d", 5, 100)]
    found = teachers(rules(tie_rule=tie_rule), *group)
    assert order_of(found) == list(zip("abcd", places, strict=True))
    assert [row.shared for row in found.places] == [False, True, True, False]


def test_mentors_who_share_the_last_rewarded_place_are_all_rewarded() -> None:
    group = [mentor("a", 95, 100), mentor("c", 50, 100), mentor("b", 50, 100), mentor("d", 5, 100)]
    found = teachers(rules(places=2), *group)
    assert [row.mentor for row in found.places if row.rewarded] == ["a", "b", "c"]


def test_too_little_evidence_stands_apart_with_every_reason() -> None:
    strict = RewardRules((RuleComponent(GOALS.key, 1.0, 4), MEETINGS), minimum_meetings=6, places=3)
    weak = mentor("weak", 3, 3, meetings=Meetings(planned=4, held=7, before_training=3))
    strong = mentor("strong", 4, 4, meetings=Meetings(planned=10, held=6, before_training=0))
    found = teachers(strict, weak, strong)
    assert [row.mentor for row in found.places] == ["strong"]
    (apart,) = found.insufficient
    assert apart.mentor == "weak"
    assert [(row.reason, row.component, row.have, row.need) for row in apart.missing] == [
        (Shortage.MEETINGS, None, 4, 6),
        (Shortage.EVIDENCE, GOALS.key, 3, 4),
        (Shortage.EVIDENCE, HELD, 4, 5),
    ]


def test_a_component_without_a_case_is_a_shortage_even_when_the_rules_ask_for_none() -> None:
    lax = rules(RuleComponent(GOALS.key, 1.0, 0))
    (apart,) = teachers(lax, mentor("a", 0, 0)).insufficient
    assert (apart.missing[0].have, apart.missing[0].need) == (0, 1)


def test_meetings_before_training_do_not_count() -> None:
    assert counted_meetings(Meetings(planned=10, held=12, before_training=3)) == 9
    eager = mentor("eager", 1, 2, meetings=Meetings(planned=20, held=20, before_training=15))
    steady = mentor("steady", 1, 2, meetings=Meetings(planned=20, held=18, before_training=0))
    found = teachers(rules(MEETINGS), eager, steady)
    assert order_of(found) == [("steady", 1), ("eager", 2)]
    contribution = found.places[1].contributions[0]
    assert (contribution.k, contribution.n, found.places[1].counted_meetings) == (5, 20, 5)
    assert found.places[1].meetings.before_training == 15


def test_meetings_beyond_the_plan_earn_no_more_than_the_plan() -> None:
    full = mentor("full", 1, 2, meetings=Meetings(20, 20, 0))
    over = mentor("over", 1, 2, meetings=Meetings(20, 45, 0))
    low = mentor("low", 1, 2, meetings=Meetings(20, 2, 0))
    found = teachers(rules(MEETINGS), full, over, low)
    assert order_of(found) == [("full", 1), ("over", 1), ("low", 3)]


def test_teachers_and_pupils_are_ranked_apart() -> None:
    pupils = [mentor("p1", 20, 20, group=Group.PUPILS), mentor("p2", 1, 20, group=Group.PUPILS)]
    alone = [mentor("t1", 10, 20), mentor("t2", 2, 20)]
    together = rank(rules(), [*alone, *pupils]).lists
    assert [row.group for row in together] == [Group.TEACHERS, Group.PUPILS]
    assert together[0] == rank(rules(), alone).lists[0]
    assert order_of(together[1]) == [("p1", 1), ("p2", 2)]


def test_every_place_is_explained_by_its_components() -> None:
    weighed = rules(RuleComponent(GOALS.key, 3.0, 1), RuleComponent(HELD, 1.0, 1))
    found = teachers(
        weighed,
        mentor("a", 18, 20, meetings=Meetings(20, 10, 0)),
        mentor("b", 5, 20, meetings=Meetings(20, 20, 0)),
    )
    for place in found.places:
        assert [row.weight for row in place.contributions] == [0.75, 0.25]
        assert place.score == pytest.approx(sum(row.points for row in place.contributions), abs=1e-6)
        for row in place.contributions:
            assert row.points == pytest.approx(100 * row.weight * row.estimate)
            assert row.k is not None
            assert row.share == row.k / row.n
            assert row.wilson is not None
            assert row.estimate == row.wilson.low
            assert row.kind is Kind.SHARE


def rated(key: str, *values: float) -> Candidate:
    return Candidate(key, Group.TEACHERS, Meetings(0, 0, 0), {RATED.key: Ratings(values, 1, 10)})


def test_ratings_are_ranked_by_a_bound_that_little_evidence_lowers() -> None:
    found = teachers(rules(RATED), rated("one", 10), rated("many", 9, 9, 10, 9, 10, 9), rated("low", 3, 4, 3, 5))
    assert [row.mentor for row in found.places] == ["many", "one", "low"]
    contribution = found.places[0].contributions[0]
    assert (contribution.kind, contribution.k, contribution.n, contribution.wilson) == (
        Kind.MEAN,
        None,
        6,
        None,
    )
    assert contribution.mean == pytest.approx(56 / 6)
    assert contribution.share == pytest.approx((56 / 6 - 1) / 9)


def test_evidence_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="needs evidence of kind share"):
        rank(rules(RuleComponent(RATED.key, 1.0, 1)), [rated("a", 5)])
    with pytest.raises(ValueError, match="needs evidence of kind mean"):
        rank(rules(RuleComponent(GOALS.key, 1.0, 1, Kind.MEAN)), [mentor("a", 1, 2)])


def test_only_rewarded_mentors_who_agreed_are_published_and_pupils_without_places() -> None:
    people = [
        mentor("t1", 95, 100),
        mentor("t2", 60, 100, may_publish=False),
        mentor("t3", 30, 100),
        mentor("t4", 5, 100),
        mentor("z", 95, 100, group=Group.PUPILS),
        mentor("y", 50, 100, group=Group.PUPILS),
    ]
    shown = published(rank(rules(), people))
    assert [(row.mentor, row.place) for row in shown.teachers] == [("t1", 1), ("t3", 3)]
    assert [(row.mentor, row.place) for row in shown.pupils] == [("y", None), ("z", None)]
    assert "score" not in canonical(shown.to_json())


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


def test_the_version_of_the_algorithm_and_the_rules_are_in_the_result() -> None:
    text = canonical(rank(rules(), []).to_json())
    assert f'"algorithm":"{ALGORITHM_VERSION}"' in text
    assert '"tie_rule":"shared_place"' in text
