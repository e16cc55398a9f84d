"""Which guards a move asks, and all their answers at once; pure: knows packs and facts, no rows and no clock.

The same lines feed the refusal, the rehearsal, the agenda and the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from shared.pack.model import Activity, GuardRef, Pack, Stage
from shared.programme.fact_values import Facts
from shared.programme.guards.registry import GUARDS, PLACES
from shared.programme.guards.verdict import Remark, Verdict, latest
from shared.programme.machine import ADVANCE, COMPLETE
from shared.programme.schedule import due_of


class GuardStatus(StrEnum):
    """How a guard stands in a report."""

    MET = "met"
    CARRIED = "carried"
    """unmet, and not asked yet"""
    WAIVED = "waived"
    """met, a part of it does not apply to this school"""
    UNMET = "unmet"


@dataclass(frozen=True, slots=True)
class GuardLine:
    """One guard's answer. ``activity`` is None for a guard of completion that no activity names.

    ``due_on`` is the effective date of a carried guard, None for the others.
    """

    guard: str
    activity: str | None
    stage: str | None
    status: GuardStatus
    verdict: Verdict
    due_on: date | None = None

    def as_blocker(self, programme_id: int, lang: str) -> dict[str, Any]:
        """Return what a client sees of it: a stable code, a sentence, what is missing, where it is mended."""
        verdict = self.verdict
        return {
            "code": verdict.code,
            "guard": self.guard,
            "activity": self.activity,
            "status": self.status.value,
            "detail": verdict.message.text(lang),
            "count": verdict.count,
            "of": verdict.of,
            "missing": list(verdict.missing),
            "missing_total": verdict.count,
            "link": PLACES[self.guard].link(programme_id),
        }

    def as_remark(self, remark: Remark, programme_id: int, lang: str) -> dict[str, Any]:
        """Return a warning in the shape of a blocker."""
        return self.as_blocker(programme_id, lang) | {
            "code": remark.code,
            "status": "warning",
            "detail": remark.message.text(lang),
            "count": remark.count,
            "of": remark.of,
            "missing": list(remark.missing),
            "missing_total": remark.count,
        }

    def as_json(self) -> dict[str, Any]:
        """Return ids and codes only, for the history: no sentence and no free word."""
        verdict = self.verdict
        return {
            "guard": self.guard,
            "activity": self.activity,
            "status": self.status.value,
            "code": verdict.code,
            "count": verdict.count,
            "of": verdict.of,
            "missing": [] if verdict.in_words else list(verdict.missing),
            "waived": verdict.waived,
            "warnings": [[remark.code, remark.count, remark.of] for remark in verdict.warnings],
        }


@dataclass(frozen=True, slots=True)
class GuardReport:
    """Every guard that a move asked, in the order of the pack."""

    programme_id: int
    lines: tuple[GuardLine, ...]

    @property
    def unmet(self) -> tuple[GuardLine, ...]:
        return tuple(line for line in self.lines if line.status is GuardStatus.UNMET)

    def blockers(self, lang: str) -> list[dict[str, Any]]:
        """Return all unmet guards."""
        return [line.as_blocker(self.programme_id, lang) for line in self.unmet]

    def remarks(self, lang: str) -> list[dict[str, Any]]:
        """Return what is worth saying beside: carried and waived guards, and the warnings of all."""
        found: list[dict[str, Any]] = []
        for line in self.lines:
            if line.status is GuardStatus.CARRIED:
                found.append(line.as_blocker(self.programme_id, lang) | {"due_on": _iso(line.due_on)})
            elif line.status is GuardStatus.WAIVED:
                found.append(line.as_blocker(self.programme_id, lang) | {"waived": line.verdict.waived})
            found += [line.as_remark(remark, self.programme_id, lang) for remark in line.verdict.warnings]
        return found

    def as_json(self) -> list[dict[str, Any]]:
        """Return the report as the history keeps it: ids and codes only."""
        return [line.as_json() for line in self.lines]


@dataclass(frozen=True, slots=True)
class ActivityStatus:
    """An activity as its own guards see it now; a carried guard is judged apart, see ``carried_statuses``.

    ``shown_on`` is the day that its documents and dated deeds show; None when unmet, or when some guard of it
    knows no date but the moment of entry.
    """

    key: str
    stage: str
    status: GuardStatus
    shown_on: date | None
    lines: tuple[GuardLine, ...]

    @property
    def is_met(self) -> bool:
        return self.status is not GuardStatus.UNMET

    @property
    def blocking(self) -> tuple[GuardLine, ...]:
        return tuple(line for line in self.lines if line.status is GuardStatus.UNMET)


def evaluate(pack: Pack, facts: Facts, *, leaving: str | None, trigger: str) -> GuardReport:
    """Ask what ``trigger`` asks when the stage ``leaving`` is left; other moves ask nothing.

    `advance` asks the guards of the stage left, its carried ones aside; into the last stage also the carried
    guards of earlier stages that are due. `complete` asks the last stage, the pack's own list, and every
    carried guard.
    """
    lines: tuple[GuardLine, ...] = ()
    if trigger == ADVANCE and leaving is not None:
        lines = tuple(_advancing(pack, facts, pack.stage(leaving)))
    elif trigger == COMPLETE:
        lines = tuple(_completing(pack, facts))
    return GuardReport(facts.programme_id, lines)


def activity_status(pack: Pack, facts: Facts) -> tuple[ActivityStatus, ...]:
    """Return every activity of the pack as it stands now, in order."""
    return tuple(
        _status(
            activity.key,
            stage.key,
            [_line(pack, facts, stage, activity, ref) for ref in activity.guards if not ref.carried],
        )
        for stage in pack.stages
        for activity in stage.activities
    )


def carried_statuses(pack: Pack, facts: Facts) -> tuple[ActivityStatus, ...]:
    """Return each carried guard as an item of its own, by ``carried_key``; its date counts for it alone."""
    return tuple(
        _status(
            carried_key(activity.key, ref.name),
            stage.key,
            [_line(pack, facts, stage, activity, ref, asks_carried=True)],
        )
        for stage in pack.stages
        for activity, ref in _refs(stage)
        if ref.carried
    )


def carried_key(activity_key: str, guard: str) -> str:
    """Return the key under which a carried guard's fulfilment is dated."""
    return f"{activity_key}:{guard}"


