"""One change for many pairs and groups: all of them or none, by the rules of a single edit; knows no HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.access.bulk_audit import record_each
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import FieldError, FieldsInvalid, ReferenceMissing
from shared.programme.model import Programme
from shared.programme.writing import writing
from shared.roster.days import local_today, not_yet_come

FACTS = ("mentor_agreed_on", "closed_on")
"""Days of what has happened: never in the future."""


@dataclass(frozen=True, slots=True)
class PlanTemplate:
    """An event that every pair's plan gets."""

    title: str
    planned_on: date


@dataclass(frozen=True, slots=True)
class SupportChange:
    """Psychological support of every pair; a refusal is each representative's own and is no bulk edit."""

    mode: str
    specialist_id: int | None
    decided_on: date


@dataclass(frozen=True, slots=True)
class PairChange:
    """``values``: columns of `pair` to set (None empties one); what is not named stays."""

    values: Mapping[str, Any]
    plan: tuple[PlanTemplate, ...] = ()
    support: SupportChange | None = None


@dataclass(frozen=True, slots=True)
class ChangedPair:
    """A pair of the change and its new version."""

    id: int
    version: int


def change_pairs(
    conn: Conn, actor: Actor, programme_id: int, *, pair_ids: Sequence[int], change: PairChange
) -> list[ChangedPair]:
    """Carry out the change and return the pairs in id order.

    Raises NotFound, ReadOnly, ReferenceMissing for pairs or a specialist that are not of the programme or
    have ended, FieldsInvalid for everything else; each names the places and nothing is written.
    """
    with writing(conn, programme_id, feeds=True) as programme:
        if not (change.values or change.plan or change.support):
            raise FieldsInvalid([FieldError("body", "empty", "Нечего менять.", "There is nothing to change.")])
        pairs = _pairs(conn, programme, pair_ids)
        _demand_valid(change, pair_ids, pairs, local_today(conn))
        _demand_specialist(conn, programme, change.support)
        return _write(conn, actor, programme, sorted(pair_ids), change)


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("bulk.sql"), "psycopg")


