"""Whether what clients were told is one story: a linear order of events consistent with every answer. Pure.

The argument. A transition is a compare-and-set on the programme's version: the request that expected version v can
only have made the event of number v + 1, and events are numbered without gaps. So the linear order of a programme's
events is given (it is their number), and what is left to decide is whether each operation can have happened at an
instant inside its interval so that the order of instants is that order:

- an operation is all the calls under one key; its interval begins with the first call and ends with the first answer
  that settles it, or never (its outcome is unknown: it may have happened at any later time, or not at all);
- an acknowledged transition is its event; an unknown one may be the event that nobody else accounts for; every event
  needs exactly one such operation, and a refused one accounts for none;
- a read of version v (GET; a 412 that tells v; a 409 by state or guards, judged at the version that was expected)
  happened between event v and event v + 1.

Lay all of this out as event 1, reads of 1, event 2, reads of 2 ..: instants exist if and only if no operation ended
before one that is laid out earlier began. Choosing for each the earliest instant its predecessors allow (the greatest
beginning so far) is optimal, because a later instant can only push successors further. Reads of one version do not
bind each other. So one pass over the sorted operations is an exact decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.faults.recorder import UNKNOWN, Call

NEVER = 2**63
LOST, DUPLICATED, CONTRADICTORY = "lost", "duplicated", "contradictory"
_TRANSITIONS = "/programmes/{id}/transitions"
_PROGRAMME = "/programmes/{id}"


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event as the database holds it in the end."""

    seq: int
    trigger: str
    dst: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What the database holds: events in order by programme, ids of all jobs, versions before the first call."""

    events: Mapping[int, tuple[EventSeen, ...]]
    jobs: frozenset[str]
    begun: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot be: lost, duplicated or contradictory."""

    kind: str
    programme: int | None
    text: str


@dataclass(frozen=True, slots=True)
class _Operation:
    """All calls under one key: ``settled`` is the first answer that tells what became of it."""

    first: Call
    settled: Call | None

    @property
    def begin(self) -> int:
        return self.first.invoked

    @property
    def end(self) -> int:
        return NEVER if self.settled is None else self.settled.completed


@dataclass(frozen=True, slots=True, order=True)
class _Point:
    """Something that happened at one instant: ``place`` 0 is the event that made the version, 1 a read of it."""

    version: int
    place: int
    begin: int
    end: int
    what: str


def check(calls: Iterable[Call], truth: Truth) -> list[Fault]:
    """Return everything that contradicts one linear order; nothing when the history is sound."""
    calls = list(calls)
    by_key: dict[tuple[str, str, str], list[Call]] = defaultdict(list)
    reads: list[Call] = []
    for call in calls:
        if call.key is not None:
            by_key[(call.principal, f"{call.template}#{call.programme}", call.key)].append(call)
        elif call.method == "GET" and call.template == _PROGRAMME and call.outcome == "ok":
            reads.append(call)
    faults: list[Fault] = []
    operations: dict[int, list[_Operation]] = defaultdict(list)
    for group in by_key.values():
        faults += _replays(group)
        faults += [Fault(LOST, c.programme, f"job {c.job}") for c in group if c.job and c.job not in truth.jobs]
        if group[0].template == _TRANSITIONS and group[0].programme is not None:
            operations[group[0].programme].append(_operation(group))
    reads_of: dict[int, list[Call]] = defaultdict(list)
    for read in reads:
        reads_of[int(read.programme or 0)].append(read)
    for programme in sorted({*operations, *reads_of, *truth.events}):
        faults += _one(programme, operations[programme], reads_of[programme], truth)
    return faults


def _operation(group: list[Call]) -> _Operation:
    ordered = sorted(group, key=lambda call: call.invoked)
    settled = [call for call in ordered if _settles(call)]
    return _Operation(ordered[0], min(settled, key=lambda call: call.completed) if settled else None)


def _settles(call: Call) -> bool:
    return call.outcome != UNKNOWN and call.code != "idempotency.in_flight" and call.status != 429


