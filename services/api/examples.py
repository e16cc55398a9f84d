"""Requests that the OpenAPI document shows as examples, by operation id; a test compares each with its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REQUESTS: Mapping[str, Any] = {
    "createMunicipality": {"name": "Калининский район", "timezone": "Europe/Moscow"},
    "createSchool": {"name": "Школа № 1"},
    "createPrincipal": {"name": "Куратор школы № 1", "role": "curator", "school_id": 1},
    "grantToken": {"principal_id": 2, "label": "школьная информационная система", "scopes": ["*.read"]},
    "createProgramme": {"school_id": 1, "school_year": "2020/21", "pack": {"code": "order_428", "version": 1}},
    "transition": {"trigger": "advance"},
    "updateActivity": {"responsible_id": 1, "planned_on": "2020-11-30"},
    "createEvidence": {
        "title": "О программе наставничества (положение и план — приложения)",
        "kinds": ["order", "regulation", "event_plan"],
        "activity_keys": ["I.1"],
        "number": "112-о",
        "dated_on": "2020-11-12",
        "body": "order",
    },
    "createAppointment": {"person_id": 1, "duty": "curator", "appointed_on": "2020-11-12", "evidence_id": 1},
    "createGoal": {"kind": "expected_result", "text": "Сдан пробный экзамен", "topics": ["подготовка к экзаменам"]},
    "createPerson": {"kind": "pupil", "family_name": "Антонов", "given_name": "Илья"},
    "createConsent": {
        "kind": "processing",
        "given_by": "representative",
        "representative": "Антонова Мария Сергеевна",
        "given_on": "2020-12-02",
        "document": "Согласие № 17 от 02.12.2020",
    },
    "createMentee": {"person_id": 1, "topics": ["подготовка к экзаменам"], "source": "parents"},
    "createMentor": {"person_id": 2, "origin": "teachers", "form": "teacher_pupil", "capacity": 3},
    "createDecision": {"mentor_id": 1, "outcome": "selected", "decided_on": "2020-12-09"},
    "createPair": {"mentor_id": 1, "kind": "pair", "form": "teacher_pupil", "mentor_agreed_on": "2020-12-10"},
    "createMeeting": {"planned_on": "2021-01-20", "held_on": "2021-01-20", "minutes": 45},
    "createSurvey": {"side": "mentee", "moment": "before", "responsible_id": 1, "scheduled_on": "2020-12-15"},
    "createExtension": {
        "stage_key": "work",
        "due_on": "2020-12-25",
        "document": "Письмо ЦОКО № 41 от 14.12.2020",
        "reason": "Карантин двух классов",
    },
    "createConclusion": {
        "subject": "feedback",
        "text": "Участники довольны; пожелание — больше групповых встреч.",
        "author_id": 1,
        "signed_on": "2021-05-20",
    },
    "createWebhook": {
        "url": "https://hooks.example.org/nastavnik",
        "event_types": ["programme.advance", "job.dead"],
        "description": "портал управления образования",
    },
    "answerSurvey": {"answers": {"satisfaction": 9, "again": 1, "words": "Спасибо за встречи"}},
    "logMeeting": {"held_on": "2021-01-20", "minutes": 45},
    "createConfirmationLink": {"as": "guardian", "days": 30},
}
