"""Which schools the demonstration district has and how far each has come; knows no account and no order of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.demo import bases, closing, opening, work
from services.demo.stage import Journey

DISTRICT = "Демонстрационный район"
METHODIST = "Методист ЦОКО"
Step = Callable[[Journey], None]


@dataclass(frozen=True, slots=True)
class PlannedSchool:
    """A school and its way. ``years_back``: 1 for last school year; ``stage``: where the way ends."""

    name: str
    shows: str
    years_back: int
    stage: str
    steps: tuple[Step, ...]


def suspend(journey: Journey) -> None:
    """The methodist stops the count of days; the school may go on entering what was."""
    journey.methodist.transition(journey.programme_id, "suspend", reason="Карантин: школа закрыта до особого письма")


TO_MENTORS: tuple[Step, ...] = (opening.prepare_conditions, opening.form_mentees)
TO_PAIRS: tuple[Step, ...] = (*TO_MENTORS, bases.form_mentors, bases.choose_and_train)
TO_WORK: tuple[Step, ...] = (*TO_PAIRS, bases.form_pairs)
TO_END: tuple[Step, ...] = (*TO_WORK, work.plan_work, work.work_and_meet, closing.close_and_complete)

SCHOOLS: tuple[PlannedSchool, ...] = (
    PlannedSchool("Школа № 1", "прошлый год внесён задним числом и завершён", 1, "completed", TO_END),
    PlannedSchool(
        "Гимназия № 2",
        "этап II, к переходу готова; один ученик ждёт согласия",
        0,
        "mentees",
        (opening.prepare_conditions, opening.collect_mentees),
    ),
    PlannedSchool("Лицей № 3", "этап V, обучение наставников отложено (IV.2)", 0, "pairing", TO_PAIRS),
    PlannedSchool(
        "Школа № 4", "прошлый год не доведён: этап II, опоздание", 1, "mentees", (opening.prepare_conditions,)
    ),
    PlannedSchool("Школа № 5", "приостановлена методистом на этапе III", 0, "suspended", (*TO_MENTORS, suspend)),
    PlannedSchool("Школа № 6", "этап VI, срок продлён", 0, "work", (*TO_WORK, work.plan_work)),
)
