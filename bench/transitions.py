"""Row 1: POST transition over HTTP by 16 clients against L, in rounds, one after the other on one server."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench import limit
from bench.load import Timed, drive
from bench.schools import District, Programme, fill, stages
from deploy.embedded.stack import DATABASE, Stack

CLIENTS = limit.CLIENTS
ROUNDS = 3
EACH = 60
"""Transitions of a client in a round."""
REFUSALS = 25
WARM = 15
UNREADY = 5
"""Programmes of a client that lack one document."""
LIMIT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Round:
    """L, then as many moves and refusals as were driven, within one minute of each other."""

    limit: float
    moves: Timed
    refusals: Timed


@dataclass(frozen=True, slots=True)
class Transitions:
    """All rounds. ``false_refusals``: moves with facts met and the right version that were not made."""

    rounds: tuple[Round, ...]
    false_refusals: int
    false_moves: int

    @property
    def ratio(self) -> float:
        """Moves a second over L: the median of the rounds."""
        return median(one.moves.rate / one.limit for one in self.rounds)

    def moves_ms(self, share: float) -> float:
        """Return a quantile of the moves' latency: the median of the rounds."""
        return median(one.moves.quantile(share) for one in self.rounds)


def measure(stack: Stack) -> Transitions:
    """Fill, warm up, and measure ``ROUNDS`` times."""
    superuser = stack.postgres.dsn(DATABASE, "postgres")
    districts = fill(superuser, districts=CLIENTS, ready=WARM + ROUNDS * EACH, unready=UNREADY)
    limit.prepare(stack.postgres)
    limit.measure(stack.postgres, seconds=2)
    host, _, port = stack.bind.rpartition(":")
    address = (host, int(port))
    drive(address, [[_request(address, one) for one in d.ready[:WARM]] for d in districts])
    drive(address, [_refused(address, d, WARM) for d in districts])
    rounds = tuple(_round(stack, address, districts, WARM + number * EACH) for number in range(ROUNDS))
    claimed = sum(one.limit for one in rounds) * LIMIT_SECONDS
    assert limit.count_events(stack.postgres) >= 0.9 * claimed, "pgbench claims more transitions than it made"
    made = stages(superuser)
    asked = CLIENTS * (WARM + ROUNDS * EACH)
    return Transitions(
        rounds,
        false_refusals=asked - made.get("mentees", 0),
        false_moves=CLIENTS * UNREADY - made.get("conditions", 0),
    )


def _round(stack: Stack, address: tuple[str, int], districts: Sequence[District], begin: int) -> Round:
    ceiling = limit.measure(stack.postgres, seconds=LIMIT_SECONDS)
    moves = drive(address, [[_request(address, one) for one in d.ready[begin : begin + EACH]] for d in districts])
    refusals = drive(address, [_refused(address, district, REFUSALS) for district in districts])
    assert refusals.count(409) == len(refusals.answers), "a programme without its approval was not refused"
    return Round(ceiling, moves, refusals)


def _refused(address: tuple[str, int], district: District, count: int) -> list[bytes]:
    return [_request(address, district.unready[place % len(district.unready)]) for place in range(count)]


def _request(address: tuple[str, int], programme: Programme) -> bytes:
    body = b'{"trigger":"advance"}'
    head = (
        f"POST /api/v1/programmes/{programme.id}/transitions HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n"
        f"Authorization: Bearer {programme.token}\r\nContent-Type: application/json\r\nAccept-Language: ru\r\n"
        f'If-Match: "v1"\r\nIdempotency-Key: {uuid.uuid4().hex}\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    return head.encode("ascii") + body
