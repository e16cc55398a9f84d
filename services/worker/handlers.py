"""Which code does which kind of job: the one table to add a line to.

Imported before the fork, so that a child starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.worker.kind import Handler
from services.worker.kinds import (
    aggregate_feedback,
    build_reward_list,
    deliver_mail,
    deliver_webhook,
    erase_person,
    find_stale_results,
    keep_retention,
    remind_of_deadlines,
    score_effectiveness,
    watch_open_cases,
)
from shared.jobs.kinds import (
    AGGREGATE_FEEDBACK,
    BUILD_REWARD_LIST,
    DELIVER_MAIL,
    DELIVER_WEBHOOK,
    ERASE_PERSON,
    FIND_STALE_RESULTS,
    KEEP_RETENTION,
    REMIND_OF_DEADLINES,
    SCORE_EFFECTIVENESS,
    WATCH_OPEN_CASES,
)

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        AGGREGATE_FEEDBACK: aggregate_feedback.HANDLER,
        SCORE_EFFECTIVENESS: score_effectiveness.HANDLER,
        BUILD_REWARD_LIST: build_reward_list.HANDLER,
        REMIND_OF_DEADLINES: remind_of_deadlines.HANDLER,
        FIND_STALE_RESULTS: find_stale_results.HANDLER,
        WATCH_OPEN_CASES: watch_open_cases.HANDLER,
        KEEP_RETENTION: keep_retention.HANDLER,
        DELIVER_MAIL: deliver_mail.HANDLER,
        DELIVER_WEBHOOK: deliver_webhook.HANDLER,
        ERASE_PERSON: erase_person.HANDLER,
    }
)
