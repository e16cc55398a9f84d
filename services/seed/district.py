"""Brings the demonstration district about over HTTP; what is there already stays as it is.

Knows the API and the plan; must not know the database or where tokens are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.demo.client import Client
from services.demo.journey import school_year_of
from services.demo.opening import begin_programme, token_of
from services.demo.stage import Journey
from services.seed.plan import DISTRICT, METHODIST, SCHOOLS, PlannedSchool


@dataclass(frozen=True, slots=True)
class Door:
    """A way in. ``token`` is '' where none was granted now; ``programme_id`` None: the list of programmes."""

    who: str
    token: str
    programme_id: int | None


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a run found and made: names of schools made now, of schools left as they were, and the ways in.

    ``astray``: those of the kept whose programme is not where the plan ends: a run broke off, or people went on.
    """

    municipality_id: int
    made: tuple[str, ...]
    kept: tuple[str, ...]
    astray: tuple[str, ...]
    doors: tuple[Door, ...]


def seed(admin: Client, today: date, *, links: bool, say: Callable[[str], None]) -> Seeded:
    """Make every planned school that is missing. ``links``: grant new tokens for the schools that are there, too."""
    admin.municipality_id = municipality_id = _district(admin)
    schools = {row["name"]: row["id"] for row in _all(admin, "/schools")}
    stages = {(row["school_id"], row["stage"]) for row in _all(admin, "/programmes")}
    missing = tuple(one.name for one in SCHOOLS if one.name not in schools)
    kept = [one for one in SCHOOLS if one.name in schools]
    astray = tuple(one.name for one in kept if (schools[one.name], one.stage) not in stages)
    names = tuple(one.name for one in kept)
    if not missing and not links:
        return Seeded(municipality_id, (), names, astray, ())
    methodist = Client(admin.url, _token(admin, METHODIST, "methodist", None))
    doors = [Door(METHODIST, methodist.token, None)]
    for number, one in enumerate(SCHOOLS):
        if one.name in schools and links:
            doors.append(_door_of(methodist, one, schools[one.name]))
        elif one.name not in schools:
            doors.append(_make(methodist, one, number, today))
            say(f"  {one.name}: {one.shows}")
    return Seeded(municipality_id, missing, names, astray, tuple(doors))


def _district(admin: Client) -> int:
    for row in _all(admin, "/municipalities"):
        if row["name"] == DISTRICT:
            return int(row["id"])
    return int(admin.post("/municipalities", {"name": DISTRICT})["id"])


def _make(methodist: Client, one: PlannedSchool, number: int, today: date) -> Door:
    school_id = methodist.post("/schools", {"name": one.name})["id"]
    curator = Client(methodist.url, _token(methodist, _curator(one), "curator", school_id))
    year = school_year_of(today) - one.years_back
    journey = Journey(methodist, curator, year=year, latest=today, number=number, school_id=school_id)
    begin_programme(journey)
    for step in one.steps:
        step(journey)
    return Door(_curator(one), curator.token, journey.programme_id)


def _door_of(methodist: Client, one: PlannedSchool, school_id: int) -> Door:
    programmes = [row for row in _all(methodist, "/programmes") if row["school_id"] == school_id]
    return Door(
        _curator(one),
        _token(methodist, _curator(one), "curator", school_id),
        programmes[0]["id"] if programmes else None,
    )


def _curator(one: PlannedSchool) -> str:
    return f"Куратор, {one.name}"


def _token(client: Client, name: str, role: str, school_id: int | None) -> str:
    """Grant a token to the account of that name, making the account where there is none."""
    for row in _all(client, "/principals"):
        if (row["name"], row["role"], row["school_id"], row["ended_at"]) == (name, role, school_id, None):
            token: str = client.post("/tokens", {"principal_id": row["id"], "label": name})["token"]
            return token
    return token_of(client, name, role, school_id)


def _all(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """Yield every row of a list, page after page."""
    after: int | None = 0
    while after is not None:
        page = client.get(f"{path}?after={after}")
        yield from page["items"]
        after = page["next"]
