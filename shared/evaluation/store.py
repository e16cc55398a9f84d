"""Reads the ratings and counts that the effectiveness score is computed from; computes no figure.

Takes the caller's snapshot. Counts only what had happened by the day of the cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.evaluation.model import Band, Counted, Effectiveness, Indicator
from shared.evaluation.score import score
from shared.feedback.model import FeedbackSummary, Moment, Side
from shared.feedback.store import CutOff
from shared.feedback.store import load_inputs as load_feedback
from shared.pack.deadlines import Standing, lateness, suspended_days_after
from shared.pack.model import Pack
from shared.programme.schedule import due_of
from shared.programme.timeline import Timeline, load_timeline


@dataclass(frozen=True, slots=True)
class EvaluationInputs:
    """All that the score is computed from."""

    ratings: Mapping[str, int]
    counted: tuple[Counted, ...]
    weights: Mapping[str, float]
    bands: tuple[Band, ...]

    def score(self) -> Effectiveness:
        """Compute the score; pure."""
        return score(self.ratings, self.counted, weights=self.weights, bands=self.bands)


@dataclass(frozen=True, slots=True)
class ScoreRef:
    """The score that a reward list derives from, and its cut-off."""

    id: int
    until: CutOff


def load_inputs(conn: Conn, programme_id: int, pack: Pack, until: CutOff) -> EvaluationInputs:
    """Return ratings, counts and the pack's weights; what nobody recorded is unknown, never zero."""
    summary = load_feedback(conn, programme_id, pack, until).summary()
    counted = [
        *_coverage(conn, programme_id, until),
        _in_time(conn, programme_id, pack, until),
        *_pairs(conn, programme_id, until),
        *(_satisfied(summary, pack, side) for side in Side),
        _shift(summary, pack),
    ]
    ratings = _queries().ratings(conn, programme_id=programme_id)
    return EvaluationInputs(
        ratings={row["criterion"]: row["value"] for row in ratings},
        counted=tuple(sorted(counted, key=lambda row: row.indicator.value)),
        weights={row.key: row.weight for row in pack.scoring.indicators},
        bands=tuple(Band(band.key, band.minimum, band.maximum) for band in pack.scoring.bands),
    )


def latest_score(conn: Conn, programme_id: int) -> ScoreRef | None:
    """Return the programme's last score, None while there is none."""
    row = _queries().latest_score(conn, programme_id=programme_id)
    return None if row is None else ScoreRef(row["id"], CutOff(row["at"], row["day"], row["today"]))


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg")


def _coverage(conn: Conn, programme_id: int, until: CutOff) -> list[Counted]:
    people = _queries().coverage(conn, programme_id=programme_id, day=until.day)
    school = _queries().profile(conn, programme_id=programme_id) or {}
    return [
        Counted(Indicator.COVERAGE_MENTEES, people["mentees_10_19"], school.get("children_10_19")),
        Counted(Indicator.COVERAGE_MENTORS, people["mentors_15_19"], school.get("children_15_19")),
        Counted(Indicator.COVERAGE_YOUNG_TEACHERS, people["young_teachers"], school.get("young_teachers")),
    ]


def _in_time(conn: Conn, programme_id: int, pack: Pack, until: CutOff) -> Counted:
    """Activities of the stages before the last, due by the cut-off, and those of them shown in time."""
    timeline = load_timeline(conn, programme_id)
    working = [activity.key for stage in pack.stages[:-1] for activity in stage.activities]
    found = [_standing(pack, key, timeline, until.day) for key in working]
    judged = [standing for standing in found if standing is not None]
    return Counted(Indicator.ACTIVITIES_IN_TIME, sum(row is Standing.IN_TIME for row in judged), len(judged))


def _standing(pack: Pack, activity_key: str, timeline: Timeline, day: date) -> Standing | None:
    """Judge one activity as of ``day`` by its effective due date; None when it was not due by then."""
    first = timeline.fulfilments.get(activity_key)
    shown_on = first.fulfilled_on if first is not None and first.fulfilled_on <= day else None
    due = due_of(pack, activity_key, timeline.schedule, fulfilled_on=shown_on).effective_on
    if due > day:
        return None
    suspended = suspended_days_after(due, shown_on or day, timeline.suspensions)
    return lateness(due, shown_on, day, suspended_days=suspended).standing


def _pairs(conn: Conn, programme_id: int, until: CutOff) -> list[Counted]:
    pairs = _queries().pairs(conn, programme_id=programme_id, day=until.day)
    meetings = _queries().meetings(conn, programme_id=programme_id, day=until.day)
    held = meetings["held"] if meetings["recorded"] else None
    judged = pairs["goals_judged"]
    return [
        Counted(Indicator.MEETINGS_HELD, held, meetings["planned"]),
        Counted(Indicator.PAIRS_KEPT, pairs["kept"] if pairs["pairs"] else None, pairs["pairs"]),
        Counted(Indicator.GOALS_ATTAINED, pairs["goals_attained"] if judged else None, judged),
    ]


def _satisfied(summary: FeedbackSummary, pack: Pack, side: Side) -> Counted:
    """Respondents of a side who answered the pack's question with its minimum or more."""
    indicator = Indicator.SATISFIED_MENTEES if side is Side.MENTEE else Indicator.SATISFIED_MENTORS
    question = pack.satisfaction.questions.get(side.value)
    for row in summary.questions:
        if (row.question, row.side, row.moment) == (question, side, Moment.AFTER):
            satisfied = None if row.content is None else row.content.satisfied
            return Counted(indicator, 0 if satisfied is None else satisfied.k, row.answered)
    return Counted(indicator, None, None)


def _shift(summary: FeedbackSummary, pack: Pack) -> Counted:
    """People of both sides whose answer to their side's satisfaction question rose, of those who gave two."""
    asked = {(pack.satisfaction.questions.get(side.value), side) for side in Side}
    rows = [row for row in summary.changes if (row.question, row.side) in asked]
    moved = [row.content for row in rows if row.content is not None]
    return Counted(
        Indicator.SHIFT,
        sum(content.better for content in moved) if rows else None,
        sum(row.paired for row in rows),
        same=sum(content.same for content in moved),
    )
