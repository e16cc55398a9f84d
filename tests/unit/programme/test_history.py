"""A history that was touched anywhere contradicts itself; one that was only bereft of its words does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.programme.history import GENESIS, canonical_body, chain_hash, commitment, verify
from shared.programme.model import Event

START = datetime(2020, 11, 10, 7, 0, tzinfo=UTC)
WALK = [
    ("create", None, "conditions"),
    ("advance", "conditions", "mentees"),
    ("suspend", "mentees", "suspended"),
    ("resume", "suspended", "mentees"),
    ("reopen", "mentees", "conditions"),
]


def event(prev_hash: str, seq: int, trigger: str, src: str | None, dst: str, **more: Any) -> Event:
    """Return an event as the programme writes it."""
    at = START + timedelta(days=seq)
    values = {
        "seq": seq,
        "at": at.isoformat(),
        "trigger": trigger,
        "src": src,
        "dst": dst,
        "actor": 17,
        "programme": 5,
        "pack": ["order_428", 1],
        "guards": [{"guard": "documents_on_file", "status": "met", "missing": []}],
        "reason": None,
        "due_on": None,
    }
    body = canonical_body(values | more)
    return Event(seq, at, trigger, src, dst, 17, body, prev_hash, chain_hash(prev_hash, body))


def history() -> list[Event]:
    events: list[Event] = []
    for seq, (trigger, src, dst) in enumerate(WALK, start=1):
        events.append(event(events[-1].hash if events else GENESIS, seq, trigger, src, dst))
    return events


def with_changed(events: list[Event], place: int, **values: Any) -> list[Event]:
    """Return the history with some values of one event changed."""
    return [*events[:place], replace(events[place], **values), *events[place + 1 :]]


def changed_texts(text: str) -> Iterator[str]:
    """Yield the text with each of its bytes changed, where that still is a text, and with each of them left out."""
    raw = text.encode()
    for place, byte in enumerate(raw):
        for other in {byte ^ 1, byte ^ 32} - {byte}:
            try:
                yield (raw[:place] + bytes([other]) + raw[place + 1 :]).decode()
            except UnicodeDecodeError:
                continue
        yield raw[:place].decode(errors="replace") + raw[place + 1 :].decode(errors="replace")


def test_a_whole_history_holds() -> None:
    assert verify(history()) is None
    assert verify([]) is None


@pytest.mark.parametrize("place", range(len(WALK)))
@pytest.mark.parametrize("name", ["body", "hash", "prev_hash", "trigger", "dst", "src"])
def test_every_changed_byte_of_every_text_is_found(place: int, name: str) -> None:
    events = history()
    found = getattr(events[place], name)
    tried = 0
    for text in changed_texts(found) if found is not None else ["conditions"]:
        touched = with_changed(events, place, **{name: text})
        fault = verify(touched)
        assert fault is not None, (name, text)
        assert fault.seq in (place + 1, place + 2)
        tried += 1
    assert tried >= 1


@pytest.mark.parametrize("place", range(len(WALK)))
def test_every_changed_number_and_instant_is_found(place: int) -> None:
    events = history()
    for change in (
        {"seq": events[place].seq + 1},
        {"seq": 0},
        {"actor_id": 18},
        {"at": events[place].at + timedelta(microseconds=1)},
        {"src": None if events[place].src else "conditions"},
    ):
        assert verify(with_changed(events, place, **change)) is not None, change


@pytest.mark.parametrize("place", range(len(WALK) - 1))
def test_an_event_taken_out_of_the_middle_is_missed_by_its_number(place: int) -> None:
    events = history()
    fault = verify(events[:place] + events[place + 1 :])
    assert fault is not None
    assert (fault.seq, fault.en) == (place + 1, "there is no event of this number")


def test_a_tail_cut_off_is_not_seen_by_the_chain_alone() -> None:
    """For that there is the programme's own version, and the head that is signed and kept elsewhere."""
    assert verify(history()[:-1]) is None


@given(places=st.permutations(range(len(WALK))))
def test_another_order_is_found(places: list[int]) -> None:
    events = history()
    assert (verify([events[place] for place in places]) is None) == (places == sorted(places))


@pytest.mark.parametrize("place", range(1, len(WALK) + 1))
def test_an_event_put_in_is_found_even_with_a_right_hash_of_its_own(place: int) -> None:
    events = history()
    before = events[place - 1]
    forged = event(before.hash, place + 1, "advance", before.dst, "mentors")
    if place < len(events):
        assert verify([*events[:place], forged, *events[place:]]) is not None
    assert verify([*events[:place], replace(forged, prev_hash=GENESIS), *events[place:]]) is not None


def test_an_event_that_starts_elsewhere_is_found_though_it_chains() -> None:
    events = history()
    jump = event(events[-1].hash, 6, "advance", "training", "pairing")
    fault = verify([*events, jump])
    assert fault is not None
    assert (fault.seq, fault.en) == (6, "does not start from the state before")


def test_columns_that_say_other_than_the_body_are_found_though_the_hash_is_right() -> None:
    events = history()
    fault = verify([*events[:1], replace(events[1], actor_id=99), *events[2:]])
    assert fault is not None
    assert (fault.seq, fault.en) == (2, "the columns do not match the body")


@given(
    st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8) | st.booleans(), max_size=6)
)
def test_the_body_is_the_same_text_whatever_the_order_of_its_keys(values: dict[str, Any]) -> None:
    shuffled = dict(reversed(values.items()))
    assert canonical_body(values) == canonical_body(shuffled)
    assert json.loads(canonical_body(values)) == values


def test_the_hash_is_sha256_of_the_hash_before_a_newline_and_the_body() -> None:
    # printf '%064d\n{"a":"я"}' 0 | sha256sum
    assert chain_hash(GENESIS, '{"a":"я"}') == "6c9cc29e5de5b97b178640a7d1c3df24cb326cdb6f70962c366c178a00edcc1c"


@given(salt=st.binary(min_size=16, max_size=16), reason=st.text(min_size=1, max_size=40), other=st.text(min_size=1))
def test_a_commitment_binds_its_reason_and_differs_by_salt(salt: bytes, reason: str, other: str) -> None:
    bound = commitment(salt, reason)
    assert (commitment(salt, other) == bound) == (other == reason)
    assert commitment(bytes(16), reason) != bound or salt == bytes(16)
    assert reason not in bound or len(reason) < 3


def test_words_that_were_erased_leave_the_chain_whole() -> None:
    """The event holds the commitment only: nothing that is hashed was in the side table."""
    words = commitment(b"\7" * 16, "Болезнь куратора")
    events = history()
    reasoned = event(events[-1].hash, 6, "advance", "conditions", "mentees", reason=words)
    assert verify([*events, reasoned]) is None
    assert "Болезнь" not in reasoned.body
