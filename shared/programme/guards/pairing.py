"""Guards of stages V and VI.1-VI.4 and of the end of pairs; pure.

Where there is no pair at all nothing is shown: 0 of 0 does not pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.pack.deadlines import pair_due
from shared.pack.words import LocalText
from shared.programme.fact_values import Facts, Lack
from shared.programme.guards.sentences import MENTEES, MENTORS, PAIRS, lacking
from shared.programme.guards.verdict import Verdict, met, unmet

Params = Mapping[str, Any]


def mentees_placed(facts: Facts, _params: Params) -> Verdict:
    """Each active mentee is in a pair or group agreed by all sides, or on the waiting list with a reason."""
    lack, unagreed = facts.placement.unplaced, facts.placement.unagreed
    if not lack.of:
        return unmet(
            "mentees_placed.no_mentees",
            LocalText("Нет участвующих наставляемых", "There are no active mentees"),
        )
    if not lack.count:
        return met(facts.placement.placed_on)
    if unagreed == lack.count:
        message = lacking("Пара или группа не согласована", "Pair or group not agreed", lack, MENTEES)
        return unmet("mentees_placed.unagreed", message, lack)
    message = lacking("Без пары или группы", "Without a pair or group", lack, MENTEES)
    if unagreed:
        message = LocalText(
            f"{message.ru}, из них ждут согласия сторон: {unagreed}",
            f"{message.en}, of them waiting for agreement: {unagreed}",
        )
    return unmet("mentees_placed.missing", message, lack)


def capacities_kept(facts: Facts, _params: Params) -> Verdict:
    """No mentor has more mentees in live pairs than the capacity given."""
    lack = facts.placement.overloaded
    if not lack.count:
        return met()
    return unmet(
        "capacities_kept.over",
        lacking("Наставляемых больше, чем мест", "More mentees than places", lack, MENTORS),
        lack,
    )


def pairs_have_format(facts: Facts, _params: Params) -> Verdict:
    """Each pair has a format of interaction."""
    ru, en = "Нет формата взаимодействия", "No format of interaction"
    return _each_pair(facts, facts.placement.pairs.format, "pairs_have_format", ru, en)


def pairs_have_strengths(facts: Facts, _params: Params) -> Verdict:
    """Each pair has strengths and growth areas of both sides."""
    ru, en = (
        "Не указаны сильные стороны и зоны роста обеих сторон",
        "No strengths and growth areas of both sides",
    )
    return _each_pair(facts, facts.placement.pairs.strengths, "pairs_have_strengths", ru, en)


def pairs_have_goals(facts: Facts, _params: Params) -> Verdict:
    """Each pair has a goal and under it a task with a period."""
    ru, en = "Нет цели или задачи с периодом", "No goal or no task with a period"
    return _each_pair(facts, facts.placement.pairs.goals, "pairs_have_goals", ru, en)


def pairs_have_plan(facts: Facts, _params: Params) -> Verdict:
    """Each pair has a planned event and a period."""
    ru, en = "Нет плана или периода взаимодействия", "No plan or no period of interaction"
    return _each_pair(facts, facts.placement.pairs.plan, "pairs_have_plan", ru, en)


def pairs_have_support(facts: Facts, _params: Params) -> Verdict:
    """Each pair's psychological support is planned, on request, or declined by the representative."""
    ru, en = "Не решено о психологическом сопровождении", "Psychological support undecided"
    return _each_pair(facts, facts.placement.pairs.support, "pairs_have_support", ru, en)


def specialist_assigned(facts: Facts, _params: Params) -> Verdict:
    """There is a specialist, own or from outside, with a schedule."""
    if facts.placement.specialists:
        return met()
    return unmet(
        "specialist_assigned.missing",
        LocalText(
            "Не назначен специалист психологического сопровождения (свой или внешний, с графиком)",
            "No specialist for psychological support (own or from outside, with a schedule)",
        ),
    )


def pairs_finished(facts: Facts, params: Params) -> Verdict:
    """Each pair has ended or was carried over to next year; ``closing_on`` is the closing's effective date."""
    lack = facts.placement.unfinished
    if not lack.of:
        return _no_pairs("pairs_finished")
    if not lack.count:
        return met()
    message = lacking("Не завершены", "Not ended", lack, PAIRS)
    closing_on = params.get("closing_on")
    past = sum(pair_due(end, closing_on) < facts.today for end in facts.placement.live_until) if closing_on else 0
    if past:
        message = LocalText(f"{message.ru}, срок прошёл: {past}", f"{message.en}, past their date: {past}")
    return unmet("pairs_finished.live", message, lack)


def _each_pair(facts: Facts, lack: Lack, guard: str, ru: str, en: str) -> Verdict:
    is_asked_of_none = facts.is_completing and facts.placement.unfinished.of > 0
    if not lack.of and not is_asked_of_none:
        return _no_pairs(guard)
    if not lack.count:
        return met()
    return unmet(f"{guard}.missing", lacking(ru, en, lack, PAIRS), lack)


def _no_pairs(guard: str) -> Verdict:
    return unmet(f"{guard}.no_pairs", LocalText("Нет ни одной пары или группы", "There is no pair or group"))
