"""Guards of stage I: documents, information, requests, working group, goals, roadmap; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.pack.words import LocalText
from shared.programme.fact_values import Facts, Lack
from shared.programme.guards.sentences import ACTIVITIES, lacking, listed
from shared.programme.guards.verdict import Verdict, latest, met, unmet

Params = Mapping[str, Any]

DOCUMENTS: Mapping[str, LocalText] = {
    "regulation": LocalText("положение о наставничестве", "regulation on mentoring"),
    "order": LocalText("приказ", "order"),
    "event_plan": LocalText("план мероприятий", "plan of events"),
}
AUDIENCES: Mapping[str, LocalText] = {
    "staff": LocalText("коллектив", "staff"),
    "students": LocalText("обучающиеся", "pupils"),
    "teachers": LocalText("педагоги", "teachers"),
    "young_specialists": LocalText("молодые специалисты", "young specialists"),
}


def documents_on_file(facts: Facts, params: Params) -> Verdict:
    """Each kind of document is on file; one document may be of several kinds."""
    held = facts.conditions.documents
    missing = [kind for kind in params["kinds"] if kind not in held]
    if not missing:
        return met(latest(held[kind] for kind in params["kinds"]))
    names = listed(DOCUMENTS[kind] for kind in missing)
    is_one = len(missing) == 1
    return unmet(
        "documents_on_file.missing",
        LocalText(
            f"{'Нет документа' if is_one else 'Нет документов'}: {names.ru} (укажите реквизиты или утвердивший приказ)",
            f"{'Document' if is_one else 'Documents'} missing: {names.en}"
            " (give number and date, or the order that approved it)",
        ),
        Lack(len(missing), len(params["kinds"]), tuple(missing)),
    )


def audiences_informed(facts: Facts, params: Params) -> Verdict:
    """Each audience was told of the programme."""
    informed = facts.conditions.informed
    missing = [audience for audience in params["audiences"] if audience not in informed]
    if not missing:
        return met(latest(informed[audience] for audience in params["audiences"]))
    names = listed(AUDIENCES[audience] for audience in missing)
    return unmet(
        "audiences_informed.missing",
        LocalText(
            f"Не информированы: {names.ru} (внесите дату и способ)",
            f"Not informed: {names.en} (enter date and way)",
        ),
        Lack(len(missing), len(params["audiences"]), tuple(missing)),
    )


def requests_collected(facts: Facts, params: Params) -> Verdict:
    """Each audience has preliminary requests; young specialists only where the school has them."""
    requests = facts.conditions.requests
    absent = [audience for audience in params["audiences"] if audience not in requests]
    is_waived = facts.profile is not None and not facts.profile.has_young_specialists
    missing = [audience for audience in absent if not (is_waived and audience == "young_specialists")]
    if not missing:
        days = [requests[audience] for audience in params["audiences"] if audience in requests]
        return met(latest(days), waived="no_young_specialists" if absent else None)
    names = listed(AUDIENCES[audience] for audience in missing)
    hint = ("внесите", "enter them")
    if "young_specialists" in missing:
        hint = ("внесите или отметьте «в школе нет»", "enter them or mark that the school has none")
    return unmet(
        "requests_collected.missing",
        LocalText(f"Нет запросов: {names.ru} ({hint[0]})", f"No requests: {names.en} ({hint[1]})"),
        Lack(len(missing), len(params["audiences"]), tuple(missing)),
    )


def working_group_appointed(facts: Facts, params: Params) -> Verdict:
    """Enough curators are appointed, and enough people beside them."""
    curators, members = params["curators"], params["members"]
    curators_on, group_on = facts.conditions.curators_on, facts.conditions.group_on
    lacks_curator, lacks_members = len(curators_on) < curators, len(group_on) < curators + members
    if not lacks_curator and not lacks_members:
        return met(max(curators_on[curators - 1], group_on[curators + members - 1]))
    if lacks_curator:
        return unmet(
            "working_group_appointed.no_curator",
            LocalText("Не назначен школьный куратор", "No school curator is appointed"),
            Lack(curators - len(curators_on), curators),
        )
    have = max(0, len(group_on) - curators)
    return unmet(
        "working_group_appointed.too_few",
        LocalText(
            f"В рабочей группе кроме куратора: {have}, нужно не менее {members}",
            f"In the working group beside the curator: {have}, at least {members} needed",
        ),
        Lack(members - have, members),
    )


_GOALS = (
    ("tasks", "task", LocalText("задачи", "tasks")),
    ("forms", "form", LocalText("формы наставничества", "forms of mentoring")),
    ("expected_results", "expected_result", LocalText("ожидаемые результаты", "expected results")),
)


def goals_set(facts: Facts, params: Params) -> Verdict:
    """Tasks, forms and expected results of the programme are set."""
    missing = [(kind, name) for param, kind, name in _GOALS if facts.conditions.goals.get(kind, 0) < params[param]]
    if not missing:
        return met()
    names = listed(name for _, name in missing)
    return unmet(
        "goals_set.missing",
        LocalText(f"Не определены: {names.ru}", f"Not set: {names.en}"),
        Lack(len(missing), len(_GOALS), tuple(kind for kind, _ in missing)),
    )


def roadmap_complete(facts: Facts, params: Params) -> Verdict:
    """Each activity of the pack (``activities``) has a responsible person and a date; approval dates it."""
    plan, keys = facts.conditions.plan, params["activities"]
    missing = [
        key for key in keys if key not in plan or plan[key].responsible_id is None or plan[key].planned_on is None
    ]
    if not missing:
        return met(facts.conditions.roadmap_approved_on)
    lack = Lack(len(missing), len(keys), tuple(missing))
    return unmet(
        "roadmap_complete.lines",
        lacking("Нет ответственного или даты", "No responsible person or date", lack, ACTIVITIES),
        lack,
    )


def roadmap_approved(facts: Facts, _params: Params) -> Verdict:
    """The roadmap was approved by a document."""
    approved_on = facts.conditions.roadmap_approved_on
    if approved_on is not None:
        return met(approved_on)
    return unmet(
        "roadmap_approved.missing",
        LocalText(
            "Дорожная карта не утверждена (укажите дату и документ)",
            "The roadmap is not approved (give date and document)",
        ),
    )
