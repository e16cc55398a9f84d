"""A programme that has just begun, with its curator, over HTTP; knows no part's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.http import Account, Api

GIVEN_ON = "2020-09-01"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A curator, the programme of 2020/21 and the path of its parts."""

    curator: Account
    municipality_id: int
    school_id: int
    programme_id: int

    @property
    def path(self) -> str:
        return f"/programmes/{self.programme_id}"

    def person(self, family: str, given: str, kind: str = "pupil", *, with_consent: bool = True) -> int:
        """Make a person of the school, with a consent in force unless told otherwise."""
        made = self.curator.post("/people", {"kind": kind, "family_name": family, "given_name": given})
        if with_consent:
            who: dict[str, Any] = {"given_by": "self"}
            if kind == "pupil":
                who = {"given_by": "representative", "representative": "Мать"}
            consent = {"kind": "processing", "given_on": GIVEN_ON, "document": "Лист 1", **who}
            self.curator.post(f"/people/{made['id']}/consents", consent)
        return int(made["id"])

    def pair(self, number: int) -> int:
        """Make a pair of a teacher and a pupil of their own."""
        teacher, pupil = self.person("Учитель", f"Имя{number}", "teacher"), self.person("Ученик", f"Имя{number}")
        mentor = self.curator.post(f"{self.path}/mentors", {"person_id": teacher, "origin": "teachers"})
        mentee = self.curator.post(f"{self.path}/mentees", {"person_id": pupil})
        made = self.curator.post(
            f"{self.path}/pairs", {"mentor_id": mentor["id"], "kind": "pair", "form": "teacher_pupil"}
        )
        self.curator.post(f"/pairs/{made['id']}/members", {"mentee_id": mentee["id"]})
        return int(made["id"])


def begin(api: Api, *, school: str = "Школа № 1", municipality_id: int | None = None) -> Beginning:
    """Make a school with a curator and its programme."""
    municipality = municipality_id or api.municipality()
    school_id = api.school(municipality, school)
    curator = api.account(municipality, "curator", school_id)
    fields = {"school_id": school_id, "school_year": "2020/21", "pack": {"code": "order_428", "version": 1}}
    made = curator.post("/programmes", fields)
    return Beginning(curator, municipality, school_id, int(made["id"]))
