"""The kinds of background work by their stable names; knows no code that does them and no queue.

A name is written into rows and packs, so it is never renamed; a release that
does not know a kind leaves its jobs alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.errors import BadInput

POKE_CHANNEL = "nastavnik:poke"
"""Where a hint is published after a commit: the outbox has something."""

AGGREGATE_FEEDBACK = "aggregate_feedback"
SCORE_EFFECTIVENESS = "score_effectiveness"
BUILD_REWARD_LIST = "build_reward_list"
REMIND_OF_DEADLINES = "remind_of_deadlines"
FIND_STALE_RESULTS = "find_stale_results"
WATCH_OPEN_CASES = "watch_open_cases"
KEEP_RETENTION = "keep_retention"
DELIVER_MAIL = "deliver_mail"
DELIVER_WEBHOOK = "deliver_webhook"
ERASE_PERSON = "erase_person"

DELIVERY_ATTEMPTS = 30
"""A receiver that is away for two hours costs no delivery; after that a person repeats it."""


class Scope(StrEnum):
    """Whose the jobs of a kind are."""

    PROGRAMME = "programme"
    MUNICIPALITY = "municipality"
    """of the municipality as a whole: no school sees them"""


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind. ``result_kind`` names the row it leaves; ``max_attempts`` None: the settings decide."""

    name: str
    result_kind: str
    ru: str
    en: str
    max_attempts: int | None = None
    scope: Scope = Scope.PROGRAMME


def _of_municipality(name: str, result_kind: str, ru: str, en: str, max_attempts: int | None = None) -> JobKind:
    return JobKind(name, result_kind, ru, en, max_attempts, Scope.MUNICIPALITY)


KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            JobKind(AGGREGATE_FEEDBACK, "feedback_summary", "Анализ обратной связи", "Feedback analysis"),
            JobKind(SCORE_EFFECTIVENESS, "effectiveness", "Оценка эффективности", "Effectiveness score"),
            JobKind(BUILD_REWARD_LIST, "reward_list", "Список на поощрение", "Reward list"),
            _of_municipality(REMIND_OF_DEADLINES, "deadlines_reminded", "Напоминания о сроках", "Deadline reminders"),
            _of_municipality(FIND_STALE_RESULTS, "stale_found", "Поиск устаревших результатов", "Stale results"),
            _of_municipality(WATCH_OPEN_CASES, "open_cases", "Проверка незакрытых дел", "Open cases"),
            _of_municipality(KEEP_RETENTION, "retention_kept", "Удаление отслужившего", "Retention"),
            _of_municipality(DELIVER_MAIL, "mail_sent", "Отправка письма", "Mail", DELIVERY_ATTEMPTS),
            _of_municipality(DELIVER_WEBHOOK, "webhook_sent", "Отправка веб-хука", "Webhook", DELIVERY_ATTEMPTS),
            _of_municipality(ERASE_PERSON, "person_erased", "Уничтожение данных человека", "Erasure of a person"),
        )
    }
)


class UnknownKind(BadInput):
    """There is no background work called {kind}."""

    code = "job.kind"
    ru = "Фоновой работы «{kind}» нет."


def job_kind(name: str) -> JobKind:
    """Return the kind; UnknownKind for a foreign name."""
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKind(kind=name) from None
