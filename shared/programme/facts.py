"""Reads the facts of one programme with one statement; decides nothing and writes nothing.

Only what is alive and dated no later than today counts: a plan is no fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.programme.fact_values import (
    Bases,
    Closing,
    Collected,
    Conditions,
    Facts,
    Feedback,
    Lack,
    PairFacts,
    Placement,
    PlanLine,
    Profile,
    ResultFacts,
    Selection,
    SurveyFacts,
)
from shared.programme.schedule import schedule_from

__all__ = ["Facts", "load_facts"]

_Row = Mapping[str, Any]


class _Lacks(dict[str, Lack]):
    """Lacks by name; a name without any row is a lack of none of none."""

    def __missing__(self, name: str) -> Lack:
        return Lack()


def load_facts(conn: Conn, programme_id: int) -> Facts:
    """Return the facts; NotFound when the tenant of the transaction does not see the programme."""
    row = _queries().load_facts(conn, programme_id=programme_id)
    if row is None:
        raise NotFound
    return _facts(row["facts"])


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("facts.sql"), "psycopg")


def _facts(row: _Row) -> Facts:
    lacks = _Lacks({name: _lack(found) for name, found in (row["lacks"] or {}).items()})
    return Facts(
        programme_id=row["programme_id"],
        today=date.fromisoformat(row["today"]),
        inputs_version=row["inputs_version"],
        schedule=schedule_from(row["school_year"], row["schedule"]),
        profile=None if row["profile"] is None else Profile(**row["profile"]),
        conditions=_conditions(row["conditions"]),
        bases=_bases(row["bases"], lacks),
        selection=_selection(row["selection"], lacks),
        placement=_placement(row["placement"], lacks),
        feedback=_feedback(row["feedback"], lacks),
        closing=_closing(row["closing"]),
    )


def _conditions(row: _Row) -> Conditions:
    group = [(is_curator, date.fromisoformat(on)) for is_curator, on in row["group"] or ()]
    return Conditions(
        documents=_days(row["documents"]),
        informed=_days(row["informed"]),
        requests=_days(row["requests"]),
        curators_on=tuple(on for is_curator, on in group if is_curator),
        group_on=tuple(on for _, on in group),
        goals=row["goals"] or {},
        plan={
            key: PlanLine(responsible_id, _day(planned_on))
            for key, (responsible_id, planned_on) in (row["plan"] or {}).items()
        },
        roadmap_approved_on=_day(row["roadmap_approved_on"]),
    )


def _bases(row: _Row, lacks: _Lacks) -> Bases:
    return Bases(
        collections={
            source: Collected(waiver, date.fromisoformat(on))
            for source, (waiver, on) in (row["collections"] or {}).items()
        },
        mentees=row["mentees"],
        awaiting=lacks["awaiting"],
        topicless=lacks["topicless"],
        unexpected=lacks["unexpected"],
        origins=row["origins"] or {},
        outside=lacks["outside"],
        undescribed=lacks["undescribed"],
        unconsented=lacks["unconsented"],
    )


def _selection(row: _Row, lacks: _Lacks) -> Selection:
    return Selection(
        criteria=row["criteria"],
        criteria_on=_day(row["criteria_on"]),
        uncovered=lacks["uncovered"],
        late=lacks["late"],
        undecided=lacks["undecided"],
        unexplained=lacks["unexplained"],
        decided_on=_day(row["decided_on"]),
        unlisted=lacks["unlisted"],
        untrained=lacks["untrained"],
        trained_on=_day(row["trained_on"]),
    )


def _placement(row: _Row, lacks: _Lacks) -> Placement:
    return Placement(
        unplaced=lacks["unplaced"],
        unagreed=row["unagreed"],
        placed_on=_day(row["placed_on"]),
        overloaded=lacks["overloaded"],
        unfinished=lacks["unfinished"],
        pairs=_pairs("asked", lacks),
        kept_pairs=_pairs("kept", lacks),
        specialists=row["specialists"],
    )


def _pairs(scope: str, lacks: _Lacks) -> PairFacts:
    names = ("format", "strengths", "goals", "plan", "support")
    return PairFacts(**{name: lacks[f"{scope}.{name}"] for name in names})


def _feedback(row: _Row, lacks: _Lacks) -> Feedback:
    return Feedback(
        surveys={
            key: SurveyFacts(_day(scheduled_on), responsible_id, _instant(closed_at), _day(closed_on))
            for key, (scheduled_on, responsible_id, closed_at, closed_on) in (row["surveys"] or {}).items()
        },
        unasked=lacks["unasked"],
        rules_frozen_on=_day(row["rules_frozen_on"]),
    )


def _closing(row: _Row) -> Closing:
    return Closing(
        results={kind: _result(*values) for kind, values in (row["results"] or {}).items()},
        conclusions={subject: _day(on) for subject, on in (row["conclusions"] or {}).items()},
        reflection_on=_day(row["reflection_on"]),
        rated=tuple(row["rated"] or ()),
        approvals={int(key): on for key, on in _days(row["approvals"]).items()},
        celebration_on=_day(row["celebration_on"]),
        popularised_on=_day(row["popularised_on"]),
    )


def _result(
    result_id: int, cut_off_at: str, computed_on: str, is_stale: bool, based_on: int | None
) -> ResultFacts:
    return ResultFacts(
        id=result_id,
        cut_off_at=datetime.fromisoformat(cut_off_at),
        computed_on=date.fromisoformat(computed_on),
        is_stale=is_stale,
        based_on=based_on,
    )


def _lack(row: Sequence[Any]) -> Lack:
    count, of, ids, words = row
    return Lack(count, of, (*(ids or ()), *(words or ())))


def _days(row: Mapping[str, str] | None) -> dict[str, date]:
    return {key: date.fromisoformat(on) for key, on in (row or {}).items()}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
