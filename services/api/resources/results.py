"""What the three jobs compute: asked for, then read whole by the school and masked by everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Id
from services.api.poke import poke_after_commit
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from services.api.resources.job_schemas import JobOut, job_json, location
from services.api.resources.result_paths import PATHS
from shared.access.model import Actor
from shared.errors import NotFound
from shared.jobs import overview
from shared.jobs.kinds import AGGREGATE_FEEDBACK, BUILD_REWARD_LIST, SCORE_EFFECTIVENESS, job_kind
from shared.programme import results, store
from shared.programme.results import Result
from shared.rewards.publication import still_published


class PackUsed(Schema):
    """The pack a result was computed by."""

    code = fields.String(required=True)
    version = fields.Integer(required=True)


class ResultOut(Schema):
    """A computed result. ``stale``: a fact has changed since; ``digest``: SHA-256 of the body's canonical JSON.

    ``superseded``: approved, and a newer result has come since; the approval stays.

    ``body.school`` is for the school alone, ``body.outside`` is what may leave it: who is outside the school gets
    the latter only.
    """

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    job_id = fields.UUID(required=True)
    computed_at = fields.DateTime(required=True)
    cut_off_at = fields.DateTime(required=True)
    stale = fields.Boolean(required=True)
    is_latest = fields.Boolean(required=True)
    superseded = fields.Boolean(required=True)
    is_replayable = fields.Boolean(required=True)
    inputs_version = fields.Integer(required=True)
    based_on = fields.Integer(required=True, allow_none=True)
    approved_on = fields.Date(required=True, allow_none=True)
    pack = fields.Nested(PackUsed, required=True)
    algorithm_version = fields.String(required=True)
    digest = fields.String(required=True)
    inputs_digest = fields.String(required=True)
    body = fields.Dict(keys=fields.String(), required=True)


class ResultQuery(QuerySchema):
    """Which result: the last one, or the one named."""

    result_id = Id(load_default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of result: its job, the words of its operations, and who may read it."""

    job: str
    word: str
    summary: str
    read: str


def kinds() -> tuple[Asked, ...]:
    """Return the kinds of results."""
    return (
        Asked(AGGREGATE_FEEDBACK, "FeedbackSummary", "the feedback summary", "results.read"),
        Asked(SCORE_EFFECTIVENESS, "Effectiveness", "the effectiveness score", "results.read"),
        Asked(BUILD_REWARD_LIST, "RewardList", "the reward list", "rewards.read"),
    )


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("results", __name__, description="Feedback summary, effectiveness score, reward list")
    for asked in kinds():
        _add_kind(blp, asked)
    return blp


def _add_kind(blp: Blueprint, asked: Asked) -> None:
    path = f"/programmes/<id:programme_id>/{PATHS[asked.job]}"

    @blp.route(path, methods=["POST"], endpoint=f"compute_{asked.job}")
    @scoped("results.compute")
    @blp.response(202, JobOut, headers=LOCATION)
    @blp.doc(
        operationId=f"compute{asked.word}",
        summary=f"Ask for {asked.summary}; a job that is open already is answered again",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def compute(programme_id: int) -> Any:
        conn = scope().conn
        job_id = results.ask_for(conn, scope().actor, programme_id, asked.job)
        poke_after_commit()
        return job_json(overview.get(conn, job_id)), 202, location(job_id)

    @blp.route(path, methods=["GET"], endpoint=f"get_{asked.job}")
    @scoped(asked.read)
    @blp.arguments(ResultQuery, location="query")
    @blp.response(200, ResultOut)
    @blp.doc(operationId=f"get{asked.word}", summary=f"Read {asked.summary} that was computed last", responses=PROBLEMS)
    def get(args: dict[str, Any], programme_id: int) -> Any:
        conn = scope().conn
        store.get(conn, programme_id)
        found = results.find(conn, programme_id, job_kind(asked.job).result_kind, args["result_id"])
        if found is None:
            raise NotFound
        if asked.job == BUILD_REWARD_LIST:
            found = replace(found, body=still_published(conn, found.body))
        return _result_json(found, scope().actor)


def _result_json(found: Result, actor: Actor) -> dict[str, Any]:
    return {
        "id": found.id,
        "kind": found.kind,
        "job_id": found.job_run_id,
        "computed_at": found.created_at,
        "cut_off_at": found.cut_off_at,
        "stale": found.is_stale,
        "is_latest": found.is_latest,
        "superseded": found.is_superseded,
        "is_replayable": found.is_replayable,
        "inputs_version": found.inputs_version,
        "based_on": found.based_on,
        "approved_on": found.approved_on,
        "pack": {"code": found.pack_code, "version": found.pack_version},
        "algorithm_version": found.algorithm_version,
        "digest": found.digest,
        "inputs_digest": found.inputs_digest,
        "body": _readable(found.body, actor),
    }


def _readable(body: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Return the whole body for an account of the school itself, what may leave the school for any other."""
    if actor.tenant.school_id is not None:
        return dict(body)
    return {"outside": body["outside"]}
