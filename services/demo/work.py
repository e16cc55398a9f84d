"""Stage VI: an extension, the work of the pairs, surveys before the work, and rules frozen before results."""

from __future__ import annotations

from typing import Any

from services.demo.stage import Journey

SCALE_BEFORE, SCALE_AFTER = 6, 9
OFFSETS = (0, 1, 3)
"""How much lower than the level one person after another answers."""
MEETINGS = ("01-20", "02-10", "03-03", "03-24", "04-14", "05-05")


def organise_work(journey: Journey) -> None:
    """Stage VI on paper: refused with ten reasons, then planned."""
    journey.say("VI. Работа пар и групп")
    journey.today("12-14")
    journey.refused(
        "advance",
        {
            "pairs_have_format",
            "pairs_have_strengths",
            "pairs_have_goals",
            "pairs_have_plan",
            "specialist_assigned",
            "pairs_have_support",
            "questionnaires_chosen",
            "before_wave_sent",
            "after_wave_scheduled",
            "reward_rules_frozen",
        },
    )
    plan_work(journey)


def plan_work(journey: Journey) -> None:
    """An extension by the methodist, then everything the stage asks of each pair and of the school."""
    journey.methodist.post(
        f"{journey.programme}/extensions",
        {
            "stage_key": "work",
            "due_on": journey.plan("12-25"),
            "document": "Письмо ЦОКО № 41",
            "reason": "Карантин двух классов",
        },
    )
    due = {item["key"]: item["due_on"] for item in journey.curator.get(journey.programme)["activities"]}
    journey.say(f"  методист продлил срок этапа VI до {due['VI.1']}")
    specialist = journey.add("specialists", person_id=journey.people["psychologist"], schedule="вторник, 14:00-16:00")
    journey.curator.post(
        f"{journey.programme}/pairs:bulk",
        {
            "pair_ids": list(journey.pairs.values()),
            "format": "личные встречи раз в две недели",
            "starts_on": journey.plan("12-21"),
            "ends_on": journey.plan("05-20"),
            "plan_events": [{"title": "Знакомство и план", "planned_on": journey.plan("12-22")}],
        },
        status=200,
    )
    for pair_id in journey.pairs.values():
        _describe(journey, pair_id, specialist)
    _survey(journey, "before", scheduled_on=journey.plan("12-15"))
    _survey(journey, "after", scheduled_on=journey.plan("05-10"))
    rules = journey.add("reward-rules")
    journey.curator.act(f"/reward-rules/{rules}:freeze", of=f"{journey.programme}/reward-rules/{rules}")
    journey.today("12-22")
    invite_and_answer(journey, "before", SCALE_BEFORE)


def _describe(journey: Journey, pair_id: int, specialist: int) -> None:
    pair = f"/pairs/{pair_id}"
    for side in ("mentor", "mentee"):
        for kind, text in (("strength", "ответственность"), ("growth_area", "уверенность в себе")):
            body = {"side": side, "kind": kind, "text": text, "noted_on": journey.on("12-14")}
            journey.curator.post(f"{pair}/traits", body)
    goal = journey.curator.post(f"{pair}/goals", {"text": "Сдать пробный экзамен увереннее"})["id"]
    journey.curator.post(
        f"{pair}/tasks",
        {
            "goal_id": goal,
            "text": "Разобрать две темы",
            "starts_on": journey.plan("12-21"),
            "ends_on": journey.plan("02-28"),
        },
    )
    support = {"mode": "planned", "specialist_id": specialist, "decided_on": journey.on("12-14")}
    journey.curator.post(f"{pair}/support", support)


def _survey(journey: Journey, moment: str, *, scheduled_on: str) -> None:
    for side in ("mentor", "mentee"):
        journey.surveys[f"{side}_{moment}"] = journey.add(
            "surveys",
            side=side,
            moment=moment,
            responsible_id=journey.people["curator"],
            scheduled_on=scheduled_on,
        )


def invite_and_answer(journey: Journey, moment: str, level: int, *, silent: int = 0) -> None:
    """Ask everybody of both sides; each answers by a personal link, without an account; ``silent`` mentees do not."""
    asked = answered = 0
    for side in ("mentor", "mentee"):
        survey = journey.surveys[f"{side}_{moment}"]
        of = f"{journey.programme}/surveys/{survey}"
        invited = journey.curator.act(f"/surveys/{survey}:invite", {}, of=of)["items"]
        asked += len(invited)
        for place, item in enumerate(invited[: len(invited) - silent] if side == "mentee" else invited):
            respondent = journey.curator.account()
            questions = respondent.get(f"/answers/{item['token']}")["questions"]
            answers = _answers(questions, level - OFFSETS[place % len(OFFSETS)])
            respondent.post(f"/answers/{item['token']}", {"answers": answers})
            answered += 1
    journey.say(f"  анкеты «{'до' if moment == 'before' else 'после'}»: ответили {answered} из {asked}")


def _answers(questions: list[dict[str, Any]], level: int) -> dict[str, Any]:
    words = {"scale": level, "yes_no": 1, "open": "Спасибо за встречи"}
    return {question["key"]: words[question["kind"]] for question in questions}


def work_and_meet(journey: Journey) -> None:
    """The training is held, the pairs meet; the stage is left once the carried training is shown."""
    journey.today("01-11")
    journey.refused("advance", {"mentors_trained"})
    training = journey.trainings["school"]
    for line in journey.curator.get(f"/trainings/{training}/participants")["items"]:
        path = f"/trainings/{training}/participants/{line['id']}"
        journey.curator.patch(path, {"completed_on": journey.on("12-25")})
    for day in MEETINGS:
        journey.today(day, hour=18)
        for mentor, pair_id in journey.pairs.items():
            is_missed = mentor == "p2" and day == MEETINGS[0]
            held = {} if is_missed else {"held_on": journey.on(day), "minutes": 45}
            journey.curator.post(f"/pairs/{pair_id}/meetings", {"planned_on": journey.plan(day), **held})
    journey.today("05-11")
    journey.advanced()
