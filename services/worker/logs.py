"""How the engine's processes log: events as JSON lines on stderr, with ids and codes only."""

from __future__ import annotations

import sys
from typing import Any

import structlog

from services import log_lines
from services.log_lines import places
from shared.settings import Settings

Log = Any
__all__ = ["Log", "configure", "places"]


def configure(settings: Settings, duty: str) -> Log:
    """Set up logging for this process and return its logger; of libraries' chatter warnings are let through."""
    log_lines.configure(settings.log_level, sys.stderr)
    log_lines.take_over_libraries(sys.stderr)
    return structlog.get_logger(duty=duty)
