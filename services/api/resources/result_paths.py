"""Under which path of a programme the result of a job kind is found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.jobs.kinds import AGGREGATE_FEEDBACK, BUILD_REWARD_LIST, SCORE_EFFECTIVENESS

PATHS: Mapping[str, str] = MappingProxyType(
    {
        AGGREGATE_FEEDBACK: "feedback-summary",
        SCORE_EFFECTIVENESS: "effectiveness",
        BUILD_REWARD_LIST: "reward-list",
    }
)