def _status(key: str, stage: str, lines: list[GuardLine]) -> ActivityStatus:
    if any(line.status is GuardStatus.UNMET for line in lines):
        return ActivityStatus(key, stage, GuardStatus.UNMET, None, tuple(lines))
    is_waived = any(line.status is GuardStatus.WAIVED for line in lines)
    shown_on = latest(line.verdict.shown_on for line in lines)
    return ActivityStatus(key, stage, GuardStatus.WAIVED if is_waived else GuardStatus.MET, shown_on, tuple(lines))


def _refs(stage: Stage) -> Iterator[tuple[Activity, GuardRef]]:
    for activity in stage.activities:
        for ref in activity.guards:
            yield activity, ref


def _advancing(pack: Pack, facts: Facts, leaving: Stage) -> Iterator[GuardLine]:
    following = pack.next_stage(leaving.key)
    if following is not None and pack.next_stage(following.key) is None:
        for stage in pack.stages[: pack.index(leaving.key)]:
            for activity, ref in _refs(stage):
                if ref.carried:
                    is_due = _due_on(pack, facts, activity) <= facts.today
                    yield _line(pack, facts, stage, activity, ref, asks_carried=is_due)
    for activity, ref in _refs(leaving):
        yield _line(pack, facts, leaving, activity, ref)


def _completing(pack: Pack, facts: Facts) -> Iterator[GuardLine]:
    closing = pack.stages[-1]
    named: dict[str, tuple[str, str]] = {}
    for stage in pack.stages:
        for activity, ref in _refs(stage):
            named.setdefault(ref.name, (activity.key, stage.key))
            if stage is closing or ref.carried:
                yield _line(pack, facts, stage, activity, ref, asks_carried=True)
    finished = facts.at_completion()
    closing_on = max(_due_on(pack, facts, activity) for activity in closing.activities)
    for ref in pack.complete:
        activity_key, stage_key = named.get(ref.name, (None, None))
        verdict = GUARDS[ref.name](finished, _params(pack, ref) | {"closing_on": closing_on})
        yield GuardLine(ref.name, activity_key, stage_key, _plain(verdict), verdict)


def _line(
    pack: Pack, facts: Facts, stage: Stage, activity: Activity, ref: GuardRef, *, asks_carried: bool = False
) -> GuardLine:
    due_on = _due_on(pack, facts, activity) if ref.carried else None
    verdict = GUARDS[ref.name](facts, _params(pack, ref) | ({"due_on": due_on} if due_on else {}))
    status = _plain(verdict)
    if status is GuardStatus.UNMET and ref.carried and not asks_carried:
        status = GuardStatus.CARRIED
    return GuardLine(ref.name, activity.key, stage.key, status, verdict, due_on)


def _due_on(pack: Pack, facts: Facts, activity: Activity) -> date:
    return due_of(pack, activity.key, facts.schedule).effective_on


def _plain(verdict: Verdict) -> GuardStatus:
    if not verdict.met:
        return GuardStatus.UNMET
    return GuardStatus.MET if verdict.waived is None else GuardStatus.WAIVED


def _params(pack: Pack, ref: GuardRef) -> dict[str, Any]:
    """Return the guard's parameters and what the pack adds: keys that are asked about but not given."""
    added: Mapping[str, Any] = {}
    if ref.name == "roadmap_complete":
        added = {"activities": tuple(activity.key for activity in pack.activities())}
    elif ref.name == "criteria_rated":
        added = {"criteria": tuple(criterion.key for criterion in pack.scoring.criteria)}
    return {**ref.params, **added}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
