"""The whole journey in the order of the order; each step raises when the API does not answer as expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.demo import bases, closing, opening, work
from services.demo.client import Client, UnexpectedAnswerError
from services.demo.stage import SEPTEMBER, Journey, Say, SetClock

STEPS = (
    opening.prepare_conditions,
    opening.form_mentees,
    bases.form_mentors,
    bases.choose_and_train,
    bases.form_pairs,
    work.organise_work,
    work.work_and_meet,
    closing.close_and_complete,
    closing.check_history,
)


@dataclass(frozen=True, slots=True)
class Told:
    """A journey that was walked: who acted, the school that completed its programme, the one that did nothing."""

    admin: Client
    school: Journey
    late: Journey

    @property
    def calls(self) -> int:
        """How many HTTP requests the accounts sent."""
        return sum(one.calls for one in (self.admin, self.school.methodist, self.school.curator, self.late.curator))


def run(url: str, admin_token: str, *, set_clock: SetClock, say: Say) -> Told:
    """Walk one school from stage I to completion over HTTP; returns where it came."""
    return walk(Client(url, admin_token), set_clock=set_clock, say=say)


def walk(admin: Client, *, set_clock: SetClock, say: Say) -> Told:
    """Walk as `run` does, with clients of the administrator's kind."""
    told = _found_district(admin, set_clock, say)
    for step in STEPS:
        step(told.school)
    _show_late_school(told.late)
    _begin_current_year(told.school)
    return told


def _found_district(admin: Client, set_clock: SetClock, say: Say) -> Told:
    """Make the municipality, two schools, their people with tokens, and both programmes of 2020/21."""
    say("Район, две школы, учётные записи")
    municipality_id = admin.post("/municipalities", {"name": "Калининский район"})["id"]
    admin.municipality_id = municipality_id
    methodist = admin.account(opening.token_of(admin, "Методист ЦОКО", "methodist", None))
    schools = []
    for number in (1, 2):
        school_id = methodist.post("/schools", {"name": f"Школа № {number}"})["id"]
        token = opening.token_of(methodist, f"Куратор школы № {number}", "curator", school_id)
        journey = Journey(methodist, admin.account(token), say, set_clock, school_id=school_id)
        journey.today("10-01")
        opening.begin_programme(journey)
        schools.append(journey)
    dues = {item["stage"]: item["due_on"] for item in schools[0].curator.get(schools[0].programme)["activities"]}
    say("  сроки приказа: " + ", ".join(dues.values()))
    return Told(admin, *schools)


def _show_late_school(journey: Journey) -> None:
    """The second school did nothing: its agenda says what is late and where to begin."""
    journey.say("Школа № 2: ничего не внесено")
    agenda: dict[str, Any] = journey.curator.get(f"{journey.programme}/agenda")
    journey.say(f"  {agenda['summary'][:160]}…")
    journey.say(
        f"  просрочено {agenda['overdue']}, старейшее на {agenda['oldest_days']} дн., начать с {agenda['root']}"
    )
    for item in agenda["items"][:3]:
        journey.say(f"      {item['due_on']}  {item['activity']}  {item['title']}")
    if not agenda["overdue"]:
        raise UnexpectedAnswerError("the second school should be late")


def _begin_current_year(journey: Journey) -> None:
    """The same pack serves the current school year: dates by the template."""
    journey.set_clock("")
    now = Journey(journey.methodist, journey.curator, year=school_year_of(date.today()), school_id=journey.school_id)  # noqa: DTZ011
    opening.begin_programme(now)
    whole: dict[str, Any] = now.curator.get(now.programme)
    last = whole["activities"][-1]["due_on"]
    journey.say(f"{now.school_year}: программа начата, сроки по шаблону до {last}: {whole['summary']}")
    if not whole["is_template_year"]:
        raise UnexpectedAnswerError(f"{now.school_year} has no order of its own")


def school_year_of(day: date) -> int:
    """Return the year in which the school year of this day begins."""
    return day.year if day.month >= SEPTEMBER else day.year - 1
