"""Reads the frozen rules and every mentor's evidence for the reward list; ranks nobody and knows no names.

Takes the caller's snapshot. The list derives from a score and shares its cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.evaluation.store import ScoreRef
from shared.feedback.model import Moment, Side
from shared.jobs.errors import PermanentError
from shared.pack.model import Pack
from shared.rewards.model import (
    GOALS,
    HELD,
    RELATIONSHIP,
    SATISFIED,
    Candidate,
    Evidence,
    Group,
    Meetings,
    RewardList,
    RewardRules,
    RuleComponent,
    TieRule,
)
from shared.rewards.ranking import rank

_ANSWERED = (SATISFIED, RELATIONSHIP)
_GROUPS = {"teachers": Group.TEACHERS, "pupils_9_11": Group.PUPILS}
_Row = Mapping[str, Any]


class RulesMissingError(PermanentError):
    """There are no frozen reward rules: freeze them, then ask for the list again."""

    code = "rewards.rules_missing"
    ru = "Правила поощрения не зафиксированы: зафиксируйте их и запросите список снова."


class RulesUnusableError(PermanentError):
    """The frozen reward rules cannot be applied: {what}."""

    code = "rewards.rules_unusable"
    ru = "Зафиксированные правила поощрения применить нельзя: {what}."


class ScoreMissingError(PermanentError):
    """The effectiveness has not been scored yet: score it, then ask for the list again."""

    code = "rewards.score_missing"
    ru = "Эффективность ещё не оценена: рассчитайте оценку и запросите список снова."


@dataclass(frozen=True, slots=True)
class RewardInputs:
    """All that the list is computed from. ``others`` are mentors of neither list («вне приказа»), by id."""

    score_id: int
    rules_id: int
    rules_changed_after_results: bool
    rules: RewardRules
    candidates: tuple[Candidate, ...]
    others: tuple[str, ...]

    def rank(self) -> RewardList:
        """Build the lists; pure."""
        return rank(self.rules, self.candidates)


def load_inputs(conn: Conn, programme_id: int, pack: Pack, derived_from: ScoreRef) -> RewardInputs:
    """Return rules and evidence; RulesMissingError, RulesUnusableError: no list can be built."""
    row = _queries().frozen_rules(conn, programme_id=programme_id)
    if row is None:
        raise RulesMissingError
    mentors = list(
        _queries().mentors(conn, programme_id=programme_id, day=derived_from.until.day, today=derived_from.until.today)
    )
    opinions = _opinions(conn, programme_id, pack, derived_from)
    return RewardInputs(
        score_id=derived_from.id,
        rules_id=row["id"],
        rules_changed_after_results=row["changed_after_results"],
        rules=rules_from(row, pack),
        candidates=tuple(
            _candidate(mentor, opinions.get(mentor["id"])) for mentor in mentors if mentor["origin"] in _GROUPS
        ),
        others=tuple(str(mentor["id"]) for mentor in mentors if mentor["origin"] not in _GROUPS),
    )


def rules_from(row: _Row, pack: Pack) -> RewardRules:
    """Return the rules of a reward_rules row; a weight of 0 leaves a component out. Errors as above."""
    known = {component.key: component.minimum_evidence for component in pack.reward.components}
    known |= dict.fromkeys((SATISFIED, HELD, GOALS, RELATIONSHIP), 1) | known
    unknown = sorted(set(row["weights"]) - {SATISFIED, HELD, GOALS, RELATIONSHIP})
    if unknown:
        raise RulesUnusableError(what=", ".join(unknown))
    components = tuple(
        RuleComponent(
            key=key,
            weight=float(weight),
            minimum_evidence=row["minimum_answers"] if key in _ANSWERED else known[key],
        )
        for key, weight in sorted(row["weights"].items())
        if weight > 0
    )
    if not components or row["tie_rule"] not in tuple(TieRule):
        raise RulesUnusableError(what="weights" if not components else row["tie_rule"])
    return RewardRules(
        components=components,
        minimum_meetings=row["minimum_meetings"],
        places=row["places"],
        tie_rule=TieRule(row["tie_rule"]),
    )


def may_be_named(conn: Conn, mentors: Sequence[int], today: date) -> set[int]:
    """Return which of the mentors may be named outside on a day: publication agreed to, and nothing withdrawn."""
    return {row["id"] for row in _queries().may_publish(conn, mentors=list(mentors), today=today)}


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg")


def _opinions(conn: Conn, programme_id: int, pack: Pack, derived_from: ScoreRef) -> dict[int, _Row]:
    try:
        asked = pack.questionnaire(Side.MENTEE.value, Moment.AFTER.value).questions
    except KeyError:
        return {}
    rows = _queries().opinions(
        conn,
        programme_id=programme_id,
        minimum=pack.satisfaction.minimum,
        question=pack.satisfaction.questions.get(Side.MENTEE.value, ""),
        questions=[question.key for question in asked if question.scale == RELATIONSHIP],
        cut_off_at=derived_from.until.at,
    )
    return {row["mentor_id"]: row for row in rows}


def _candidate(mentor: _Row, opinion: _Row | None) -> Candidate:
    evidence = {GOALS: Evidence(mentor["attained"], mentor["judged"])}
    if opinion is not None:
        evidence[SATISFIED] = Evidence(opinion["satisfied"], opinion["answered"])
        evidence[RELATIONSHIP] = Evidence(opinion["content"], opinion["rated"])
    return Candidate(
        mentor=str(mentor["id"]),
        group=_GROUPS[mentor["origin"]],
        meetings=Meetings(mentor["planned"], mentor["held"], mentor["before_training"]),
        evidence=evidence,
        may_publish=mentor["may_publish"],
    )
