"""Guards of the last stage: analysis, reflection, effectiveness, rewards; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.pack.words import LocalText
from shared.programme.fact_values import Facts, Lack, ResultFacts, SurveyFacts
from shared.programme.guards.feedback import SIDES
from shared.programme.guards.sentences import CRITERIA, day_words, lacking, listed
from shared.programme.guards.verdict import Verdict, latest, met, unmet

Params = Mapping[str, Any]

SUMMARY, SCORE, REWARD_LIST = "feedback_summary", "effectiveness", "reward_list"


@dataclass(frozen=True, slots=True)
class _Computed:
    """How a computed result is named: what there is none of, and what to compute again."""

    missing: LocalText
    again: LocalText


_COMPUTED: Mapping[str, _Computed] = {
    SUMMARY: _Computed(
        LocalText("Сводка обратной связи не рассчитана", "The feedback summary has not been computed"),
        LocalText("сводку", "the summary"),
    ),
    SCORE: _Computed(
        LocalText("Оценка эффективности не рассчитана", "The effectiveness score has not been computed"),
        LocalText("оценку", "the score"),
    ),
    REWARD_LIST: _Computed(
        LocalText("Список на поощрение не рассчитан", "The reward list has not been computed"),
        LocalText("список", "the list"),
    ),
}

CONCLUSIONS: Mapping[str, LocalText] = {
    "feedback": LocalText("по обратной связи", "on the feedback"),
    "monitoring": LocalText("по итогам мониторинга", "on the monitoring"),
    "effectiveness": LocalText("об эффективности", "on the effectiveness"),
}


def after_wave_closed(facts: Facts, _params: Params) -> Verdict:
    """The questionnaires of the end are closed on both sides: the cut-off."""
    closed = _closed(facts)
    missing = [side for side in SIDES if side not in closed]
    if not missing:
        return met(latest(survey.closed_on for survey in closed.values()))
    names = listed(SIDES[side] for side in missing)
    return unmet(
        "after_wave_closed.open",
        LocalText(f"Итоговая анкета не закрыта: {names.ru}", f"The final questionnaire is not closed: {names.en}"),
        Lack(len(missing), len(SIDES), tuple(missing)),
    )


def feedback_summarised(facts: Facts, _params: Params) -> Verdict:
    """The feedback summary is computed at the cut-off and not stale."""
    return _current(facts, "feedback_summarised", SUMMARY)


def score_current(facts: Facts, _params: Params) -> Verdict:
    """The effectiveness score is computed at the cut-off and not stale."""
    return _current(facts, "score_current", SCORE)


def conclusion_signed(facts: Facts, params: Params) -> Verdict:
    """A person's conclusion on the subject is signed."""
    subject = params["subject"]
    signed_on = facts.closing.conclusions.get(subject)
    if signed_on is not None:
        return met(signed_on)
    name = CONCLUSIONS[subject]
    if subject in facts.closing.conclusions:
        return unmet(
            "conclusion_signed.unsigned",
            LocalText(f"Заключение не подписано: {name.ru}", f"Conclusion not signed: {name.en}"),
            Lack(1, 1, (subject,)),
        )
    return unmet(
        "conclusion_signed.missing",
        LocalText(f"Нет заключения: {name.ru}", f"No conclusion: {name.en}"),
        Lack(1, 1, (subject,)),
    )


def reflection_recorded(facts: Facts, _params: Params) -> Verdict:
    """A reflection was held, with its date, how many took part, and conclusions."""
    if facts.closing.reflection_on is not None:
        return met(facts.closing.reflection_on)
    return unmet(
        "reflection_recorded.missing",
        LocalText(
            "Не внесена рефлексия (дата, число участников, выводы)",
            "No reflection recorded (date, number of participants, conclusions)",
        ),
    )


