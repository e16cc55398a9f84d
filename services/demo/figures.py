"""The computed results in a few lines: which figures are told, and from where in a result's body they come."""

from __future__ import annotations

from typing import Any

BANDS = {"optimal": "оптимальный уровень", "acceptable": "допустимый уровень", "low": "низкий уровень"}
SIDES = {"mentee": "наставляемые", "mentor": "наставники"}
GROUPS = {"teachers": "педагоги", "pupils": "обучающиеся"}
OUTCOMES = {"no_difference": "различий нет", "too_few": "сравнивать не с кем", "nobody": "никого"}


def feedback_lines(body: dict[str, Any]) -> list[str]:
    """Return the response, the satisfied share with its interval, and before/after of both sides."""
    lines = []
    for question in body["questions"]:
        satisfied = question["moment"] == "after" and question["content"] and question["content"]["satisfied"]
        if satisfied:
            low, high = (_percent(satisfied["wilson"][end]) for end in ("low", "high"))
            lines.append(
                f"{SIDES[question['side']]}: ответили {question['answered']} из {question['asked']};"
                f" довольны {satisfied['k']} из {satisfied['n']} (95 %: {low}-{high}),"
                f" среди всех спрошенных {_percent(satisfied['bounds']['low'])}-{_percent(satisfied['bounds']['high'])}"
            )
    for change in body["changes"]:
        content = change["content"]
        if change["question"] == "comfort" and content:
            lines.append(
                f"{SIDES[change['side']]}, «комфорт» до и после: лучше {content['better']}, так же {content['same']},"
                f" хуже {content['worse']}; сравнены {change['paired']}, выбыли {change['lost']}"
            )
    return lines


def effectiveness_lines(body: dict[str, Any]) -> list[str]:
    """Return the nine criteria with their band, and the composite with what it is made of."""
    criteria, composite = body["criteria"], body["composite"]
    shares = [f"{part['key']} {part['k']}/{part['n']}" for part in body["components"] if part["absent"] is None]
    return [
        f"девять критериев: {criteria['total']} из {criteria['maximum']}, {BANDS[criteria['band']]}",
        f"составной показатель: {composite['value']:.1f} из 100; {', '.join(shares)}",
    ]


def reward_lines(body: dict[str, Any]) -> list[str]:
    """Return each list with its places, by the ids of mentors."""
    lines = []
    for one in body["lists"]:
        places = [
            f"{place['place']} место — наставник {place['mentor']} ({place['score']:.1f})"
            for place in one["places"]
            if place["rewarded"]
        ]
        lines.append(f"{GROUPS[one['group']]}: {'; '.join(places) or OUTCOMES.get(one['outcome'], one['outcome'])}")
    return lines


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
