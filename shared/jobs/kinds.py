"""The kinds of background work by their stable names; knows no code that does them and no queue.

A name is written into rows and packs, so it is never renamed; a release that
does not know a kind leaves its jobs alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.errors import BadInput

POKE_CHANNEL = "nastavnik:poke"
"""Where a hint is published after a commit: the outbox has something."""

AGGREGATE_FEEDBACK = "aggregate_feedback"
SCORE_EFFECTIVENESS = "score_effectiveness"
BUILD_REWARD_LIST = "build_reward_list"


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind. ``result_kind`` names the row it leaves; ``max_attempts`` None: the settings decide."""

    name: str
    result_kind: str
    ru: str
    en: str
    max_attempts: int | None = None


KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            JobKind(AGGREGATE_FEEDBACK, "feedback_summary", "Анализ обратной связи", "Feedback analysis"),
            JobKind(SCORE_EFFECTIVENESS, "effectiveness", "Оценка эффективности", "Effectiveness score"),
            JobKind(BUILD_REWARD_LIST, "reward_list", "Список на поощрение", "Reward list"),
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
