"""Facts by hand for pure tests: nothing is there until it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from shared.pack.deadlines import Calendar
from shared.pack.library import shipped_packs
from shared.pack.model import Pack
from shared.programme.fact_values import (
    Bases,
    Closing,
    Conditions,
    Facts,
    Feedback,
    Lack,
    PairFacts,
    Placement,
    Selection,
)
from shared.programme.schedule import Schedule

SCHEDULE = Schedule(2020, Calendar())
NONE = Lack()


def order_pack() -> Pack:
    """Return order 428."""
    return next(pack for pack in shipped_packs() if pack.code == "order_428")


def empty_facts(today: str = "2020-12-12") -> Facts:
    """Return the facts of a programme in which nothing was done."""
    return Facts(
        programme_id=5,
        today=date.fromisoformat(today),
        inputs_version=1,
        schedule=SCHEDULE,
        profile=None,
        conditions=Conditions({}, {}, {}, (), (), {}, {}, None),
        bases=Bases({}, 0, NONE, NONE, NONE, {}, NONE, NONE, NONE),
        selection=Selection(0, None, NONE, NONE, NONE, NONE, None, NONE, NONE, None),
        placement=Placement(NONE, 0, None, NONE, NONE, PairFacts(), PairFacts(), 0),
        feedback=Feedback({}, NONE, None),
        closing=Closing({}, {}, None, (), {}, None, None),
    )


def with_part(facts: Facts, part: str, **values: Any) -> Facts:
    """Return the facts with some values of one part changed."""
    return replace(facts, **{part: replace(getattr(facts, part), **values)})
