"""Rows and programmes for tests in few words, through the API as its users would make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.http import Account, Api

ORDER_428 = {"code": "order_428", "version": 1}


@dataclass(frozen=True, slots=True)
class School:
    """A school with its curator and the municipality's methodist."""

    api: Api
    municipality_id: int
    school_id: int
    curator: Account
    methodist: Account

    @classmethod
    def begin(cls, api: Api, name: str = "Школа № 1", municipality_id: int | None = None) -> School:
        """Make a school, in a new municipality unless one is given."""
        place = municipality_id or api.municipality(f"Район школы {name}")
        school_id = api.school(place, name)
        return cls(api, place, school_id, api.account(place, "curator", school_id), api.account(place, "methodist"))

    def programme(self, school_year: str = "2020/21") -> int:
        """Begin a programme by order 428; returns its id."""
        body = {"school_id": self.school_id, "school_year": school_year, "pack": ORDER_428}
        return int(self.curator.post("/programmes", body)["id"])

    def person(self, kind: str = "pupil", family_name: str = "Иванов", given_name: str = "Иван") -> int:
        """Make a person; returns the id."""
        body = {"kind": kind, "family_name": family_name, "given_name": given_name}
        return int(self.curator.post("/people", body)["id"])

    def consent(self, person_id: int, *, given_on: str = "2020-09-01", **more: Any) -> dict[str, Any]:
        """Give a consent to processing by the representative."""
        body = {
            "kind": "processing",
            "given_by": "representative",
            "representative": "Мать",
            "given_on": given_on,
            "document": "Согласие",
            **more,
        }
        made: dict[str, Any] = self.curator.post(f"/people/{person_id}/consents", body)
        return made

    def meet_stage_one(self, programme_id: int) -> dict[str, int]:
        """Enter everything that stage I is shown by; returns the ids of what may be taken away again."""
        base = f"/programmes/{programme_id}"
        post = self.curator.post
        lead, member = self.person("staff", "Орлова"), self.person("teacher", "Белов")
        order = post(
            f"{base}/evidence",
            {
                "title": "Приказ о программе",
                "kinds": ["regulation", "order", "event_plan"],
                "dated_on": "2020-11-10",
                "body": "order",
            },
        )["id"]
        made = {"evidence": order}
        for person_id, duty in ((lead, "curator"), (member, "member")):
            body = {"person_id": person_id, "duty": duty, "appointed_on": "2020-11-10"}
            made[duty] = post(f"{base}/working-group", body)["id"]
        for audience in ("staff", "students"):
            post(f"{base}/information", {"audience": audience, "informed_on": "2020-11-10", "way": "собрание"})
        for audience in ("students", "teachers", "young_specialists"):
            body = {"audience": audience, "topic": "учёба", "number_of_people": 3, "collected_on": "2020-11-10"}
            post(f"{base}/requests", body)
        post(f"{base}/goals", {"kind": "task", "text": "Помочь"})
        post(f"{base}/goals", {"kind": "form", "text": "Форма", "form": "pupil_pupil"})
        post(f"{base}/goals", {"kind": "expected_result", "text": "Решён", "topics": ["учёба"]})
        for line in self.curator.get(f"{base}/activities")["items"]:
            path = f"{base}/activities/{line['activity_key']}"
            self.curator.patch(path, {"responsible_id": lead, "planned_on": "2020-11-20"})
        post(f"{base}/roadmap-approvals", {"approved_on": "2020-11-10", "evidence_id": order})
        return made
