"""From ids that count to facts: who lacks what; pure, set by set, linear in the people. Knows no SQL and no guard.

A row is the JSON of facts.sql; days in it are ISO texts, which compare as days do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.programme.fact_values import Bases, Collected, Feedback, Lack, PairFacts, Placement, Selection, SurveyFacts
from shared.programme.row_values import day, instant

Row = Mapping[str, Any]

LISTED_AT_MOST = 100
"""So many ids of what is missing are named; the count beside them is always the full one."""

_KEPT = ("completed", "carried_over")


@dataclass(frozen=True, slots=True)
class People:
    """The living people, minors and consents among them, and the two bases by id (``mentors`` to their rows)."""

    known: frozenset[int]
    mentees: frozenset[int]
    minor_mentees: frozenset[int]
    active: frozenset[int]
    mentors: Mapping[int, Sequence[Any]]
    minor_mentors: frozenset[int]
    selected: frozenset[int]
    declined: frozenset[int]


def lack(found: Iterable[int | str], of: int) -> Lack:
    """Return how many of how many, naming the first of them in order."""
    items = sorted(found, key=_order)
    return Lack(len(items), of, tuple(items[:LISTED_AT_MOST]))


def count_bases(
    row: Row, selection: Row, people_ids: Sequence[int], minors: Sequence[int]
) -> tuple[Bases, People, set[str]]:
    """Return stages II and III, the people, and the keys of the active mentees' request topics."""
    known, minor, consented = frozenset(people_ids), frozenset(minors), frozenset(row["consented"] or ())
    mentees = [mentee for mentee in row["mentees"] or () if mentee[1] in known]
    mentors = [mentor for mentor in row["mentors"] or () if mentor[1] in known]
    agreed = [mentee for mentee in mentees if mentee[1] in consented]
    active = [mentee for mentee in agreed if mentee[2]]
    keys = row["topic_keys"] or {}
    topics = {keys[name] for mentee in active for name in mentee[2]}
    forms, out = set(row["forms"] or ()), {*(selection["reserve"] or ()), *(selection["declined"] or ())}
    taking_part = [mentor for mentor in mentors if mentor[0] not in out]
    origins: dict[str, int] = {}
    for mentor in mentors:
        origins[mentor[2]] = origins.get(mentor[2], 0) + 1
    bases = Bases(
        collections={
            source: Collected(waiver, date.fromisoformat(on))
            for source, (waiver, on) in (row["collections"] or {}).items()
        },
        mentees=len(active),
        awaiting=lack((m[0] for m in mentees if m[1] not in consented), len(mentees)),
        topicless=lack((m[0] for m in agreed if not m[2]), len(agreed)),
        unexpected=lack(topics - set(row["expected"] or ()), len(topics)),
        origins=origins,
        outside=lack((m[0] for m in mentors if m[2] == "other"), len(mentors)),
        undescribed=lack((m[0] for m in taking_part if m[3] not in forms or m[4] is None), len(taking_part)),
        unconsented=lack((m[0] for m in taking_part if m[1] not in consented), len(taking_part)),
    )
    people = People(
        known=known,
        mentees=frozenset(m[0] for m in mentees),
        minor_mentees=frozenset(m[0] for m in mentees if m[1] in minor),
        active=frozenset(m[0] for m in active),
        mentors={m[0]: m for m in mentors},
        minor_mentors=frozenset(m[0] for m in mentors if m[1] in minor),
        selected=frozenset(m[0] for m in mentors) & frozenset(selection["selected"] or ()),
        declined=frozenset(selection["declined"] or ()),
    )
    return bases, people, topics


