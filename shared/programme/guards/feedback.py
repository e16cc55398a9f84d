"""Guards of VI.5 and VI.6: the two waves of questionnaires, and the reward rules; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.pack.words import LocalText
from shared.programme.fact_values import Facts, Lack
from shared.programme.guards.sentences import PARTICIPANTS, lacking, listed
from shared.programme.guards.verdict import Verdict, met, unmet

Params = Mapping[str, Any]

SIDES: Mapping[str, LocalText] = {
    "mentor": LocalText("наставники", "mentors"),
    "mentee": LocalText("наставляемые", "mentees"),
}
MOMENTS: Mapping[str, LocalText] = {
    "before": LocalText("до начала работы", "before"),
    "after": LocalText("по итогам", "after"),
}


def questionnaires_chosen(facts: Facts, _params: Params) -> Verdict:
    """Both sides have a questionnaire for both moments."""
    keys = [f"{side}.{moment}" for side in SIDES for moment in MOMENTS]
    missing = [key for key in keys if key not in facts.feedback.surveys]
    if not missing:
        return met()
    names = listed(_survey_name(key) for key in missing)
    return unmet(
        "questionnaires_chosen.missing",
        LocalText(f"Не выбраны анкеты: {names.ru}", f"Questionnaires not chosen: {names.en}"),
        Lack(len(missing), len(keys), tuple(missing)),
    )


def before_wave_sent(facts: Facts, _params: Params) -> Verdict:
    """Each active participant of a pair was sent the questionnaire of the beginning; answers are no gate."""
    lack = facts.feedback.unasked
    if not lack.of:
        return unmet(
            "before_wave_sent.no_pairs",
            LocalText("Нет участников пар и групп", "There are no participants in pairs or groups"),
        )
    if not lack.count:
        return met()
    return unmet(
        "before_wave_sent.missing",
        lacking("Анкета не направлена", "Questionnaire not sent", lack, PARTICIPANTS),
        lack,
    )


def after_wave_scheduled(facts: Facts, _params: Params) -> Verdict:
    """The questionnaires of the end have a date and a responsible person on both sides."""
    missing = []
    for side in SIDES:
        survey = facts.feedback.surveys.get(f"{side}.after")
        if survey is None or survey.scheduled_on is None or survey.responsible_id is None:
            missing.append(side)
    if not missing:
        return met()
    names = listed(SIDES[side] for side in missing)
    return unmet(
        "after_wave_scheduled.missing",
        LocalText(
            f"Нет даты или ответственного за итоговую анкету: {names.ru}",
            f"No date or responsible person for the final questionnaire: {names.en}",
        ),
        Lack(len(missing), len(SIDES), tuple(missing)),
    )


def reward_rules_frozen(facts: Facts, _params: Params) -> Verdict:
    """The reward rules are fixed before results are known."""
    frozen_on = facts.feedback.rules_frozen_on
    if frozen_on is not None:
        return met(frozen_on)
    return unmet(
        "reward_rules_frozen.missing",
        LocalText("Правила поощрения не зафиксированы", "The reward rules are not frozen"),
    )


def _survey_name(key: str) -> LocalText:
    side, moment = key.split(".")
    return LocalText(f"{SIDES[side].ru} {MOMENTS[moment].ru}", f"{SIDES[side].en} {MOMENTS[moment].en}")
