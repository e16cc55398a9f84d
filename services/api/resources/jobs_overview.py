"""Watching jobs: how many are where, which processes work, who pressed what, and many repeated at once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, PROBLEMS
from services.api.fields import Count, Id
from services.api.language import language
from services.api.poke import poke_after_commit
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped, state
from services.api.resources.job_schemas import kind_name
from services.api.resources.jobs import kind_field
from shared.access.model import Role
from shared.access.reading import deeds
from shared.jobs import overview, store
from shared.jobs.kinds import KINDS
from shared.programme.job_retry import MOST_AT_ONCE, Retry, retry_many

ASKED = "job.ask"
"""The first line of a job's audit: it is the job's own row that says who asked."""


class KindSummaryOut(Schema):
    """One kind of work: jobs by where they are.

    ``due`` of the waiting could start now; ``dead`` were not repeated yet; ``is_known`` false: the kind is of another
    release, and no worker of this one takes its jobs.
    """

    kind = fields.String(required=True)
    name = fields.String(required=True)
    is_known = fields.Boolean(required=True)
    waiting = fields.Integer(required=True)
    due = fields.Integer(required=True)
    running = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    oldest_waiting_seconds = fields.Float(required=True, allow_none=True)
    last_success_at = fields.DateTime(required=True, allow_none=True)


class ProcessOut(Schema):
    """A process of the engine, of the whole installation; ``name`` is told to administrators only."""

    name = fields.String(required=True, allow_none=True)
    duty = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    silent_seconds = fields.Float(required=True)
    is_silent = fields.Boolean(required=True, metadata={"description": "silent for longer than a job's lease"})


class JobSummary(Schema):
    """What there is to do and who does it."""

    kinds = fields.List(fields.Nested(KindSummaryOut), required=True)
    processes = fields.List(fields.Nested(ProcessOut), required=True)


class JobDeedOut(Schema):
    """Who did what to a job; ``principal_id`` null: no person, the engine itself."""

    action = fields.String(required=True)
    at = fields.DateTime(required=True)
    principal_id = fields.Integer(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)


class JobAudit(Schema):
    """What people did to a job, in its order."""

    items = fields.List(fields.Nested(JobDeedOut), required=True)


class RetryFields(Schema):
    """Which dead jobs to repeat, the oldest first; without ``job_ids`` all that were not repeated yet."""

    kind = kind_field(load_default=None)
    programme_id = Id(load_default=None)
    job_ids = fields.List(
        fields.UUID(),
        load_default=None,
        validate=validate.Length(
            1, MOST_AT_ONCE, error=f"length|От 1 до {MOST_AT_ONCE} работ.|From 1 to {MOST_AT_ONCE} jobs."
        ),
    )
    limit = Count(1, MOST_AT_ONCE, load_default=MOST_AT_ONCE)


class RetryQuery(QuerySchema):
    """Only try: say what would happen and write nothing."""

    dry_run = fields.Boolean(load_default=False)


class RetryOut(Schema):
    """A job and the one that repeats it, or why not."""

    job_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    new_id = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)


class RetriesOut(Schema):
    """What became of each job; ``left`` more are dead and wait for the next request."""

    dry_run = fields.Boolean(required=True)
    items = fields.List(fields.Nested(RetryOut), required=True)
    retried = fields.Integer(required=True, metadata={"description": "how many are, or would be, repeated"})
    left = fields.Integer(required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("watching", __name__, description="Watching background work")
    _add_summary(blp)
    _add_audit(blp)
    _add_bulk(blp)
    return blp


def processes() -> list[dict[str, Any]]:
    """Return the processes of the engine as this reader may see them."""
    patience, actor = state().settings.job_lease_seconds, scope().actor
    return [
        {
            "name": seen.id if actor.role is Role.ADMIN else None,
            "duty": seen.duty,
            "started_at": seen.started_at,
            "silent_seconds": seen.silent_seconds,
            "is_silent": seen.silent_seconds > patience,
        }
        for seen in store.workers(scope().conn)
    ]


def job_deeds(seen: overview.JobSeen) -> list[dict[str, Any]]:
    """Return who asked for the job and what was done to it."""
    run = seen.run
    asked = {"action": ASKED, "at": run.created_at, "principal_id": run.requested_by, "role": None, "request_id": None}
    done = [
        {
            "action": deed.action,
            "at": deed.at,
            "principal_id": deed.actor_id,
            "role": deed.actor_role,
            "request_id": deed.request_id,
        }
        for deed in deeds(scope().conn, "job_run", run.id)
    ]
    return [asked, *done]


def _add_summary(blp: Blueprint) -> None:
    @blp.route("/jobs/summary", methods=["GET"])
    @scoped("jobs.read")
    @blp.response(200, JobSummary)
    @blp.doc(operationId="summariseJobs", summary="Count jobs by kind; list the engine's processes", responses=PROBLEMS)
    def summarise_jobs() -> Any:
        lang = language()
        kinds = [
            {**asdict(line), "name": kind_name(line.kind, lang), "is_known": line.kind in KINDS}
            for line in overview.summary(scope().conn)
        ]
        return {"kinds": kinds, "processes": processes()}


def _add_audit(blp: Blueprint) -> None:
    @blp.route("/jobs/<uuid:job_id>/audit", methods=["GET"])
    @scoped("jobs.read")
    @blp.response(200, JobAudit)
    @blp.doc(operationId="auditJob", summary="Who asked for a job, cancelled it, repeated it", responses=PROBLEMS)
    def audit_job(job_id: UUID) -> Any:
        return {"items": job_deeds(overview.get(scope().conn, job_id))}


def _add_bulk(blp: Blueprint) -> None:
    @blp.route("/jobs:retry", methods=["POST"])
    @scoped("jobs.manage")
    @blp.arguments(RetryFields)
    @blp.arguments(RetryQuery, location="query")
    @blp.response(200, RetriesOut)
    @blp.doc(
        operationId="retryJobs",
        summary="Repeat dead jobs in bulk, each as a new job; with dry_run only say what would happen",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def retry_jobs(values: dict[str, Any], query: dict[str, Any]) -> Any:
        is_dry_run = query["dry_run"]
        retries = retry_many(scope().conn, scope().actor, is_dry_run=is_dry_run, **values)
        items = [_retry_json(item) for item in retries.items]
        retried = sum(item["code"] is None for item in items)
        if retried and not is_dry_run:
            poke_after_commit()
        return {"dry_run": is_dry_run, "items": items, "retried": retried, "left": retries.left}


def _retry_json(item: Retry) -> dict[str, Any]:
    refusal = item.refusal
    return {
        "job_id": item.job.id,
        "kind": item.job.kind,
        "new_id": item.new_id,
        "code": refusal and refusal.code,
        "detail": refusal and refusal.text(language()),
    }
