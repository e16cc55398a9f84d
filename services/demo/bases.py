"""Stages III to V: mentors chosen and put on a training's list, pairs, a group and a waiting list."""

from __future__ import annotations

from services.demo.cast import adult, pupil
from services.demo.opening import TOPICS
from services.demo.stage import Journey

TEACHERS = ("t1", "t2")
PUPILS = ("p1", "p2", "p3")
FIRST_TEACHER, FIRST_PUPIL = 3, 8
"""Places in the school's cast."""


def form_mentors(journey: Journey) -> None:
    """Stage III: candidates from both sources; one lacks a consent until it is brought."""
    journey.say("III. База наставников")
    journey.today("12-07")
    journey.refused("advance", {"candidates_from_sources", "mentors_active", "mentors_described", "mentors_consented"})
    for place, key in enumerate(TEACHERS, FIRST_TEACHER):
        journey.person(key, "teacher", adult(journey.cast(place)))
        journey.consent(key, given="12-05", by="self")
        _candidate(journey, key, origin="teachers", form="teacher_pupil", capacity=3)
    for place, key in enumerate(PUPILS, FIRST_PUPIL):
        person_id = journey.person(key, "pupil", pupil(journey.cast(place)))
        journey.curator.post(f"/people/{person_id}/grades", {"school_year": journey.school_year, "grade": 10})
        if key != "p3":
            journey.consent(key, given="12-05")
        _candidate(journey, key, origin="pupils_9_11", form="pupil_pupil", capacity=1)
    journey.refused("advance", {"mentors_consented"})
    journey.today("12-08")
    journey.consent("p3", given="12-08")
    journey.advanced()


def _candidate(journey: Journey, key: str, *, origin: str, form: str, capacity: int) -> None:
    journey.mentors[key] = journey.add(
        "mentors",
        person_id=journey.people[key],
        origin=origin,
        form=form,
        capacity=capacity,
        joined_on=journey.on("12-07"),
    )


def choose_and_train(journey: Journey) -> None:
    """Stage IV: criteria, decisions and a training on a later day; the stage is left with the training carried."""
    journey.say("IV. Отбор и обучение наставников")
    journey.today("12-09")
    journey.refused("advance", {"criteria_cover_requests", "candidates_decided", "training_listed"})
    journey.add("criteria", text="Знание предмета", topics=[TOPICS[0]], approved_on=journey.on("12-08"))
    journey.add("criteria", text="Умение слушать и поддержать", is_general=True, approved_on=journey.on("12-08"))
    for key in journey.mentors:
        is_reserve = key == "p3"
        journey.add(
            "decisions",
            mentor_id=journey.mentors[key],
            outcome="reserve" if is_reserve else "selected",
            decided_on=journey.on("12-09"),
            reason="Уступила место: большая нагрузка" if is_reserve else None,
        )
    training = journey.add("trainings", title="Школа наставника", held_on=journey.plan("12-25"), hours=8)
    journey.trainings["school"] = training
    for key in ("t1", "t2", "p1", "p2"):
        journey.curator.post(f"/trainings/{training}/participants", {"mentor_id": journey.mentors[key]})
    moved = journey.advanced()
    for remark in moved["remarks"]:
        if remark["status"] == "carried":
            journey.say(f"      отложено: {remark['detail']}")


def form_pairs(journey: Journey) -> None:
    """Stage V: three pairs, a group, one mentee on the waiting list; refused while one has no place."""
    journey.say("V. Пары и группы")
    journey.today("12-10")
    journey.refused("advance", {"mentees_placed"})
    pairs = (
        ("t1", "group", "teacher_pupil", ("m1", "m2", "m7")),
        ("t2", "pair", "teacher_pupil", ("m5",)),
        ("p1", "pair", "pupil_pupil", ("m3",)),
        ("p2", "pair", "pupil_pupil", ("m4",)),
    )
    for mentor, kind, form, members in pairs:
        journey.pairs[mentor] = journey.add(
            "pairs",
            mentor_id=journey.mentors[mentor],
            kind=kind,
            form=form,
            mentor_agreed_on=journey.on("12-10"),
            mentor_guardian_agreed_on=journey.on("12-10") if mentor.startswith("p") else None,
        )
        for member in members:
            journey.curator.post(
                f"/pairs/{journey.pairs[mentor]}/members",
                {
                    "mentee_id": journey.mentees[member],
                    "mentee_agreed_on": journey.on("12-10"),
                    "guardian_agreed_on": journey.on("12-10"),
                },
            )
    journey.refused("advance", {"mentees_placed"})
    waiting = journey.mentees["m6"]
    journey.add(
        "waiting-list", mentee_id=waiting, reason="Нет наставника по теме «проект»", since_on=journey.on("12-10")
    )
    journey.advanced()
