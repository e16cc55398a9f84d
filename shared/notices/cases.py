"""What waits for somebody too long, and results overtaken by facts; pure: gets counts and days, reads no rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.notices.model import Notice, Reader
from shared.pack.words import LocalText

SAFETY_DAYS = 3
"""An open safety case is told of after so many days, and every week from then on."""
WAITING_DAYS = 30
"""A mentee waits for a mentor longer than this: told once a month."""
SILENT_DAYS = 30
"""A live pair did not meet for longer than this: told once a month."""

STALE, SAFETY, SURVEY, WAITING, SILENT, DEAD = (
    "result.stale",
    "case.safety",
    "case.survey",
    "case.waiting",
    "case.silent",
    "case.dead_jobs",
)
_SEPTEMBER = 9
_RESULTS = {
    "feedback_summary": LocalText("Анализ обратной связи", "The feedback summary"),
    "effectiveness": LocalText("Оценка эффективности", "The effectiveness score"),
    "reward_list": LocalText("Список на поощрение", "The reward list"),
}


@dataclass(frozen=True, slots=True)
class StaleResult:
    """A result that was approved, signed or built upon, and that facts have overtaken since."""

    school_id: int
    programme_id: int
    school_year: int
    result_id: int
    kind: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One thing of a programme that waits: ``code`` says what, ``number`` how many, ``since_on`` since when."""

    code: str
    school_id: int
    programme_id: int
    school_year: int
    subject: str
    number: int
    since_on: date


def stale_notices(results: Iterable[StaleResult]) -> list[Notice]:
    """Return one notice for each result, once: a newer result is another one."""
    found = []
    for result in results:
        name = _RESULTS.get(result.kind, LocalText("Результат", "A result"))
        state = LocalText("утверждён", "was approved") if result.is_approved else LocalText("использован", "was used")
        text = LocalText(
            f"{name.ru} ({state.ru}, результат {result.result_id}): после расчёта данные изменились.",
            f"{name.en} ({state.en}, result {result.result_id}): the data have changed since it was computed.",
        )
        found.append(
            Notice(
                STALE,
                Reader.CURATOR,
                f"{STALE}:{result.result_id}",
                text,
                f"/programmes/{result.programme_id}",
                result.school_year,
                result.school_id,
                result.programme_id,
            )
        )
    return found


def case_notices(cases: Iterable[OpenCase], today: date) -> list[Notice]:
    """Return what the curators are told of their programmes' open cases today."""
    return [
        Notice(
            case.code,
            Reader.CURATOR,
            f"{case.code}:{case.programme_id}:{case.subject}:{_period(case, today)}",
            _sentence(case),
            f"/programmes/{case.programme_id}",
            case.school_year,
            case.school_id,
            case.programme_id,
        )
        for case in cases
    ]


def dead_jobs_notice(number: int, today: date) -> list[Notice]:
    """Return what the methodist is told of work that died and that nobody repeated: once a week."""
    if not number:
        return []
    text = LocalText(
        f"Сорвались и не повторены фоновые работы: {number}.",
        f"Background jobs that have failed for good and were not repeated: {number}.",
    )
    once = f"{DEAD}:{_week(today)}"
    return [Notice(DEAD, Reader.METHODIST, once, text, "/jobs?show=failed", school_year_of(today))]


def school_year_of(day: date) -> int:
    """Return the year in which the school year of a day began: in September."""
    return day.year if day.month >= _SEPTEMBER else day.year - 1


def _period(case: OpenCase, today: date) -> str:
    if case.code == SURVEY:
        return case.since_on.isoformat()
    return _week(today) if case.code == SAFETY else f"{today:%Y-%m}"


def _week(today: date) -> str:
    year, week, _ = today.isocalendar()
    return f"{year}-w{week:02d}"


def _sentence(case: OpenCase) -> LocalText:
    day = f"{case.since_on:%d.%m.%Y}"
    if case.code == SAFETY:
        return LocalText(
            f"Не закрыты случаи, требующие внимания: {case.number}; самый давний открыт {day}.",
            f"Safety cases still open: {case.number}; the oldest since {day}.",
        )
    if case.code == SURVEY:
        return LocalText(
            f"Опрос должен был закончиться {day}, но не закрыт.",
            f"A survey was to end on {day} and is not closed.",
        )
    if case.code == WAITING:
        return LocalText(
            f"Наставляемые ждут наставника дольше {WAITING_DAYS} дн.: {case.number}; самый давний — с {day}.",
            f"Mentees waiting for a mentor for more than {WAITING_DAYS} days: {case.number}; the oldest since {day}.",
        )
    return LocalText(
        f"Пары и группы без встреч дольше {SILENT_DAYS} дн.: {case.number}; самая давняя — с {day}.",
        f"Pairs and groups without a meeting for more than {SILENT_DAYS} days: {case.number}; the oldest since {day}.",
    )
