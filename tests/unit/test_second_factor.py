"""Codes of the second factor: those of RFC 6238, in their own half minute and its neighbours, each once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.access.second_factor import STEP_SECONDS, matching_step, shown

SECRET = b"12345678901234567890"
VECTORS = [  # appendix B, SHA-1, the last six of the eight digits
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def match(code: str, seconds: int, last_step: int = 0) -> int | None:
    return matching_step(SECRET, code, datetime.fromtimestamp(seconds, UTC), last_step)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert match(code, seconds) == seconds // STEP_SECONDS


def test_a_code_counts_in_its_step_and_beside_it_and_no_further() -> None:
    at, code = VECTORS[3]
    counted = [match(code, at + STEP_SECONDS * n) is not None for n in range(-3, 4)]
    assert counted == [False, False, True, True, True, False, False]


def test_a_step_that_was_used_is_used_up_with_all_before_it() -> None:
    at, code = VECTORS[3]
    step = at // STEP_SECONDS
    assert match(code, at, step - 1) == step
    assert match(code, at, step) is None
    assert match(code, at, step + 1) is None


def test_a_code_may_be_typed_in_two_groups_and_anything_else_is_none() -> None:
    at, code = VECTORS[3]
    assert match(f" {code[:3]} {code[3:]}", at) is not None
    for wrong in ("", "00592", "0059240", "٠٠٥٩٢٤", "x05924", "005925"):
        assert match(wrong, at) is None


def test_the_secret_is_shown_in_groups_and_in_no_representation() -> None:
    made = shown(SECRET, "curator@school.example")
    assert made.secret.replace(" ", "") == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert made.uri.startswith("otpauth://totp/")
    assert "curator%40school.example" in made.uri
    assert "GEZD" not in repr(made)
