"""Which code does which kind of job: the one table to add a line to.

Imported before the fork, so that a child starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.worker.kind import Handler
from services.worker.kinds import aggregate_feedback, build_reward_list, deliver_webhook, score_effectiveness
from shared.jobs.kinds import AGGREGATE_FEEDBACK, BUILD_REWARD_LIST, DELIVER_WEBHOOK, SCORE_EFFECTIVENESS

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        AGGREGATE_FEEDBACK: aggregate_feedback.HANDLER,
        SCORE_EFFECTIVENESS: score_effectiveness.HANDLER,
        BUILD_REWARD_LIST: build_reward_list.HANDLER,
        DELIVER_WEBHOOK: deliver_webhook.HANDLER,
    }
)
