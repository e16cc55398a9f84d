"""How the engine's processes log: events as JSON lines on stderr, with ids and codes only."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

from shared.settings import Settings

Log = Any


def configure(settings: Settings, duty: str) -> Log:
    """Set up logging for this process and return its logger; of RQ's chatter warnings are let through."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    line = '{"logger":"%(name)s","event":"%(message)s"}'
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=line)
    return structlog.get_logger(duty=duty)


def places(error: BaseException) -> list[str]:
    """Return where an error was raised, innermost last; its message may hold personal data: left out."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
