"""Background work as people see it: what is under way, why it failed, cancel and repeat."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Choice, Count, Id
from services.api.language import language
from services.api.poke import poke_after_commit
from services.api.query_schema import QuerySchema
from services.api.request_scope import scope, scoped
from services.api.resources.result_paths import PATHS
from shared.jobs import actions, store
from shared.jobs.kinds import KINDS, job_kind
from shared.jobs.model import JobRun, Status
from shared.programme import store as programmes
from shared.programme.writing import demand_open


class JobError(Schema):
    """Why the last attempt failed, in the reader's language."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


class JobOut(Schema):
    """A job: where it is, how far (progress 0..1), what it left (``result`` is an address)."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    programme_id = fields.Integer(required=True)
    status = fields.String(required=True)
    progress = fields.Float(required=True)
    attempts = fields.Integer(required=True)
    max_attempts = fields.Integer(required=True)
    error = fields.Nested(JobError, required=True, allow_none=True)
    result = fields.String(required=True, allow_none=True)
    result_id = fields.Integer(required=True, allow_none=True)
    cause = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    started_at = fields.DateTime(required=True, allow_none=True)
    finished_at = fields.DateTime(required=True, allow_none=True)


class JobQuery(QuerySchema):
    """Which jobs to list, newest first."""

    after = fields.UUID(load_default=None)
    limit = Count(1, store.MAX_PAGE, load_default=100)
    status = Choice(*Status, load_default=None)
    kind = Choice(*KINDS, load_default=None)
    programme_id = Id(load_default=None)


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


def job_json(job: JobRun) -> dict[str, Any]:
    """Return a job for its reader."""
    kind = job_kind(job.kind)
    lang = language()
    error = job.error
    path = PATHS[job.kind]
    result = None
    if job.result_id is not None:
        result = f"/api/v1/programmes/{job.programme_id}/{path}?result_id={job.result_id}"
    return {
        "id": job.id,
        "kind": job.kind,
        "name": kind.ru if lang == "ru" else kind.en,
        "programme_id": job.programme_id,
        "status": job.status.value,
        "progress": job.progress,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "error": error and {"code": error.code, "detail": error.ru if lang == "ru" else error.en},
        "result": result,
        "result_id": job.result_id,
        "cause": job.cause,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def location(job_id: UUID) -> dict[str, str]:
    """Return the header that says where a job is seen."""
    return {"Location": f"/api/v1/jobs/{job_id}"}


def _add_reading(blp: Blueprint) -> None:
    @blp.route("/jobs", methods=["GET"])
    @scoped("jobs.read")
    @blp.arguments(JobQuery, location="query")
    @blp.response(200, JobPage)
    @blp.doc(operationId="listJobs", summary="List jobs, newest first", responses=PROBLEMS)
    def list_jobs(args: dict[str, Any]) -> Any:
        status = None if args["status"] is None else Status(args["status"])
        found = store.page(scope().conn, **{**args, "status": status})
        following = found[-1].id if len(found) == args["limit"] else None
        return {"items": [job_json(job) for job in found], "next": following}

    @blp.route("/jobs/<uuid:job_id>", methods=["GET"])
    @scoped("jobs.read")
    @blp.response(200, JobOut)
    @blp.doc(operationId="getJob", summary="Read a job", responses=PROBLEMS)
    def get_job(job_id: UUID) -> Any:
        return job_json(store.get(scope().conn, job_id))


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
        return job_json(store.get(scope().conn, job_id))

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
        demand_open(programmes.lock(conn, store.get(conn, job_id).programme_id))
        new_id = actions.retry(conn, scope().actor, job_id)
        poke_after_commit()
        return job_json(store.get(conn, new_id)), 202, location(new_id)
