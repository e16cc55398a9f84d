"""Every line of every process of ours is one JSON object; knows no event and no duty.

Our own events carry ids and codes only. What libraries say may quote a request, a person or an address: of their
lines the words that stand in their source are kept, of what is put into them the numbers.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import structlog

WITHHELD = "message_withheld"
GUNICORN: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"generic": {"()": "services.log_lines.JsonLines"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"},
        "error_console": {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"},
    },
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["error_console"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["console"], "propagate": False},
    },
}
"""gunicorn's `logconfig_dict`."""


class JsonLines(logging.Formatter):
    """A library's record as one JSON object without what was put into the words, numbers apart."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": _words(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.filename}:{record.lineno}",
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if isinstance(record.args, tuple) and (numbers := [a for a in record.args if type(a) in (int, float)]):
            line["numbers"] = numbers
        if record.exc_info and record.exc_info[0] is not None:
            line |= failure(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Have our events written to ``stream`` (stdout) as JSON lines, with the ids bound to the running work."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def take_over_libraries(stream: TextIO) -> None:
    """Have warnings of libraries, and the error that ends a process or a thread, written in the same way."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)
    sys.excepthook = _last_words


def failure(error: BaseException | None) -> dict[str, Any]:
    """Return an error's type and where it was raised; its message may hold personal data and is left out."""
    return {"error": type(error).__name__, "at": places(error) if error is not None else []}


def places(error: BaseException) -> list[str]:
    """Return where an error was raised, innermost last, six frames at most."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]


def _words(record: logging.LogRecord) -> str:
    """Words without arguments may have been put together beforehand: kept where nothing is quoted, up to INFO."""
    if isinstance(record.msg, str) and (record.args or record.levelno <= logging.INFO):
        return record.msg
    return WITHHELD


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("process_failed", **failure(error.with_traceback(trace)))
