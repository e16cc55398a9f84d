"""The trace that a request and everything it sets going belong to (W3C Trace Context); knows no transport.

A trace goes from a request into the jobs it asks for, from a job into the jobs and deliveries that follow.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace

_HEADER = re.compile(r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")
_LENGTH = 55
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in a trace: 32 and 16 hex digits. ``parent_id`` is the span this one came of, '' for the first."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    is_sampled: bool = True

    @property
    def header(self) -> str:
        """What ``traceparent`` says to whom this span calls: 55 characters."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.is_sampled):02x}"


def continued(traceparent: str | None) -> Trace:
    """Return a new span of the trace that a header names; of a new trace where it names none that is valid."""
    span_id = secrets.token_hex(8)
    caller = parsed(traceparent or "")
    if caller is None:
        return Trace(secrets.token_hex(16), span_id)
    return replace(caller, span_id=span_id, parent_id=caller.span_id)


def parsed(traceparent: str) -> Trace | None:
    """Return what a header says, None for one that is not valid. A later version may only be longer."""
    match = _HEADER.match(traceparent)
    if match is None or match["version"] == "ff":
        return None
    rest = traceparent[_LENGTH:]
    if rest and (match["version"] == "00" or not rest.startswith("-")):
        return None
    if not int(match["trace"], 16) or not int(match["span"], 16):
        return None
    return Trace(match["trace"], match["span"], is_sampled=bool(int(match["flags"], 16) & _SAMPLED))
