"""A span is told from a child to its parent whole, and asks for nothing where no collector is named."""

from __future__ import annotations

import json
import subprocess
import sys

from services.spans import Ended, ended_now
from shared.settings import is_tracing_asked_for
from shared.trace import continued


def test_a_span_comes_back_from_json_as_it_was() -> None:
    span = ended_now("job aggregate_feedback", continued(None), 1.5, job="j", attempt=2)
    assert span.ended_ns - span.begun_ns == 1_500_000_000
    assert Ended.from_json(json.loads(json.dumps(span.as_json()))) == span


def test_a_collector_is_named_by_the_standard_variable_alone() -> None:
    assert is_tracing_asked_for({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert not is_tracing_asked_for({})
    assert not is_tracing_asked_for({"OTEL_EXPORTER_OTLP_ENDPOINT": ""})


def test_with_a_collector_named_and_the_library_absent_nothing_happens() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from services.spans import ended_now, export\n"
        "from shared.trace import continued\n"
        "export(ended_now('x', continued(None), 1.0))"
    )
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
