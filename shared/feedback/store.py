"""Reads counted answers of one programme for the summary; computes no figure and sees no single answer.

Takes the caller's snapshot, so that all counts are of one instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.feedback.aggregate import summarise
from shared.feedback.model import (
    AnswerCounts,
    FeedbackSummary,
    Moment,
    PairedCounts,
    Question,
    SatisfactionRule,
    Side,
)
from shared.pack.model import Pack, Questionnaire

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CutOff:
    """The instant after which nothing counts, its local date, and the local date of asking."""

    at: datetime
    day: date
    today: date


@dataclass(frozen=True, slots=True)
class PairedRow:
    """`PairedCounts` with (before, after, people) as rows, which have a canonical form."""

    question: str
    side: Side
    pairs: tuple[tuple[int, int, int], ...]
    before_only: int
    after_only: int

    def counts(self) -> PairedCounts:
        pairs = {(before, after): people for before, after, people in self.pairs}
        return PairedCounts(self.question, self.side, pairs, self.before_only, self.after_only)


@dataclass(frozen=True, slots=True)
class FeedbackInputs:
    """All that the summary is computed from."""

    questions: tuple[Question, ...]
    counts: tuple[AnswerCounts, ...]
    paired: tuple[PairedRow, ...]
    rules: tuple[SatisfactionRule, ...]

    def summary(self) -> FeedbackSummary:
        """Compute the summary; pure."""
        return summarise(self.questions, self.counts, paired=[row.counts() for row in self.paired], rules=self.rules)


def cut_off(conn: Conn, programme_id: int) -> CutOff:
    """Return the later closing of the after surveys, or now while one of the two sides is not closed."""
    row = _queries().cut_off(conn, programme_id=programme_id)
    if row is None:
        raise NotFound
    return CutOff(row["at"], row["day"], row["today"])


def load_inputs(conn: Conn, programme_id: int, pack: Pack, until: CutOff) -> FeedbackInputs:
    """Return what was asked and answered up to the cut-off; nobody answering is a valid input."""
    scope = {"programme_id": programme_id, "cut_off_at": until.at}
    surveys = [
        (Side(row["side"]), Moment(row["moment"]), row["asked"], _questionnaire(pack, row))
        for row in _queries().surveys(conn, **scope)
    ]
    histograms = _histograms(_queries().answer_counts(conn, **scope))
    counts = tuple(
        AnswerCounts(question.key, side, moment, asked, histograms.get((side, moment, question.key), {}))
        for side, moment, asked, questionnaire in surveys
        for question in _scales(questionnaire)
    )
    comparable = _comparable([(side, moment, form) for side, moment, _, form in surveys])
    return FeedbackInputs(
        questions=_questions([form for _, _, _, form in surveys]),
        counts=counts,
        paired=_paired(_queries().paired_counts(conn, **scope), comparable),
        rules=tuple(
            SatisfactionRule(question, pack.satisfaction.minimum)
            for question in sorted(set(pack.satisfaction.questions.values()))
        ),
    )


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "psycopg")


def _questionnaire(pack: Pack, row: _Row) -> Questionnaire:
    for questionnaire in pack.questionnaires:
        if questionnaire.key == row["questionnaire"]:
            return questionnaire
    return pack.questionnaire(row["side"], row["moment"])


def _scales(questionnaire: Questionnaire) -> list[Question]:
    asked = [question for question in questionnaire.questions if question.kind != "open"]
    return [Question(question.key, question.minimum, question.maximum) for question in asked]


def _questions(questionnaires: Sequence[Questionnaire]) -> tuple[Question, ...]:
    """One scale a key: both sides and moments answer on it, the widest where they differ."""
    found: dict[str, Question] = {}
    for questionnaire in questionnaires:
        for question in _scales(questionnaire):
            known = found.get(question.key, question)
            low, high = min(known.low, question.low), max(known.high, question.high)
            found[question.key] = Question(question.key, low, high)
    return tuple(found[key] for key in sorted(found))


def _comparable(surveys: Iterable[tuple[Side, Moment, Questionnaire]]) -> set[tuple[Side, str]]:
    asked: dict[tuple[Side, str], set[Moment]] = {}
    for side, moment, questionnaire in surveys:
        for question in _scales(questionnaire):
            asked.setdefault((side, question.key), set()).add(moment)
    return {key for key, moments in asked.items() if len(moments) == len(Moment)}


def _histograms(rows: Iterable[_Row]) -> dict[tuple[Side, Moment, str], dict[int, int]]:
    found: dict[tuple[Side, Moment, str], dict[int, int]] = {}
    for row in rows:
        key = (Side(row["side"]), Moment(row["moment"]), row["question"])
        found.setdefault(key, {})[row["value"]] = row["people"]
    return found


def _paired(rows: Iterable[_Row], comparable: set[tuple[Side, str]]) -> tuple[PairedRow, ...]:
    """A row a question that was put to the side at both moments, with or without answers."""
    pairs: dict[tuple[Side, str], list[tuple[int, int, int]]] = {key: [] for key in comparable}
    only: dict[tuple[Side, str], list[int]] = {key: [0, 0] for key in comparable}
    for row in rows:
        key = (Side(row["side"]), row["question"])
        if key not in comparable:
            continue
        if row["before"] is not None and row["after"] is not None:
            pairs[key].append((row["before"], row["after"], row["people"]))
        else:
            only[key][0 if row["after"] is None else 1] += row["people"]
    return tuple(
        PairedRow(question, side, tuple(pairs[side, question]), *only[side, question])
        for side, question in sorted(comparable)
    )
