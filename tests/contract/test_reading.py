"""Whatever is asked of an operation that reads: no server error, and the answer is the document's."""

from __future__ import annotations

from typing import Any

from tests.contract.conftest import Ground
from tests.contract.exposed import exchange, load

SCHEMA = load().include(method="GET")


@SCHEMA.parametrize()  # type: ignore[untyped-decorator]
def test_reading_answers_as_documented(case: Any, shared_ground: Ground) -> None:
    exchange(case, shared_ground.world)
