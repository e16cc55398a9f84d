"""Lines of libraries become JSON that quotes nobody."""

from __future__ import annotations

import json
import logging
import logging.config
import subprocess
import sys
from typing import Any

from services.log_lines import GUNICORN, WITHHELD, JsonLines

SECRET = "Иванов Пётр nst_1_secret"


def line_of(level: int, message: object, *args: Any, error: BaseException | None = None) -> dict[str, Any]:
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("library", level, "/a/b.py", 7, message, args, info)
    found: dict[str, Any] = json.loads(JsonLines().format(record))
    return found


def test_the_words_of_the_source_and_numbers_are_kept_and_what_was_put_in_is_not() -> None:
    line = line_of(logging.ERROR, "Error handling request %s of worker %s", f"/answers/{SECRET}", 42)
    assert line["event"] == "Error handling request %s of worker %s"
    assert line["numbers"] == [42]
    assert SECRET not in json.dumps(line, ensure_ascii=False)


def test_a_sentence_put_together_beforehand_is_withheld_and_its_place_is_named() -> None:
    line = line_of(logging.WARNING, f"Invalid request: GET /{SECRET}")
    assert (line["event"], line["place"]) == (WITHHELD, "b.py:7")
    assert line_of(logging.ERROR, ValueError(SECRET))["event"] == WITHHELD


def test_of_an_error_the_type_and_the_places_are_told() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        line = line_of(logging.ERROR, "it broke: %s", SECRET, error=error)
    assert line["error"] == "ValueError"
    assert "test_of_an_error_the_type_and_the_places_are_told" in line["at"][-1]
    assert SECRET not in json.dumps(line, ensure_ascii=False)


def test_gunicorns_own_configuration_can_be_made() -> None:
    logging.config.DictConfigurator(GUNICORN).configure_formatter({"()": "services.log_lines.JsonLines"})
    assert GUNICORN["formatters"]["generic"]["()"] == f"{JsonLines.__module__}.{JsonLines.__name__}"


def test_the_error_that_ends_a_process_is_one_line_without_its_message() -> None:
    code = (
        "import sys; from services import log_lines; log_lines.configure('INFO', sys.stderr);"
        f" log_lines.take_over_libraries(sys.stderr); import warnings; warnings.warn('old', stacklevel=1);"
        f" raise RuntimeError({SECRET!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == [WITHHELD, "process_failed"]
    assert lines[1]["error"] == "RuntimeError"
    assert SECRET not in done.stderr
