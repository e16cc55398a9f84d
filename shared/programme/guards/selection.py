"""Guards of stage IV: criteria, decisions, training; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.pack.words import LocalText
from shared.programme.fact_values import Facts, Lack
from shared.programme.guards.sentences import (
    CANDIDATES,
    CRITERIA,
    MENTORS,
    SELECTED,
    TOPICS,
    day_words,
    lacking,
)
from shared.programme.guards.verdict import Remark, Verdict, met, unmet

Params = Mapping[str, Any]


def criteria_cover_requests(facts: Facts, params: Params) -> Verdict:
    """Criteria cover each request topic; those dated after the first decision are a warning."""
    selection, minimum = facts.selection, params["minimum"]
    late = selection.late
    warnings: tuple[Remark, ...] = ()
    if late.count:
        message = lacking("Утверждены позже решений", "Approved after the decisions", late, CRITERIA)
        warnings = (Remark("criteria_cover_requests.late", message, late.count, late.of, late.items),)
    if selection.criteria < minimum:
        return unmet(
            "criteria_cover_requests.too_few",
            LocalText(
                f"Критериев отбора: {selection.criteria}, нужно не менее {minimum}",
                f"Selection criteria: {selection.criteria}, at least {minimum} needed",
            ),
            Lack(minimum - selection.criteria, minimum),
        )
    if selection.uncovered.count:
        message = lacking("Нет критерия отбора", "No selection criterion", selection.uncovered, TOPICS)
        return unmet(
            "criteria_cover_requests.uncovered",
            message,
            selection.uncovered,
            in_words=True,
            warnings=warnings,
        )
    return met(selection.criteria_on, warnings=warnings)


def candidates_decided(facts: Facts, _params: Params) -> Verdict:
    """Each candidate is selected, in reserve, or declined with a reason; a bare reserve is a warning."""
    undecided, unexplained = facts.selection.undecided, facts.selection.unexplained
    if not undecided.of:
        return unmet("candidates_decided.none", LocalText("Нет кандидатов в наставники", "There are no candidates"))
    if undecided.count:
        # The customary words name the candidates before the colon: «Нет решения по кандидатам: 5 из 18».
        return unmet(
            "candidates_decided.missing",
            LocalText(
                f"Нет решения по кандидатам: {undecided.count} из {undecided.of}",
                f"No decision on candidates: {undecided.count} of {undecided.of}",
            ),
            undecided,
        )
    warnings: tuple[Remark, ...] = ()
    if unexplained.count:
        message = lacking("В резерве без причины", "In reserve without a reason", unexplained, CANDIDATES)
        warnings = (
            Remark(
                "candidates_decided.unexplained",
                message,
                unexplained.count,
                unexplained.of,
                unexplained.items,
            ),
        )
    return met(facts.selection.decided_on, warnings=warnings)


def training_listed(facts: Facts, _params: Params) -> Verdict:
    """Each selected mentor is on the list of a training; the training may still be ahead."""
    lack = facts.selection.unlisted
    if not lack.of:
        return _none_selected("training_listed.none_selected")
    if not lack.count:
        return met(facts.selection.trained_on if not facts.selection.untrained.count else None)
    return unmet(
        "training_listed.missing",
        lacking("Нет в списке обучения", "Not on the list of a training", lack, SELECTED),
        lack,
    )


def mentors_trained(facts: Facts, params: Params) -> Verdict:
    """Each selected mentor has completed a training; ``due_on`` is said when the guard is carried."""
    lack = facts.selection.untrained
    if not lack.of:
        return _none_selected("mentors_trained.none_selected")
    if not lack.count:
        return met(facts.selection.trained_on)
    message = lacking("Не обучены", "Not trained", lack, MENTORS)
    due_on: date | None = params.get("due_on")
    if due_on is not None:
        day = day_words(due_on)
        message = LocalText(f"{message.ru}, срок {day.ru}", f"{message.en}, due {day.en}")
    return unmet("mentors_trained.missing", message, lack)


def _none_selected(code: str) -> Verdict:
    return unmet(code, LocalText("Не отобран ни один наставник", "No mentor is selected"))
