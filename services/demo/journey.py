"""The whole journey in the order of the order; each step raises when the API does not answer as expected."""

from __future__ import annotations

from services.demo import bases, closing, opening, work
from services.demo.client import Client
from services.demo.stage import Journey, Say, SetClock


def run(url: str, admin_token: str, *, set_clock: SetClock, say: Say) -> Journey:
    """Walk one school from stage I to completion over HTTP; returns where it came."""
    admin = Client(url, admin_token)
    journey = Journey(url, say, set_clock, admin, Client(url), Client(url), Client(url))
    for step in (
        opening.found_district,
        opening.prepare_conditions,
        opening.form_mentees,
        bases.form_mentors,
        bases.choose_and_train,
        bases.form_pairs,
        work.organise_work,
        work.work_and_meet,
        closing.close_and_complete,
        closing.check_history,
        closing.show_late_school,
        closing.begin_current_year,
    ):
        step(journey)
    return journey
