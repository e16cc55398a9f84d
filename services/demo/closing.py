"""The closing: surveys after the work, the three background jobs, conclusions, rewards, completion."""

from __future__ import annotations

from typing import Any

from services.demo.client import UnexpectedAnswerError
from services.demo.stage import Journey
from services.demo.work import SCALE_AFTER, invite_and_answer

QUALITY = ("goals", "principles", "approaches", "climate", "logic", "participants", "partners", "interest", "application")


def close_and_complete(journey: Journey) -> None:
    """From the last survey to `completed`."""
    journey.say("Завершение наставничества")
    journey.today("2021-05-12")
    invite_and_answer(journey, "after", SCALE_AFTER)
    journey.today("2021-05-18")
    for side in ("mentor", "mentee"):
        survey = journey.surveys[f"{side}_after"]
        journey.curator.act(f"/surveys/{survey}:close", of=f"{journey.programme}/surveys/{survey}")
    _end_pairs(journey)
    _rate(journey)
    _compute(journey)
    _conclude(journey)
    journey.today("2021-05-24")
    journey.advanced("complete")


def _end_pairs(journey: Journey) -> None:
    journey.curator.post(
        f"{journey.programme}/pairs:bulk",
        {
            "pair_ids": list(journey.pairs.values()),
            "closed_on": "2021-05-18",
            "outcome": "completed",
            "goal_attained": "yes",
        },
        status=200,
    )


def _rate(journey: Journey) -> None:
    criteria = _criteria(journey)
    for place, criterion in enumerate(criteria):
        journey.add("criteria-ratings", criterion=criterion, value=1 if place % 3 == 2 else 2)


def _criteria(journey: Journey) -> list[str]:
    """The nine keys as the API itself names them: a foreign one is refused."""
    return list(QUALITY)


def _compute(journey: Journey) -> None:
    for path, word in (
        ("feedback-summary", "обратная связь"),
        ("effectiveness", "эффективность"),
        ("reward-list", "список на поощрение"),
    ):
        job = journey.curator.finish_job(f"{journey.programme}/{path}")
        result = journey.curator.get(f"{journey.programme}/{path}")
        if result["stale"]:
            raise UnexpectedAnswerError(f"{path} is stale right after its job")
        journey.say(f"  ⚙ {word}: задание {job['id'][:8]}…, выполнено с попытки {job['attempts']}")
        _tell(journey, path, result["body"])


def _tell(journey: Journey, path: str, body: dict[str, Any]) -> None:
    if path == "effectiveness":
        quality = body.get("quality", {})
        journey.say(f"      критерии качества: {quality.get('total', quality.get('points'))} из 18")


def _conclude(journey: Journey) -> None:
    journey.today("2021-05-20")
    for subject, text in (
        ("feedback", "Участники довольны; пожелание — больше групповых встреч."),
        ("monitoring", "Тревожность снизилась по наблюдениям классных руководителей; выводы о причинах не делаем."),
        ("effectiveness", "Программа реализована; продолжить в следующем году."),
    ):
        author = journey.people["curator"]
        journey.add("conclusions", subject=subject, text=text, author_id=author, signed_on="2021-05-20")
    journey.add("reflections", held_on="2021-05-19", participants=9, conclusions="Сохранить пары, добавить группы.")
    latest = journey.curator.get(f"{journey.programme}/reward-list")
    journey.add("reward-approvals", result_id=latest["id"], approved_on="2021-05-20", document="Приказ № 57")
    journey.add("celebrations", title="Линейка наставников", held_on="2021-05-20")
    journey.add("popularisations", kind="site", title="Лучшие практики наставников", published_on="2021-05-20")


def check_history(journey: Journey) -> dict[str, Any]:
    """Verify the history's hash chain over HTTP."""
    verified: dict[str, Any] = journey.curator.get(f"{journey.programme}/events:verify")
    if not verified["whole"]:
        raise UnexpectedAnswerError(verified["detail"])
    journey.say(f"История: {verified['events']} событий, {verified['detail']} Последний хеш {verified['head'][:12]}…")
    return verified


def show_late_school(journey: Journey) -> dict[str, Any]:
    """The second school did nothing: its agenda says what is late and where to begin."""
    journey.say("Школа № 2: ничего не внесено")
    agenda: dict[str, Any] = journey.other_curator.get(f"/programmes/{journey.other_programme_id}/agenda")
    journey.say(f"  {agenda['summary'][:160]}…")
    journey.say(f"  просрочено {agenda['overdue']}, старейшее на {agenda['oldest_days']} дн., начать с {agenda['root']}")
    for item in agenda["items"][:3]:
        journey.say(f"      {item['due_on']}  {item['activity']}  {item['title']}")
    if not agenda["overdue"]:
        raise UnexpectedAnswerError("the second school should be late")
    return agenda


def begin_current_year(journey: Journey) -> dict[str, Any]:
    """The same pack serves the current school year: dates by the template."""
    journey.set_clock("")
    body = {"school_id": journey.school_id, "school_year": "2026/27", "pack": {"code": "order_428", "version": 1}}
    programme = journey.curator.post("/programmes", body)
    whole: dict[str, Any] = journey.curator.get(f"/programmes/{programme['id']}")
    last = whole["activities"][-1]["due_on"]
    journey.say(f"2026/27: программа начата, сроки по шаблону до {last}: {whole['summary']}")
    if not whole["is_template_year"]:
        raise UnexpectedAnswerError("2026/27 has no order of its own")
    return whole
