"""A school begins its programme, and stages I and II: refused with all reasons, mended, advanced."""

from __future__ import annotations

from typing import Any

from services.demo.cast import adult, pupil
from services.demo.client import Client
from services.demo.stage import Journey

ORDER_428 = {"code": "order_428", "version": 1}
TOPICS = ("подготовка к экзаменам", "адаптация в классе", "проектная работа")
MENTEES = (("m1", 0), ("m2", 0), ("m3", 1), ("m4", 1), ("m5", 2), ("m6", 2), ("m7", 0))
"""Key of a mentee -> which of the topics."""


def token_of(client: Client, name: str, role: str, school_id: int | None) -> str:
    """Make an account and its token; returns the token."""
    principal = client.post("/principals", {"name": name, "role": role, "school_id": school_id})
    token: str = client.post("/tokens", {"principal_id": principal["id"], "label": name})["token"]
    return token


def begin_programme(journey: Journey) -> None:
    """State what the school has in this year and begin its programme."""
    profile = {"school_year": journey.school_year, "children_10_19": 420, "children_15_19": 110, "young_teachers": 0}
    journey.curator.post(f"/schools/{journey.school_id}/profiles", {**profile, "has_young_specialists": False})
    body = {"school_id": journey.school_id, "school_year": journey.school_year, "pack": ORDER_428}
    journey.programme_id = int(journey.curator.post("/programmes", body)["id"])


def prepare_conditions(journey: Journey) -> None:
    """Stage I: refused with everything that is missing, mended item by item, advanced."""
    journey.say("I. Подготовка условий")
    journey.today("11-10")
    refused_at_first(journey)
    journey.today("11-20")
    order = _documents(journey)
    for place, (key, kind) in enumerate(
        (("curator", "staff"), ("deputy", "teacher"), ("psychologist", "psychologist"))
    ):
        journey.person(key, kind, adult(journey.cast(place)))
    for key, duty in (("curator", "curator"), ("deputy", "member"), ("psychologist", "member")):
        appointed_on, person_id = journey.on("11-12"), journey.people[key]
        journey.add("working-group", person_id=person_id, duty=duty, appointed_on=appointed_on, evidence_id=order)
    for audience, way in (("staff", "педагогический совет"), ("students", "классные часы")):
        journey.add("information", audience=audience, informed_on=journey.on("11-11"), way=way)
    collected_on = journey.on("11-16")
    for audience, topic, people in (
        ("students", TOPICS[0], 24),
        ("students", TOPICS[1], 9),
        ("teachers", TOPICS[2], 5),
    ):
        journey.add("requests", audience=audience, topic=topic, number_of_people=people, collected_on=collected_on)
    _goals(journey)
    _roadmap(journey, order)
    journey.today("11-27")
    journey.advanced()


def refused_at_first(journey: Journey) -> None:
    """Nothing is entered yet: seven reasons at once."""
    journey.refused(
        "advance",
        {
            "documents_on_file",
            "audiences_informed",
            "requests_collected",
            "working_group_appointed",
            "goals_set",
            "roadmap_complete",
            "roadmap_approved",
        },
    )


def _documents(journey: Journey) -> int:
    return journey.add(
        "evidence",
        title="О программе наставничества (положение и план — приложения)",
        kinds=["order", "regulation", "event_plan", "roadmap"],
        activity_keys=["I.1", "I.3", "I.5"],
        number="112-о",
        dated_on=journey.on("11-12"),
        body="order",
    )


def _goals(journey: Journey) -> None:
    journey.add("goals", kind="task", text="Помочь обучающимся с трудностями в учёбе и адаптации")
    for form in ("pupil_pupil", "teacher_pupil"):
        journey.add("goals", kind="form", text="Форма наставничества", form=form)
    for topic in TOPICS:
        journey.add("goals", kind="expected_result", text=f"Решён запрос: {topic}", topics=[topic])


def _roadmap(journey: Journey, order: int) -> None:
    lines: list[dict[str, Any]] = journey.curator.get(f"{journey.programme}/activities")["items"]
    dues = {item["key"]: item["due_on"] for item in journey.curator.get(journey.programme)["activities"]}
    for line in lines:
        key = line["activity_key"]
        body = {"responsible_id": journey.people["curator"], "planned_on": dues[key]}
        journey.curator.patch(f"{journey.programme}/activities/{key}", body)
    journey.add("roadmap-approvals", approved_on=journey.on("11-12"), evidence_id=order)


def form_mentees(journey: Journey) -> None:
    """Stage II: collections and the base of mentees; one of them awaits the consent."""
    journey.say("II. База наставляемых")
    journey.today("12-01")
    journey.refused("advance", {"collections_recorded", "mentees_active", "results_expected"})
    collect_mentees(journey)
    journey.today("12-04")
    journey.advanced()


def collect_mentees(journey: Journey) -> None:
    """Ask every source; enter seven pupils with their consents and an eighth who awaits it."""
    for source in ("parents", "homeroom_teachers", "psychologists", "career_tests"):
        journey.add("collections", source=source, outcome="used", collected_on=journey.on("12-01"))
    for place, (key, _topic) in enumerate(MENTEES):
        person_id = journey.person(key, "pupil", pupil(journey.cast(place)))
        grade = {"school_year": journey.school_year, "grade": 8, "class_letter": "А"}
        journey.curator.post(f"/people/{person_id}/grades", grade)
    journey.today("12-03")
    for key, topic in MENTEES:
        journey.consent(key, given="12-02")
        journey.curator.patch(f"/people/{journey.people[key]}", {"birth_on": f"{journey.year - 14}-05-14"})
        journey.mentees[key] = journey.add(
            "mentees",
            person_id=journey.people[key],
            topics=[TOPICS[topic]],
            joined_on=journey.on("12-03"),
            source="parents",
        )
    journey.person("awaiting", "pupil", pupil(journey.cast(len(MENTEES))))
    journey.mentees["awaiting"] = journey.add("mentees", person_id=journey.people["awaiting"])
    journey.say("  в базе 8, один ждёт согласия: о нём хранится только имя и класс")
