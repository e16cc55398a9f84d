"""Background work as people see it: what is under way, why it failed, cancel and repeat."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Choice, Count, Id
from services.api.poke import poke_after_commit
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from services.api.resources.job_schemas import JobOut, job_json, location
from shared.jobs import actions, overview, store
from shared.jobs.model import Status
from shared.jobs.overview import JobFilter
from shared.programme.job_retry import retry

KIND_PATTERN = r"^[a-z_]{1,60}$"
"""What a kind may be called; one of another release is found by its name too."""


def kind_field(**kwargs: Any) -> fields.String:
    """Return a filter by kind."""
    error = "kind|Строчные латинские буквы и «_».|Small latin letters and “_”."
    return fields.String(validate=validate.Regexp(KIND_PATTERN, error=error), **kwargs)


class JobQuery(QuerySchema):
    """Which jobs to list, newest first. ``retried=false`` with ``status=dead``: what nobody has repeated yet."""

    after = fields.UUID(load_default=None)
    limit = Count(1, store.MAX_PAGE, load_default=100)
    status = Choice(*Status, load_default=None)
    kind = kind_field(load_default=None)
    programme_id = Id(load_default=None)
    retried = fields.Boolean(load_default=None)
    created_before = fields.AwareDateTime(format="iso", load_default=None)


class JobPage(Schema):
    """A page of jobs; next is null on the last one."""

    items = fields.List(fields.Nested(JobOut), required=True)
    next = fields.UUID(required=True, allow_none=True, metadata={"description": "pass as ?after="})


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("jobs", __name__, description="Background work")
    _add_reading(blp)
    _add_verbs(blp)
    return blp


def _add_reading(blp: Blueprint) -> None:
    @blp.route("/jobs", methods=["GET"])
    @scoped("jobs.read")
    @blp.arguments(JobQuery, location="query")
    @blp.response(200, JobPage)
    @blp.doc(operationId="listJobs", summary="List jobs, newest first", responses=PROBLEMS)
    def list_jobs(args: dict[str, Any]) -> Any:
        wanted = JobFilter(
            status=None if args["status"] is None else Status(args["status"]),
            kind=args["kind"],
            programme_id=args["programme_id"],
            is_retried=args["retried"],
            created_before=args["created_before"],
        )
        found = overview.page(scope().conn, wanted, after=args["after"], limit=args["limit"])
        following = found[-1].run.id if len(found) == args["limit"] else None
        return {"items": [job_json(seen) for seen in found], "next": following}

    @blp.route("/jobs/<uuid:job_id>", methods=["GET"])
    @scoped("jobs.read")
    @blp.response(200, JobOut)
    @blp.doc(operationId="getJob", summary="Read a job", responses=PROBLEMS)
    def get_job(job_id: UUID) -> Any:
        return job_json(overview.get(scope().conn, job_id))


def _add_verbs(blp: Blueprint) -> None:
    @blp.route("/jobs/<uuid:job_id>:cancel", methods=["POST"])
    @scoped("jobs.manage")
    @blp.response(200, JobOut)
    @blp.doc(
        operationId="cancelJob",
        summary="Cancel an open job; a worker that is at it can no longer write",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def cancel_job(job_id: UUID) -> Any:
        actions.cancel(scope().conn, scope().actor, job_id)
        return job_json(overview.get(scope().conn, job_id))

    @blp.route("/jobs/<uuid:job_id>:retry", methods=["POST"])
    @scoped("jobs.manage")
    @blp.response(202, JobOut, headers=LOCATION)
    @blp.doc(
        operationId="retryJob",
        summary="Ask for a dead or cancelled job again, as a new job",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def retry_job(job_id: UUID) -> Any:
        conn = scope().conn
        new_id = retry(conn, scope().actor, job_id)
        poke_after_commit()
        return job_json(overview.get(conn, new_id)), 202, location(new_id)