def count_selection(row: Row, people: People, topics: Collection[str]) -> Selection:
    """Return stage IV."""
    criteria, first = row["criteria"] or (), row["first_decided_on"]
    decided = {*(row["selected"] or ()), *(row["reserve"] or ()), *(row["declined"] or ())}
    covered = set(topics) if any(is_general for _, is_general, *_ in criteria) else {t for c in criteria for t in c[2]}
    listed, trained = set(), dict[int, str]()
    for mentor, completed_on in row["listed"] or ():
        listed.add(mentor)
        if completed_on is not None:
            trained[mentor] = min(completed_on, trained.get(mentor, completed_on))
    selected = people.selected
    return Selection(
        criteria=len(criteria),
        criteria_on=day(max((approved_on for *_, approved_on in criteria), default=None)),
        uncovered=lack(set(topics) - covered, len(topics)),
        late=lack((c[0] for c in criteria if first is not None and c[3] > first), len(criteria)),
        undecided=lack(people.mentors.keys() - decided, len(people.mentors)),
        unexplained=lack(people.mentors.keys() & set(row["unexplained"] or ()), len(people.mentors)),
        decided_on=day(row["decided_on"]),
        unlisted=lack(selected - listed, len(selected)),
        untrained=lack(selected - trained.keys(), len(selected)),
        trained_on=day(max((on for mentor, on in trained.items() if mentor in selected), default=None)),
    )


@dataclass(slots=True)
class _Pair:
    """A pair while it is counted; ``agreed_on`` is the last agreement known, ``is_agreed`` whether none is missing."""

    id: int
    mentor: int
    kind: str
    has_format: bool
    has_period: bool
    outcome: str | None
    closed_on: str | None
    ends_on: str | None
    is_agreed: bool
    agreed_on: str | None
    mentees: list[int]

    @property
    def is_live(self) -> bool:
        return self.outcome is None

    @property
    def is_kept(self) -> bool:
        return self.outcome is None or self.outcome in _KEPT

    @property
    def places(self) -> bool:
        """Whether its mentees have their place: agreed by all sides, or ended as it should."""
        if self.outcome is not None:
            return self.outcome in _KEPT
        return self.is_agreed and (len(self.mentees) == 1 if self.kind == "pair" else bool(self.mentees))


def count_placement(row: Row, people: People) -> tuple[Placement, list[tuple[int, list[int]]]]:
    """Return stages V and VI.1-VI.4, and mentor and mentees of each pair that is asked."""
    pairs = _pairs(row, people)
    live = [pair for pair in pairs if pair.is_live]
    kept = [pair for pair in pairs if pair.is_kept]
    asked = live or kept
    placed = _placed(row, pairs)
    in_live = {mentee for pair in live for mentee in pair.mentees}
    unplaced = people.active - placed.keys()
    specialists = _specialists(row, people)
    placement = Placement(
        unplaced=lack(unplaced, len(people.active)),
        unagreed=len(unplaced & in_live),
        placed_on=day(max((on for mentee, on in placed.items() if mentee in people.active), default=None)),
        overloaded=_overloaded(live, people),
        unfinished=lack((pair.id for pair in live), len(pairs)),
        pairs=_lacks(asked, row, specialists),
        kept_pairs=_lacks(kept, row, specialists),
        specialists=len(specialists),
        live_until=tuple(day(pair.ends_on) for pair in live),
    )
    return placement, [(pair.mentor, pair.mentees) for pair in asked]


def count_feedback(row: Row, people: People, pairs: Iterable[tuple[int, list[int]]]) -> Feedback:
    """Return VI.5 and VI.6; participants are the mentors and active mentees of the pairs that are asked."""
    surveys = row["surveys"] or {}
    before = {side: surveys[f"{side}.before"][0] for side in ("mentor", "mentee") if f"{side}.before" in surveys}
    sent = row["sent"] or ()
    mentors_asked = {mentor for survey, mentor, _ in sent if survey == before.get("mentor")}
    mentees_asked = {mentee for survey, _, mentee in sent if survey == before.get("mentee")}
    mentors, mentees = set(), set()
    for mentor, members in pairs:
        mentors.add(mentor)
        mentees.update(members)
    mentors &= people.mentors.keys()
    mentees &= people.active
    unasked = [*(("mentee", i) for i in mentees - mentees_asked), *(("mentor", i) for i in mentors - mentors_asked)]
    keys = [f"{side}:{i}" for side, i in sorted(unasked)]
    return Feedback(
        surveys={
            key: SurveyFacts(
                scheduled_on=day(scheduled_on),
                responsible_id=responsible_id if responsible_id in people.known else None,
                closed_at=instant(closed_at),
                closed_on=day(closed_on),
            )
            for key, (_, scheduled_on, responsible_id, closed_at, closed_on) in surveys.items()
        },
        unasked=Lack(len(keys), len(mentors) + len(mentees), tuple(keys[:LISTED_AT_MOST])),
        rules_frozen_on=day(row["rules_frozen_on"]),
    )


