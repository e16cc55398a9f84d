"""The history checker itself: a sound story passes, each way of telling an impossible one is found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.history import CONTRADICTORY, DUPLICATED, LOST, EventSeen, Truth, check
from tests.faults.recorder import FAIL, OK, UNKNOWN, Call, Recorder, read

PROGRAMME = 7
STAGES = ("work", "suspended")


def move(key: str, begin: int, end: int, expected: int, **answer: object) -> Call:
    """A transition that was answered 200 unless ``answer`` says otherwise."""
    trigger = "suspend" if expected % 2 else "resume"
    made = Call(
        "a", "nst_1", begin, end, "POST", "/programmes/{id}/transitions", PROGRAMME, trigger, expected, key, OK,
        status=200, version=expected + 1, digest=key,
    )  # fmt: skip
    return replace(made, **answer)  # type: ignore[arg-type]


def refused(key: str, begin: int, end: int, expected: int, current: int) -> Call:
    return move(key, begin, end, expected, outcome=FAIL, status=412, version=None, current=current)


def blocked(key: str, begin: int, end: int, expected: int) -> Call:
    return move(key, begin, end, expected, outcome=FAIL, status=409, version=None, code="guards.unmet")


def unknown(key: str, begin: int, end: int, expected: int) -> Call:
    return move(key, begin, end, expected, outcome=UNKNOWN, status=None, version=None, digest=None)


def seen(begin: int, end: int, version: int) -> Call:
    """A reading of the programme."""
    stage = STAGES[(version + 1) % 2]
    return Call(
        "b", "nst_1", begin, end, "GET", "/programmes/{id}", PROGRAMME, None, None, None, OK,
        status=200, version=version, stage=stage,
    )  # fmt: skip


def events(last: int) -> tuple[EventSeen, ...]:
    """Events 1 (the beginning) to ``last``: suspended and resumed in turn."""
    first = EventSeen(1, "create", STAGES[0])
    made = [EventSeen(n, "suspend" if n % 2 == 0 else "resume", STAGES[(n + 1) % 2]) for n in range(2, last + 1)]
    return (first, *made)


def truth(last: int, *jobs: str) -> Truth:
    return Truth({PROGRAMME: events(last)}, frozenset(jobs), {PROGRAMME: 1})


SOUND = [
    move("k1", 10, 20, 1),
    refused("k2", 12, 22, 1, 2),
    seen(5, 15, 1),
    seen(21, 25, 2),
    unknown("k3", 30, 40, 2),
    move("k3", 50, 60, 2, is_replayed=True),
    blocked("k4", 61, 65, 3),
]


def test_a_sound_history_passes() -> None:
    assert check(SOUND, truth(3)) == []


def test_an_unknown_deed_may_have_been_done_once_or_not_at_all() -> None:
    calls = [unknown("k1", 10, 20, 1), unknown("k2", 10, 20, 1)]
    assert check(calls, truth(1)) == []
    assert check(calls, truth(2)) == []
    assert [fault.kind for fault in check(calls, truth(3))] == [CONTRADICTORY]


def test_an_unknown_deed_may_be_done_after_its_client_gave_up_but_not_before_it_asked() -> None:
    late = [unknown("k1", 10, 20, 1), seen(30, 40, 1), seen(50, 60, 2)]
    assert check(late, truth(2)) == []
    early = [seen(1, 5, 2), unknown("k1", 10, 20, 1)]
    assert [fault.kind for fault in check(early, truth(2))] == [CONTRADICTORY]


IMPOSSIBLE = {
    "an acknowledged move is gone": (SOUND, truth(2), LOST),
    "an acknowledged job is gone": ([move("k", 1, 2, 1, job="j1")], truth(2, "j2"), LOST),
    "two keys made one event": ([move("k1", 10, 20, 1), move("k2", 10, 20, 1)], truth(2), DUPLICATED),
    "a key was done anew": ([move("k1", 10, 20, 1), move("k1", 30, 40, 1)], truth(2), DUPLICATED),
    "a replay is not the answer": (
        [move("k1", 10, 20, 1), move("k1", 30, 40, 1, is_replayed=True, digest="other")],
        truth(2),
        CONTRADICTORY,
    ),
    "an event that nobody asked for": (SOUND, truth(4), CONTRADICTORY),
    "an event of a refused move": ([blocked("k1", 10, 20, 1)], truth(2), CONTRADICTORY),
    "an event of another trigger": ([move("k1", 10, 20, 1, trigger="cancel")], truth(2), CONTRADICTORY),
    "a move that skips a version": ([move("k1", 10, 20, 1, version=3)], truth(2), CONTRADICTORY),
    "events that are not numbered": (
        [move("k1", 10, 20, 1)],
        Truth({PROGRAMME: (events(1)[0], replace(events(2)[1], seq=3))}, frozenset(), {PROGRAMME: 1}),
        CONTRADICTORY,
    ),
    "a 412 for the right version": ([refused("k1", 10, 20, 1, 1)], truth(1), CONTRADICTORY),
    "a 412 that tells a version not yet made": (
        [refused("k1", 1, 5, 1, 2), move("k2", 10, 20, 1)],
        truth(2),
        CONTRADICTORY,
    ),
    "a 412 that tells a version gone by": (
        [move("k1", 10, 20, 1), move("k2", 21, 30, 2), refused("k3", 31, 40, 1, 2)],
        truth(3),
        CONTRADICTORY,
    ),
    "a 409 at a version gone by": ([move("k1", 10, 20, 1), blocked("k2", 30, 40, 1)], truth(2), CONTRADICTORY),
    "a stale reading": ([move("k1", 10, 20, 1), seen(30, 40, 1)], truth(2), CONTRADICTORY),
    "a reading of the future": ([seen(1, 5, 2), move("k1", 10, 20, 1)], truth(2), CONTRADICTORY),
    "a reading of a stage that never was": ([replace(seen(1, 5, 1), stage="closing")], truth(1), CONTRADICTORY),
    "readings that go back in time": (
        [move("k1", 10, 100, 1), seen(20, 30, 2), seen(40, 50, 1)],
        truth(2),
        CONTRADICTORY,
    ),
    "moves in the wrong order": ([move("k2", 10, 20, 2), move("k1", 30, 40, 1)], truth(3), CONTRADICTORY),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_history_is_found(name: str) -> None:
    calls, held, kind = IMPOSSIBLE[name]
    assert kind in {fault.kind for fault in check(calls, held)}


def test_calls_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "history.jsonl")
    for call in SOUND:
        recorder.add(call)
    assert read(recorder.path) == recorder.calls == SOUND


@dataclass(frozen=True, slots=True)
class Told:
    """One operation of a small history: 200, 412, an unknown move, or a reading of a version."""

    what: str
    version: int
    begin: int
    length: int


def as_call(number: int, told: Told) -> Call:
    end, key = told.begin + told.length, f"k{number}"
    if told.what == "read":
        return seen(told.begin, end, told.version)
    if told.what == "412":
        return refused(key, told.begin, end, told.version + 1, told.version)
    return (move if told.what == "ok" else unknown)(key, told.begin, end, told.version)


def is_possible(history: list[Told], last: int) -> bool:
    """Try every order and every choice of what the unknown ones did."""
    free = [n for n, told in enumerate(history) if told.what == "unknown"]
    for did in product((True, False), repeat=len(free)):
        left_out = {n for n, done in zip(free, did, strict=True) if not done}
        happened = [told for n, told in enumerate(history) if n not in left_out]
        if any(_agrees(order, last) for order in permutations(happened)):
            return True
    return False


def _agrees(order: tuple[Told, ...], last: int) -> bool:
    version, latest = 1, 0
    for told in order:
        latest = max(latest, told.begin)
        if told.what != "unknown" and told.begin + told.length < latest:
            return False
        if told.version != version:
            return False
        version += told.what in ("ok", "unknown")
    return version == last


TOLD = st.builds(
    Told, st.sampled_from(["ok", "unknown", "412", "read"]), st.integers(1, 3), st.integers(1, 12), st.integers(1, 8)
)


@settings(max_examples=400)
@given(st.lists(TOLD, max_size=5), st.integers(1, 4))
def test_the_checker_and_a_search_through_all_orders_agree(history: list[Told], last: int) -> None:
    calls = [as_call(number, told) for number, told in enumerate(history)]
    assert (check(calls, truth(last)) == []) == is_possible(history, last)
