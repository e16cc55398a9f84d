"""The hash chain of a programme's events: pure; knows no tables.

Each event's body is canonical JSON of ids and codes; free text is represented by a salted commitment only, so its
erasure leaves the chain verifiable. A chain cannot see a cut tail: for that, heads are signed and kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.programme.model import Event

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first place where the history contradicts itself."""

    seq: int
    ru: str
    en: str


def canonical_body(values: dict[str, Any]) -> str:
    """Return the JSON text that is hashed: sorted keys, no spaces, UTF-8 kept."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chain_hash(prev_hash: str, body: str) -> str:
    """Return sha256(prev_hash, newline, body) in hex."""
    return hashlib.sha256(f"{prev_hash}\n{body}".encode()).hexdigest()


def commitment(salt: bytes, reason: str) -> str:
    """Return sha256(salt, reason) in hex: it binds the reason without showing it."""
    return hashlib.sha256(salt + reason.encode()).hexdigest()


def verify(events: Iterable[Event]) -> ChainFault | None:
    """Return the first fault of a history in seq order, or None when it is whole."""
    expected_seq, prev_hash, state = 1, GENESIS, None
    for event in events:
        fault = _fault(event, expected_seq, prev_hash, state)
        if fault is not None:
            return fault
        expected_seq, prev_hash, state = event.seq + 1, event.hash, event.dst
    return None


def _fault(event: Event, expected_seq: int, prev_hash: str, state: str | None) -> ChainFault | None:
    if event.seq != expected_seq:
        return ChainFault(expected_seq, "события с этим номером нет", "there is no event of this number")
    if event.prev_hash != prev_hash:
        return ChainFault(event.seq, "не продолжает предыдущее событие", "does not continue the event before")
    if event.hash != chain_hash(event.prev_hash, event.body):
        return ChainFault(event.seq, "содержание не соответствует хешу", "the body does not match its hash")
    body = json.loads(event.body)
    columns = {
        "seq": event.seq,
        "trigger": event.trigger,
        "src": event.src,
        "dst": event.dst,
        "actor": event.actor_id,
    }
    if any(body.get(key) != value for key, value in columns.items()) or body.get("at") != event.at.isoformat():
        return ChainFault(event.seq, "столбцы не соответствуют содержанию", "the columns do not match the body")
    if event.src != state:
        return ChainFault(event.seq, "начинается не из того состояния", "does not start from the state before")
    return None
