"""Reward rules, frozen before the results are known, and the approval of the list that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from services.api import records as routes
from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.fields import Choice, Count, Day, Id, Words
from services.api.nouns import Change, EndQuery, Noun, out_schema
from services.api.records import add_routes
from services.api.request_scope import scope, scoped
from services.api.rules import not_in_future
from services.api.versions import etag, expected_version
from shared.db import records
from shared.db.pool import Conn
from shared.db.records import RecordKind, Row
from shared.programme import store
from shared.programme.packs import find_pack
from shared.programme.writing import writing
from shared.rewards import actions
from shared.rewards.actions import COMPONENTS, RULES
from shared.rewards.model import TieRule


class Weight(fields.Float):
    """A number as JSON writes it: text of digits is none."""

    def _validated(self, value: Any) -> Any:
        if isinstance(value, str):
            raise self.make_error("invalid")
        return super()._validated(value)


def _some_weights(given: dict[str, float]) -> None:
    if not 1 <= len(given) <= len(COMPONENTS):
        most = len(COMPONENTS)
        raise ValidationError(f"length|От 1 до {most} составляющих.|From 1 to {most} components.")


class RewardRulesFields(Schema):
    """What mentors are compared by. What is left out comes from the pack; a weight of 0 leaves a component out."""

    weights = fields.Dict(
        keys=fields.String(),
        values=Weight(allow_nan=False),
        load_default=None,
        allow_none=True,
        validate=_some_weights,
        metadata={
            "minProperties": 1,
            "maxProperties": len(COMPONENTS),
            "description": f"component -> weight; they sum to 1. Components: {', '.join(COMPONENTS)}",
        },
    )
    minimum_meetings = Count(0, 500, load_default=None, allow_none=True)
    minimum_answers = Count(0, 500, load_default=None, allow_none=True)
    tie_rule = Choice(*TieRule, load_default=None, allow_none=True)
    places = Count(1, 100, load_default=None, allow_none=True)
    frozen_at = fields.DateTime(dump_only=True, allow_none=True)
    changed_after_results = fields.Boolean(dump_only=True)
    replaces_id = fields.Integer(dump_only=True, allow_none=True)
    reopen_reason = fields.String(dump_only=True, allow_none=True)


class ReopenFields(Schema):
    """Why frozen rules are to change."""

    reason = Words(1000, required=True)


class RewardApprovalFields(Schema):
    """The approval of a computed list; ``result_id`` is the list that was looked at."""

    result_id = Id(required=True)
    approved_on = Day(required=True)
    document = Words(300, load_default=None, allow_none=True)


def valid_rules(conn: Conn, change: Change) -> Mapping[str, Any]:
    """Weights are of known components and sum to 1; there is one draft, and frozen rules do not change."""
    if change.current is None:
        actions.demand_first(conn, change.parent["id"])
        programme = store.get(conn, change.parent["id"])
        pack = find_pack(conn, programme.pack_code, programme.pack_version)
        written = actions.with_defaults(pack.reward, change.values)
    else:
        actions.demand_draft(change.current)
        written = {name: change.current[name] if value is None else value for name, value in change.values.items()}
    if "weights" in written:
        actions.demand_weights(written["weights"])
    return written


def approvable(conn: Conn, change: Change) -> None:
    """Only the last list is approved, and only while nothing has changed since it was built."""
    if "result_id" in change.values:
        actions.demand_approvable(conn, change.parent["id"], change.values["result_id"])


def nouns() -> tuple[Noun, Noun]:
    """Return the nouns of this module: rules, approvals."""
    rules = Noun(
        "/programmes/<id:programme_id>/reward-rules",
        "RewardRules",
        "RewardRulesVersions",
        RULES,
        RewardRulesFields,
        "rules.read",
        "rules.write",
        rules=(valid_rules,),
        ends=False,
    )
    approvals = Noun(
        "/programmes/<id:programme_id>/reward-approvals",
        "RewardApproval",
        "RewardApprovals",
        RecordKind("reward_approval"),
        RewardApprovalFields,
        "rewards.read",
        "rewards.approve",
        rules=(approvable, not_in_future("approved_on")),
    )
    return rules, approvals


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("rewards", __name__, description="Reward rules and the approval of the reward list")
    rules, approvals = nouns()
    add_routes(blp, rules)
    add_routes(blp, approvals)
    version = type("RewardRulesVersion", (out_schema(rules),), {"__doc__": "A version of the rules after a deed."})
    _add_ending(blp, rules, version)
    _add_verbs(blp, version)
    return blp


def _add_ending(blp: Blueprint, noun: Noun, out: type[Schema]) -> None:
    @blp.route(f"{noun.path}/<id:{noun.id_name}>", methods=["DELETE"])
    @scoped(noun.write)
    @blp.arguments(EndQuery, location="query")
    @blp.response(200, out, headers=ETAG)
    @blp.doc(
        operationId="endRewardRules",
        summary="End a draft of the rules; frozen rules are not ended but reopened",
        parameters=[IF_MATCH],
        responses=PROBLEMS,
    )
    def end_reward_rules(args: dict[str, Any], programme_id: int, reward_rules_id: int) -> Any:
        expected_version()
        actions.demand_draft(records.read(scope().conn, RULES, reward_rules_id, programme_id))
        row = routes.end(noun, reward_rules_id, programme_id, args["reason"])
        return row, etag(row["version"])


def _add_verbs(blp: Blueprint, out: type[Schema]) -> None:
    @blp.route("/reward-rules/<id:reward_rules_id>:freeze", methods=["POST"])
    @scoped("rules.write")
    @blp.response(200, out, headers=ETAG)
    @blp.doc(
        operationId="freezeRewardRules",
        summary="Freeze the rules; from here on they do not change",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def freeze_reward_rules(reward_rules_id: int) -> Any:
        expected, conn = expected_version(), scope().conn
        with writing(conn, _read(conn, reward_rules_id)["programme_id"], feeds=True):
            row = actions.freeze(conn, scope().actor, _read(conn, reward_rules_id), expected=expected)
        return row, 200, etag(row["version"])

    @blp.route("/reward-rules/<id:reward_rules_id>:reopen", methods=["POST"])
    @scoped("rules.reopen")
    @blp.arguments(ReopenFields)
    @blp.response(201, out, headers={**ETAG, **LOCATION})
    @blp.doc(
        operationId="reopenRewardRules",
        summary="Open a new version of frozen rules, flagged when the results could be known",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def reopen_reward_rules(values: dict[str, Any], reward_rules_id: int) -> Any:
        expected, conn = expected_version(), scope().conn
        with writing(conn, _read(conn, reward_rules_id)["programme_id"], feeds=False):
            row = actions.reopen(
                conn, scope().actor, _read(conn, reward_rules_id), expected=expected, reason=values["reason"]
            )
        location = f"/api/v1/programmes/{row['programme_id']}/reward-rules/{row['id']}"
        return row, 201, {"Location": location, **etag(row["version"])}


def _read(conn: Conn, reward_rules_id: int) -> Row:
    return records.read(conn, RULES, reward_rules_id)
