"""What a traceparent may be, by the words of W3C Trace Context, and what becomes of it."""

from __future__ import annotations

import re

import pytest

from shared.trace import Trace, continued, parsed

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_a_header_is_read_and_written_alike() -> None:
    found = parsed(GOOD)
    assert found == Trace(TRACE, SPAN, is_sampled=True)
    assert found.header == GOOD
    unsampled = parsed(f"00-{TRACE}-{SPAN}-00")
    assert unsampled is not None
    assert unsampled.header.endswith("-00")


def test_flags_of_tomorrow_are_not_passed_on() -> None:
    found = parsed(f"00-{TRACE}-{SPAN}-ff")
    assert found is not None
    assert found.header == GOOD


def test_a_later_version_may_be_longer_and_is_answered_in_ours() -> None:
    assert parsed(f"01-{TRACE}-{SPAN}-01-what-comes") == Trace(TRACE, SPAN)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        GOOD.upper(),
        GOOD[:-1],
        GOOD + "-more",
        GOOD + " ",
        GOOD + "\n",
        f"ff-{TRACE}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}g-{SPAN}-01",
        f" {GOOD}",
        f"00_{TRACE}_{SPAN}_01",
    ],
)
def test_anything_else_begins_a_trace_of_its_own(header: str) -> None:
    assert parsed(header) is None
    begun = continued(header)
    assert begun.parent_id == ""
    assert TRACE not in begun.header


def test_a_step_keeps_the_trace_and_names_the_one_before() -> None:
    first = continued(GOOD)
    assert (first.trace_id, first.parent_id) == (TRACE, SPAN)
    second = continued(first.header)
    assert (second.trace_id, second.parent_id) == (TRACE, first.span_id)
    assert len({SPAN, first.span_id, second.span_id}) == 3


def test_a_trace_begun_here_is_valid_and_new_every_time() -> None:
    headers = {continued(None).header for _ in range(100)}
    assert len(headers) == 100
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", header) and parsed(header) for header in headers)
