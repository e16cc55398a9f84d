"""The district is set up, and stages I and II: refused with all reasons, mended, advanced."""

from __future__ import annotations

from typing import Any

from services.demo.client import Client
from services.demo.stage import Journey

ORDER_428 = {"code": "order_428", "version": 1}
TOPICS = ("подготовка к экзаменам", "адаптация в классе", "проектная работа")


def found_district(journey: Journey) -> None:
    """Make the municipality, two schools, their people with tokens, and both programmes of 2020/21."""
    journey.say("Район, две школы, учётные записи")
    journey.today("2020-10-01")
    admin = journey.admin
    journey.municipality_id = admin.post("/municipalities", {"name": "Калининский район"})["id"]
    inside = Client(journey.url, admin.token, journey.municipality_id)
    journey.methodist.token = _token(inside, "Методист ЦОКО", "methodist", None)
    journey.school_id = journey.methodist.post("/schools", {"name": "Школа № 1"})["id"]
    journey.other_school_id = journey.methodist.post("/schools", {"name": "Школа № 2"})["id"]
    journey.curator.token = _token(journey.methodist, "Куратор школы № 1", "curator", journey.school_id)
    journey.other_curator.token = _token(journey.methodist, "Куратор школы № 2", "curator", journey.other_school_id)
    profile = {"school_year": "2020/21", "children_10_19": 420, "children_15_19": 110, "young_teachers": 0}
    journey.curator.post(f"/schools/{journey.school_id}/profiles", {**profile, "has_young_specialists": False})
    for curator, school_id in ((journey.curator, journey.school_id), (journey.other_curator, journey.other_school_id)):
        body = {"school_id": school_id, "school_year": "2020/21", "pack": ORDER_428}
        programme_id = int(curator.post("/programmes", body)["id"])
        if school_id == journey.school_id:
            journey.programme_id = programme_id
        else:
            journey.other_programme_id = programme_id
    whole = journey.curator.get(journey.programme)
    dues = {activity["stage"]: activity["due_on"] for activity in whole["activities"]}
    journey.say("  сроки приказа: " + ", ".join(dues.values()))


def _token(client: Client, name: str, role: str, school_id: int | None) -> str:
    principal = client.post("/principals", {"name": name, "role": role, "school_id": school_id})
    token: str = client.post("/tokens", {"principal_id": principal["id"], "label": "journey"})["token"]
    return token


def prepare_conditions(journey: Journey) -> None:
    """Stage I: refused with everything that is missing, mended item by item, advanced."""
    journey.say("I. Подготовка условий")
    journey.today("2020-11-10")
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
    journey.today("2020-11-20")
    order = _documents(journey)
    for key, kind, name in (
        ("curator", "staff", "Орлова Мария Петровна"),
        ("deputy", "teacher", "Белов Игорь Олегович"),
        ("psychologist", "psychologist", "Лебедева Анна Юрьевна"),
    ):
        journey.person(key, kind, name)
    for key, duty in (("curator", "curator"), ("deputy", "member"), ("psychologist", "member")):
        person_id = journey.people[key]
        journey.add("working-group", person_id=person_id, duty=duty, appointed_on="2020-11-12", evidence_id=order)
    for audience, way in (("staff", "педагогический совет"), ("students", "классные часы")):
        journey.add("information", audience=audience, informed_on="2020-11-11", way=way)
    for audience, topic, people in (("students", TOPICS[0], 24), ("students", TOPICS[1], 9), ("teachers", TOPICS[2], 5)):
        journey.add("requests", audience=audience, topic=topic, number_of_people=people, collected_on="2020-11-16")
    _goals(journey)
    _roadmap(journey, order)
    journey.today("2020-11-27")
    journey.advanced()


def _documents(journey: Journey) -> int:
    number = "112-о"
    return journey.add(
        "evidence",
        title="О программе наставничества (положение и план — приложения)",
        kinds=["order", "regulation", "event_plan", "roadmap"],
        activity_keys=["I.1", "I.3", "I.5"],
        number=number,
        dated_on="2020-11-12",
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
    journey.add("roadmap-approvals", approved_on="2020-11-12", evidence_id=order)


def form_mentees(journey: Journey) -> None:
    """Stage II: collections and the base of mentees; one of them awaits the consent."""
    journey.say("II. База наставляемых")
    journey.today("2020-12-01")
    journey.refused("advance", {"collections_recorded", "mentees_active", "results_expected"})
    for source in ("parents", "homeroom_teachers", "psychologists", "career_tests"):
        journey.add("collections", source=source, outcome="used", collected_on="2020-12-01")
    names = (
        ("m1", "Антонов Илья", 0),
        ("m2", "Быкова Дарья", 0),
        ("m3", "Волков Артём", 1),
        ("m4", "Гусева Полина", 1),
        ("m5", "Дёмин Максим", 2),
        ("m6", "Ершова Алина", 2),
        ("m7", "Жуков Тимур", 0),
    )
    for key, name, _topic in names:
        person_id = journey.person(key, "pupil", name)
        journey.curator.post(f"/people/{person_id}/grades", {"school_year": "2020/21", "grade": 8, "class_letter": "А"})
    journey.today("2020-12-03")
    for key, _name, topic in names:
        journey.consent(key, given_on="2020-12-02")
        body = {"birth_on": "2006-05-14"}
        journey.curator.patch(f"/people/{journey.people[key]}", body)
        journey.mentees[key] = journey.add(
            "mentees", person_id=journey.people[key], topics=[TOPICS[topic]], joined_on="2020-12-03", source="parents"
        )
    journey.person("awaiting", "pupil", "Зимина Вера")
    journey.mentees["awaiting"] = journey.add("mentees", person_id=journey.people["awaiting"])
    journey.say("  в базе 8, один ждёт согласия: о нём хранится только имя и класс")
    journey.today("2020-12-04")
    journey.advanced()