def criteria_rated(facts: Facts, params: Params) -> Verdict:
    """So many of the pack's quality criteria (``criteria``, if it names any) are rated."""
    known = params.get("criteria") or facts.closing.rated
    rated = [key for key in known if key in facts.closing.rated]
    if len(rated) >= params["count"]:
        return met()
    lack = Lack(params["count"] - len(rated), params["count"], tuple(key for key in known if key not in rated))
    return unmet("criteria_rated.missing", lacking("Не оценены", "Not rated", lack, CRITERIA), lack)


def reward_list_approved(facts: Facts, _params: Params) -> Verdict:
    """The latest reward list is not stale, derives from the latest score, and is approved."""
    closing = facts.closing
    found = closing.results.get(REWARD_LIST)
    if found is None:
        return unmet("reward_list_approved.none", _COMPUTED[REWARD_LIST].missing)
    if found.is_stale:
        return unmet("reward_list_approved.stale", _stale(found, REWARD_LIST))
    score = closing.results.get(SCORE)
    if score is None or found.based_on != score.id:
        return unmet(
            "reward_list_approved.outdated",
            LocalText(
                "Список на поощрение построен не по последней оценке: постройте его заново",
                "The reward list does not derive from the latest score: build it again",
            ),
        )
    if found.id in closing.approvals:
        return met(closing.approvals[found.id])
    if closing.approvals:
        return unmet(
            "reward_list_approved.superseded",
            LocalText(
                "Утверждён прежний список на поощрение: утвердите последний",
                "An earlier reward list is approved: approve the latest one",
            ),
        )
    return unmet(
        "reward_list_approved.unapproved",
        LocalText("Список на поощрение не утверждён", "The reward list is not approved"),
    )


def celebration_held(facts: Facts, _params: Params) -> Verdict:
    """The best mentors were honoured at an event."""
    if facts.closing.celebration_on is not None:
        return met(facts.closing.celebration_on)
    return unmet(
        "celebration_held.missing",
        LocalText("Нет мероприятия чествования лучших наставников", "No event in honour of the best mentors"),
    )


def popularised(facts: Facts, _params: Params) -> Verdict:
    """The experience of mentors was made known in any way."""
    if facts.closing.popularised_on is not None:
        return met(facts.closing.popularised_on)
    return unmet(
        "popularised.missing",
        LocalText(
            "Нет популяризации опыта наставников (сайт, СМИ, кейс, выступление)",
            "The mentors' experience has not been made known (site, media, case, talk)",
        ),
    )


def _closed(facts: Facts) -> dict[str, SurveyFacts]:
    surveys = ((side, facts.feedback.surveys.get(f"{side}.after")) for side in SIDES)
    return {side: survey for side, survey in surveys if survey is not None and survey.closed_at is not None}


def _current(facts: Facts, guard: str, kind: str) -> Verdict:
    found = facts.closing.results.get(kind)
    if found is None:
        return unmet(f"{guard}.none", _COMPUTED[kind].missing)
    closed = _closed(facts)
    cut_offs = [survey.closed_at for survey in closed.values() if survey.closed_at is not None]
    if len(closed) < len(SIDES) or found.cut_off_at < max(cut_offs):
        day, again = day_words(found.computed_on), _COMPUTED[kind].again
        return unmet(
            f"{guard}.early",
            LocalText(
                f"Рассчитано {day.ru}, до закрытия итоговой анкеты: пересчитайте {again.ru}",
                f"Computed on {day.en}, before the final questionnaire was closed: compute {again.en} again",
            ),
        )
    if found.is_stale:
        return unmet(f"{guard}.stale", _stale(found, kind))
    return met(found.computed_on)


def _stale(found: ResultFacts, kind: str) -> LocalText:
    day, again = day_words(found.computed_on), _COMPUTED[kind].again
    return LocalText(
        f"Данные изменились после расчёта {day.ru}: пересчитайте {again.ru}",
        f"Data have changed since the computation of {day.en}: compute {again.en} again",
    )
