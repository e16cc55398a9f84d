"""The reward list: who stands where, why, and who is not compared at all."""

from __future__ import annotations

import pytest

from shared.canonical import canonical
from shared.rewards.model import HELD, Group, Kind, Meetings, Outcome, RewardRules, RuleComponent, Shortage, TieRule
from shared.rewards.ranking import ALGORITHM_VERSION, counted_meetings, published, rank
from tests.unit.rewards.candidates import GOALS, MEETINGS, RATED, mentor, order_of, rated, rules, teachers


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


def test_the_version_of_the_algorithm_and_the_rules_are_in_the_result() -> None:
    text = canonical(rank(rules(), []).to_json())
    assert f'"algorithm":"{ALGORITHM_VERSION}"' in text
    assert '"tie_rule":"shared_place"' in text
