"""People of a pair, and the withdrawal of what they consented to; knows no rule of it."""

from __future__ import annotations

from typing import Any

from tests.api.beginnings import Beginning
from tests.http import Account

WITHDRAWN_ON = "2020-10-05"


def people_of(beginning: Beginning, pair: int) -> tuple[int, int]:
    """Return the mentor's and the mentee's person."""
    mentor = beginning.curator.get(f"{beginning.path}/pairs/{pair}")["mentor_id"]
    (member,) = beginning.curator.get(f"/pairs/{pair}/members")["items"]
    of = f"{beginning.path}/mentees/{member['mentee_id']}"
    return (
        int(beginning.curator.get(f"{beginning.path}/mentors/{mentor}")["person_id"]),
        int(beginning.curator.get(of)["person_id"]),
    )


def consent_of(curator: Account, person: int, kind: str = "processing") -> str:
    """Return the path of a person's one consent of a kind."""
    (found,) = curator.get(f"/people/{person}/consents?kind={kind}")["items"]
    return f"/people/{person}/consents/{found['id']}"


def withdraw(curator: Account, person: int, kind: str = "processing", on: str | None = WITHDRAWN_ON) -> None:
    """Enter that a consent was withdrawn on a day; None takes that back."""
    curator.patch(consent_of(curator, person, kind), {"withdrawn_on": on})


def waiting(curator: Account) -> list[dict[str, Any]]:
    """Return the erasures that wait for their day."""
    found: list[dict[str, Any]] = curator.get("/erasures?status=waiting")["items"]
    return found


def export(curator: Account, path: str) -> str:
    """Return a table as it is written."""
    return curator.call("GET", path).get_data(as_text=True)
