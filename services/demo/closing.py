"""The closing: surveys after the work, the three background jobs, conclusions, rewards, completion."""

from __future__ import annotations

from typing import Any

from services.demo.client import UnexpectedAnswerError
from services.demo.figures import effectiveness_lines, feedback_lines, reward_lines
from services.demo.stage import Journey
from services.demo.work import SCALE_AFTER, invite_and_answer

QUALITY = (
    "goals",
    "principles",
    "approaches",
    "climate",
    "logic",
    "participants",
    "partners",
    "interest",
    "application",
)
"""The nine criteria, as the pack names them."""


def close_and_complete(journey: Journey) -> None:
    """From the last survey to `completed`."""
    journey.say("Завершение наставничества")
    journey.today("05-12")
    invite_and_answer(journey, "after", SCALE_AFTER, silent=1)
    journey.today("05-18")
    for side in ("mentor", "mentee"):
        survey = journey.surveys[f"{side}_after"]
        journey.curator.act(f"/surveys/{survey}:close", of=f"{journey.programme}/surveys/{survey}")
    _end_pairs(journey)
    _rate(journey)
    _compute(journey)
    _conclude(journey)
    journey.today("05-24")
    journey.advanced("complete")


def _end_pairs(journey: Journey) -> None:
    journey.curator.post(
        f"{journey.programme}/pairs:bulk",
        {
            "pair_ids": list(journey.pairs.values()),
            "closed_on": journey.on("05-18"),
            "outcome": "completed",
            "goal_attained": "yes",
        },
        status=200,
    )


def _rate(journey: Journey) -> None:
    for place, criterion in enumerate(QUALITY):
        journey.add("criteria-ratings", criterion=criterion, value=1 if place % 3 == 2 else 2)


def _compute(journey: Journey) -> None:
    for path, word, lines in (
        ("feedback-summary", "обратная связь", feedback_lines),
        ("effectiveness", "эффективность", effectiveness_lines),
        ("reward-list", "список на поощрение", reward_lines),
    ):
        job = journey.curator.finish_job(f"{journey.programme}/{path}")
        result = journey.curator.get(f"{journey.programme}/{path}")
        if result["stale"]:
            raise UnexpectedAnswerError(f"{path} is stale right after its job")
        journey.say(f"  ⚙ {word}: задание {job['id'][:8]}…, выполнено с попытки {job['attempts']}")
        for line in lines(result["body"]["school"]):
            journey.say(f"      {line}")


def _conclude(journey: Journey) -> None:
    journey.today("05-20")
    for subject, text in (
        ("feedback", "Большинство участников довольны; пожелание — больше групповых встреч."),
        ("monitoring", "Тревожность снизилась по наблюдениям классных руководителей; выводы о причинах не делаем."),
        ("effectiveness", "Программа реализована; продолжить в следующем году."),
    ):
        author = journey.people["curator"]
        journey.add("conclusions", subject=subject, text=text, author_id=author, signed_on=journey.on("05-20"))
    journey.add(
        "reflections", held_on=journey.on("05-19"), participants=9, conclusions="Сохранить пары, добавить группы."
    )
    latest = journey.curator.get(f"{journey.programme}/reward-list")
    journey.add("reward-approvals", result_id=latest["id"], approved_on=journey.on("05-20"), document="Приказ № 57")
    journey.add("celebrations", title="Линейка наставников", held_on=journey.on("05-20"))
    journey.add("popularisations", kind="site", title="Лучшие практики наставников", published_on=journey.on("05-20"))


def check_history(journey: Journey) -> dict[str, Any]:
    """Verify the history's hash chain over HTTP."""
    verified: dict[str, Any] = journey.curator.get(f"{journey.programme}/events:verify")
    if not verified["whole"]:
        raise UnexpectedAnswerError(verified["detail"])
    journey.say(f"История: {verified['events']} событий, {verified['detail']} Последний хеш {verified['head'][:12]}…")
    return verified
