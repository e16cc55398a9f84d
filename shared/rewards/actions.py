"""The verbs of rewards: freeze rules, reopen them as a new version, say whether a list may be approved.

Take the caller's transaction and run inside its `writing`; never commit, rank nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.access import audit
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.records import RecordKind, Row, read, refusal
from shared.errors import FieldError, FieldsInvalid, ReferenceMissing, RuleBroken, VersionMismatch
from shared.jobs.kinds import BUILD_REWARD_LIST, job_kind
from shared.pack.instruments import RewardDefaults
from shared.programme import results
from shared.rewards.model import GOALS, HELD, RELATIONSHIP, SATISFIED

RULES = RecordKind("reward_rules")
COMPONENTS = (SATISFIED, HELD, GOALS, RELATIONSHIP)
WEIGHTS_SUM = 1.0
_NEAR = 1e-6


def with_defaults(defaults: RewardDefaults, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of new rules: what was given, the pack's values for the rest (None is not given)."""
    start = {
        "weights": {component.key: component.weight for component in defaults.components},
        "minimum_meetings": defaults.minimum_meetings,
        "minimum_answers": max(
            (component.minimum_evidence for component in defaults.components if component.key != HELD), default=0
        ),
        "tie_rule": defaults.tie_rule,
        "places": defaults.places,
    }
    return start | {name: value for name, value in given.items() if value is not None}


def demand_weights(weights: Mapping[str, float]) -> None:
    """Raise FieldsInvalid unless the weights are of known components, 0 to 1, and sum to 1."""
    errors = []
    for key, weight in weights.items():
        if key not in COMPONENTS:
            listed = ", ".join(COMPONENTS)
            errors.append(_wrong(key, "unknown", f"Одно из: {listed}.", f"One of: {listed}."))
        elif not (math.isfinite(weight) and 0 <= weight <= 1):
            errors.append(_wrong(key, "range", "Вес — число от 0 до 1.", "A weight is a number from 0 to 1."))
    if not errors and abs(math.fsum(weights.values()) - WEIGHTS_SUM) > _NEAR:
        errors.append(FieldError("weights", "sum", "Сумма весов должна быть 1.", "The weights must sum to 1."))
    if errors:
        raise FieldsInvalid(errors)


def demand_first(conn: Conn, programme_id: int) -> None:
    """Raise RuleBroken when the programme has rules: a draft is changed, frozen ones are reopened."""
    living = list(_queries().living_rules(conn, programme_id=programme_id))
    if any(row["frozen_at"] is not None for row in living):
        raise RuleBroken(
            rule="rules.frozen",
            ru="Правила поощрения зафиксированы: новую версию открывает методист с причиной.",
            en="The reward rules are frozen: a methodist opens a new version, with a reason.",
        )
    if living:
        raise RuleBroken(
            rule="rules.draft", ru="Правила уже есть: измените их.", en="There are rules already: change them."
        )


def demand_draft(rules: Row) -> None:
    """Raise RuleBroken for frozen rules."""
    if rules["frozen_at"] is not None:
        raise RuleBroken(
            rule="rules.frozen",
            ru="Правила зафиксированы и не меняются; новую версию открывает методист с причиной.",
            en="The rules are frozen and do not change; a methodist opens a new version, with a reason.",
        )


def freeze(conn: Conn, actor: Actor, rules: Row, *, expected: int) -> Row:
    """Freeze a draft and end the version it replaces. Flagged when the results could be known by now.

    Raises VersionMismatch, RecordEnded, RuleBroken for what is frozen already.
    """
    _demand_version(rules, expected)
    demand_draft(rules)
    demand_weights(rules["weights"])
    _queries().end_superseded(
        conn, programme_id=rules["programme_id"], rules_id=rules["id"], reason=f"-> {rules['id']}"
    )
    row: Row | None = _queries().freeze(
        conn,
        rules_id=rules["id"],
        expected=expected,
        changed_after_results=rules["changed_after_results"] or are_results_known(conn, rules["programme_id"]),
    )
    if row is None:
        raise refusal(read(conn, RULES, rules["id"]), expected)
    _note(conn, actor, "freeze", row)
    return row


def reopen(conn: Conn, actor: Actor, rules: Row, *, expected: int, reason: str) -> Row:
    """Open a new version of frozen rules; the frozen one stays in force until the new one is frozen.

    Raises VersionMismatch, RecordEnded, RuleBroken for a draft or when a new version is open already.
    """
    _demand_version(rules, expected)
    if rules["frozen_at"] is None:
        raise RuleBroken(
            rule="rules.not_frozen", ru="Правила не зафиксированы: меняйте их.", en="These rules are not frozen."
        )
    living = _queries().living_rules(conn, programme_id=rules["programme_id"])
    if any(row["frozen_at"] is None for row in living):
        raise RuleBroken(
            rule="rules.draft", ru="Новая версия правил уже открыта.", en="A new version of the rules is open already."
        )
    row: Row = _queries().reopen(
        conn,
        rules_id=rules["id"],
        changed_after_results=are_results_known(conn, rules["programme_id"]),
        reason=reason,
        created_by=actor.principal_id,
    )
    _note(conn, actor, "reopen", row)
    return row


def are_results_known(conn: Conn, programme_id: int) -> bool:
    """Say whether somebody could know the results: an after survey is closed or something was computed."""
    return bool(_queries().results_are_known(conn, programme_id=programme_id)["known"])


def demand_approvable(conn: Conn, programme_id: int, result_id: int) -> None:
    """Raise unless the result is the programme's last reward list and nothing changed since.

    «Никого» and «различий нет» are lists like any other. ReferenceMissing, RuleBroken.
    """
    kind = job_kind(BUILD_REWARD_LIST).result_kind
    found = results.find(conn, programme_id, kind, result_id)
    if found is None:
        ru, en = "Такого списка в этой программе нет.", "There is no such list in this programme."
        raise ReferenceMissing([FieldError("result_id", "reference", ru, en)])
    if not found.is_latest:
        raise RuleBroken(
            rule="rewards.superseded", ru="Есть более новый список: утвердите его.", en="There is a newer list."
        )
    if found.is_stale:
        raise RuleBroken(
            rule="rewards.stale",
            ru="Данные изменились после расчёта списка: пересчитайте его.",
            en="Data changed after the list was built: build it again.",
        )


def _demand_version(rules: Row, expected: int) -> None:
    if rules["version"] != expected:
        raise VersionMismatch(current=rules["version"], expected=expected)
    if rules["ended_at"] is not None:
        raise refusal(rules, expected)


def _note(conn: Conn, actor: Actor, verb: str, row: Row) -> None:
    audit.record(conn, actor, f"reward_rules.{verb}", "reward_rules", row["id"], programme_id=row["programme_id"])


def _wrong(key: str, code: str, ru: str, en: str) -> FieldError:
    return FieldError(f"weights.{key[:60]}", code, ru, en)


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("rules.sql"), "psycopg")