def _pairs(row: Row, people: People) -> list[_Pair]:
    pairs: dict[int, _Pair] = {}
    for pair_id, mentor, kind, has_format, has_period, agreed_on, guardian_on, *ending in row["pairs"] or ():
        outcome, closed_on, ends_on = ending
        days = [agreed_on, guardian_on] if mentor in people.minor_mentors else [agreed_on]
        takes_part = mentor in people.mentors and mentor not in people.declined
        pairs[pair_id] = _Pair(
            id=pair_id,
            mentor=mentor,
            kind=kind,
            has_format=has_format,
            has_period=has_period,
            outcome=outcome,
            closed_on=closed_on,
            ends_on=ends_on,
            is_agreed=takes_part and all(days),
            agreed_on=max((on for on in days if on), default=None),
            mentees=[],
        )
    for pair_id, mentee, agreed_on, guardian_on in row["members"] or ():
        pair = pairs.get(pair_id)
        if pair is None or mentee not in people.mentees:
            continue
        days = [agreed_on, guardian_on] if mentee in people.minor_mentees else [agreed_on]
        pair.mentees.append(mentee)
        pair.is_agreed = pair.is_agreed and all(days)
        pair.agreed_on = max((on for on in (*days, pair.agreed_on) if on), default=None)
    return list(pairs.values())


def _placed(row: Row, pairs: Iterable[_Pair]) -> dict[int, str]:
    """Return each placed mentee with the first day of a place."""
    placed: dict[int, str] = {}
    places = [(mentee, pair.agreed_on or pair.closed_on) for pair in pairs if pair.places for mentee in pair.mentees]
    for mentee, on in (*places, *(row["waiting"] or ())):
        placed[mentee] = min(on, placed.get(mentee, on))
    return placed


def _overloaded(live: Iterable[_Pair], people: People) -> Lack:
    loads: dict[int, int] = {}
    for pair in live:
        if pair.mentor in people.mentors:
            loads[pair.mentor] = loads.get(pair.mentor, 0) + len(pair.mentees)
    return lack((mentor for mentor, load in loads.items() if load > (people.mentors[mentor][4] or 0)), len(loads))


def _specialists(row: Row, people: People) -> set[int]:
    """Return the specialists from outside, and the own ones whose record is alive."""
    return {specialist for specialist, person in row["specialists"] or () if person is None or person in people.known}


def _lacks(pairs: Sequence[_Pair], row: Row, specialists: Collection[int]) -> PairFacts:
    supported = {pair for pair, specialist in row["support"] or () if specialist is None or specialist in specialists}
    strengths, goals, events = set(row["strengths"] or ()), set(row["goals"] or ()), set(row["events"] or ())
    of = len(pairs)
    return PairFacts(
        format=lack((pair.id for pair in pairs if not pair.has_format), of),
        strengths=lack((pair.id for pair in pairs if pair.id not in strengths), of),
        goals=lack((pair.id for pair in pairs if pair.id not in goals), of),
        plan=lack((pair.id for pair in pairs if not pair.has_period or pair.id not in events), of),
        support=lack((pair.id for pair in pairs if pair.id not in supported), of),
    )


def _order(item: int | str) -> tuple[int, str]:
    return (item, "") if isinstance(item, int) else (0, item)
