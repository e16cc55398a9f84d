"""Canonical JSON: the same value gives the same bytes, whatever the order and the last digits of a float."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical, digest, plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text('аbя"\\\n'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("аbя", max_size=5), inner, max_size=4),
    max_leaves=15,
)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Point:
    y: float
    x: tuple[int, ...]


def test_keys_are_sorted_blanks_left_out_and_russian_kept() -> None:
    assert canonical({"я": 1, "a": [True, None, "б"]}) == '{"a":[true,null,"б"],"я":1}'


def test_floats_are_rounded_and_whole_ones_are_integers() -> None:
    assert canonical([0.1 + 0.2, 1 / 3, 2.0, -0.0, -1e-9, Decimal("0.50")]) == "[0.3,0.333333,2,0,0,0.5]"
    assert canonical(2 / 3, places=2) == "0.67"


def test_dataclasses_enums_dates_and_ids_have_one_spelling() -> None:
    assert canonical(Point(y=0.5, x=(1, 2))) == '{"x":[1,2],"y":0.5}'
    assert canonical({Colour.RED: Colour.RED, "n": {3: 1}}) == '{"n":{"3":1},"red":"red"}'
    assert plain(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert plain(date(2020, 11, 30)) == "2020-11-30"
    noon = datetime(2020, 11, 30, 12, tzinfo=timezone(timedelta(hours=3)))
    assert plain(noon) == plain(noon.astimezone(UTC)) == "2020-11-30T09:00:00+00:00"


def test_the_digest_is_sha256_of_the_text() -> None:
    assert digest({"b": 1, "a": "я"}) == hashlib.sha256('{"a":"я","b":1}'.encode()).hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [Decimal("NaN")], {"1": 1, 1: 2}])
def test_numbers_that_are_none_and_keys_spelled_alike_are_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), {None: 1}, {True: 1}, datetime(2020, 1, 1), Point])  # noqa: DTZ001
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@given(JSON)
def test_reading_the_text_back_gives_the_same_text(value: object) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(st.text(max_size=5), JSON, min_size=2, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert digest(dict(reversed(value.items()))) == digest(value)