def _replays(group: list[Call]) -> list[Fault]:
    """Answers stored under one key are one answer, given for the first time once."""
    stored = [c for c in group if _settles(c) and c.status is not None and (c.status < 300 or c.status in (409, 412))]
    programme = group[0].programme
    found = []
    if len({(c.status, c.version, c.digest) for c in stored}) > 1:
        found.append(Fault(CONTRADICTORY, programme, f"key {group[0].key}: different answers"))
    if sum(not c.is_replayed for c in stored) > 1:
        found.append(Fault(DUPLICATED, programme, f"key {group[0].key}: done more than once"))
    return found


def _one(programme: int, operations: list[_Operation], reads: list[Call], truth: Truth) -> list[Fault]:
    events = truth.events.get(programme, ())
    begun = truth.begun.get(programme, 0)
    faults = _numbering(programme, events)
    makers, points, more = _makers(programme, operations)
    faults += more
    for event in events:
        if event.seq <= begun:
            continue
        maker, why = _maker_of(event, makers.pop(event.seq, []))
        if why is not None:
            faults.append(Fault(why, programme, f"event {event.seq} ({event.trigger})"))
        if maker is not None:
            points.append(_Point(event.seq, 0, maker.begin, maker.end, "event"))
    for claims in makers.values():
        faults += [
            Fault(LOST, programme, f"acknowledged event {op.settled.version}")
            for op in claims
            if op.settled is not None
        ]
    stages = {event.seq: event.dst for event in events}
    for read in reads:
        if stages.get(read.version or 0, read.stage) != read.stage:
            faults.append(Fault(CONTRADICTORY, programme, f"read version {read.version} in stage {read.stage}"))
        points.append(_Point(read.version or 0, 1, read.invoked, read.completed, "read"))
    never = {point.version for point in points} - set(stages)
    faults += [Fault(CONTRADICTORY, programme, f"version {version} was told and never was") for version in never]
    return faults + _in_order(programme, points)


def _numbering(programme: int, events: tuple[EventSeen, ...]) -> list[Fault]:
    numbers = [event.seq for event in events]
    wanted = list(range(1, len(events) + 1))
    return [] if numbers == wanted else [Fault(CONTRADICTORY, programme, f"events are numbered {numbers}")]


def _makers(
    programme: int, operations: list[_Operation]
) -> tuple[dict[int, list[_Operation]], list[_Point], list[Fault]]:
    """Return by event number who may have made it, what refusals have seen, and answers that cannot be."""
    makers: dict[int, list[_Operation]] = defaultdict(list)
    points: list[_Point] = []
    faults: list[Fault] = []
    for op in operations:
        told, expected = op.settled, op.first.expected or 0
        if told is None:
            makers[expected + 1].append(op)
        elif told.outcome == "ok":
            if told.version != expected + 1:
                faults.append(Fault(CONTRADICTORY, programme, f"version {told.version} after {expected}"))
            makers[expected + 1].append(op)
        elif told.status == 412:
            if told.current is None or told.current == expected:
                faults.append(Fault(CONTRADICTORY, programme, f"412 of version {expected} tells {told.current}"))
            points.append(_Point(told.current or 0, 1, op.begin, op.end, "412"))
        elif told.status == 409:
            points.append(_Point(expected, 1, op.begin, op.end, "409"))
    return makers, points, faults


def _maker_of(event: EventSeen, claims: list[_Operation]) -> tuple[_Operation | None, str | None]:
    fitting = [op for op in claims if op.first.trigger == event.trigger]
    acknowledged = [op for op in claims if op.settled is not None]
    if len(acknowledged) > 1:
        return acknowledged[0], DUPLICATED
    if acknowledged:
        return acknowledged[0], None if acknowledged[0] in fitting else CONTRADICTORY
    if not fitting:
        return None, CONTRADICTORY
    # Any unknown one may have made it: the one that began first binds the order least.
    return min(fitting, key=lambda op: op.begin), None


def _in_order(programme: int, points: list[_Point]) -> list[Fault]:
    faults, latest = [], 0
    group_latest, group = 0, (0, 0)
    for point in sorted(points):
        if (point.version, point.place) != group:
            latest, group = max(latest, group_latest), (point.version, point.place)
        if point.end < latest:
            text = f"{point.what} of version {point.version} ended before what must precede it began"
            faults.append(Fault(CONTRADICTORY, programme, text))
        group_latest = max(group_latest, point.begin)
    return faults