def _pairs(conn: Conn, programme: Programme, pair_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    rows = _queries().pairs_of(conn, programme_id=programme.id, ids=list(pair_ids))
    pairs: dict[int, Mapping[str, Any]] = {row["id"]: row for row in rows}
    errors: list[FieldError] = []
    for place, pair_id in enumerate(pair_ids):
        pair = pairs.get(pair_id)
        if pair is None:
            ru, en = "Такой пары в этой программе нет.", "There is no such pair in this programme."
            errors.append(FieldError(f"pair_ids.{place}", "reference", ru, en))
        elif pair["has_ended"]:
            ru, en = (
                "Запись о паре завершена и не меняется.",
                "The pair's record has ended and cannot be changed.",
            )
            errors.append(FieldError(f"pair_ids.{place}", "ended", ru, en))
        elif pair_id in pair_ids[:place]:
            ru, en = "Эта пара уже есть выше в списке.", "This pair stands above in the list."
            errors.append(FieldError(f"pair_ids.{place}", "duplicate", ru, en))
    if errors:
        raise ReferenceMissing(errors)
    return pairs


def _demand_valid(
    change: PairChange, pair_ids: Sequence[int], pairs: Mapping[int, Mapping[str, Any]], today: date
) -> None:
    days = {name: change.values.get(name) for name in FACTS}
    if change.support is not None:
        days["support.decided_on"] = change.support.decided_on
    errors = not_yet_come(days, today)
    for place, pair_id in enumerate(pair_ids):
        errors.extend(_broken_rules({**pairs[pair_id], **change.values}, f"pair_ids.{place}"))
        if change.plan and pairs[pair_id]["has_blocked"]:
            ru, en = "Согласие отозвано: новое не планируется.", "A consent was withdrawn: nothing new is planned."
            errors.append(FieldError(f"pair_ids.{place}", "consent", ru, en))
    if errors:
        raise FieldsInvalid(errors)


def _broken_rules(after: Mapping[str, Any], place: str) -> Iterator[FieldError]:
    starts_on, ends_on = after["starts_on"], after["ends_on"]
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        ru, en = "Период кончается раньше начала.", "The period ends before it starts."
        yield FieldError(place, "rule.pair_period", ru, en)
    if starts_on is not None and after["closed_on"] is not None and after["closed_on"] < starts_on:
        ru, en = "Завершение раньше начала периода.", "It ends before its period begins."
        yield FieldError(place, "rule.pair_closed", ru, en)
    if (after["closed_on"] is None) != (after["outcome"] is None):
        ru, en = "Дата и итог указываются вместе.", "Date and outcome go together."
        yield FieldError(place, "rule.pair_outcome", ru, en)


def _demand_specialist(conn: Conn, programme: Programme, support: SupportChange | None) -> None:
    if support is None:
        return
    if support.specialist_id is None:
        if support.mode == "planned":
            ru, en = "Укажите специалиста.", "Name the specialist."
            raise FieldsInvalid([FieldError("support.specialist_id", "required", ru, en)])
    elif _queries().live_specialist(conn, programme_id=programme.id, id=support.specialist_id) is None:
        ru, en = "Такого специалиста в этой программе нет.", "There is no such specialist in this programme."
        raise ReferenceMissing([FieldError("support.specialist_id", "reference", ru, en)])


def _write(
    conn: Conn, actor: Actor, programme: Programme, pair_ids: list[int], change: PairChange
) -> list[ChangedPair]:
    changes = {name: value.isoformat() if isinstance(value, date) else value for name, value in change.values.items()}
    rows = _queries().change_pairs(
        conn, programme_id=programme.id, ids=pair_ids, changes=json.dumps(changes, ensure_ascii=False)
    )
    changed = sorted((ChangedPair(**row) for row in rows), key=lambda pair: pair.id)
    record_each(conn, actor, "pair.update", "pair", pair_ids, programme_id=programme.id)
    _plan(conn, actor, programme, pair_ids, change.plan)
    if change.support is not None:
        _support(conn, actor, programme, pair_ids, change.support)
    return changed


def _plan(conn: Conn, actor: Actor, programme: Programme, pair_ids: list[int], plan: Sequence[PlanTemplate]) -> None:
    if not plan:
        return
    template = {(event.title, event.planned_on): event for event in plan}
    events = [
        {"place": place, "title": event.title, "planned_on": event.planned_on.isoformat()}
        for place, event in enumerate(template.values())
    ]
    rows = _queries().add_plan_events(
        conn, **_scope(actor, programme), ids=pair_ids, events=json.dumps(events, ensure_ascii=False)
    )
    record_each(conn, actor, "plan_event.create", "plan_event", [r["id"] for r in rows], programme_id=programme.id)


def _support(conn: Conn, actor: Actor, programme: Programme, pair_ids: list[int], support: SupportChange) -> None:
    chosen = {"mode": support.mode, "specialist_id": support.specialist_id, "decided_on": support.decided_on}
    changed = list(_queries().change_support(conn, programme_id=programme.id, ids=pair_ids, **chosen))
    held = {row["pair_id"] for row in changed}
    without = [pair_id for pair_id in pair_ids if pair_id not in held]
    added = list(_queries().add_support(conn, **_scope(actor, programme), ids=without, **chosen))
    for verb, rows in (("update", changed), ("create", added)):
        ids = [row["id"] for row in rows]
        record_each(conn, actor, f"support.{verb}", "support", ids, programme_id=programme.id)


def _scope(actor: Actor, programme: Programme) -> dict[str, int]:
    return {
        "municipality_id": programme.municipality_id,
        "school_id": programme.school_id,
        "programme_id": programme.id,
        "actor_id": actor.principal_id,
    }
