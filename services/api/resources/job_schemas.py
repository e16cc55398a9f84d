"""How a job is shown: its schema, its values in the reader's language; a kind of another release by its raw name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from services.api.language import language
from services.api.resources.result_paths import PATHS
from shared.errors import Lang
from shared.jobs.kinds import KINDS
from shared.jobs.model import JobRun
from shared.jobs.overview import JobSeen


class JobError(Schema):
    """Why the last attempt failed, in the reader's language."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


class JobOut(Schema):
    """A job: where it is, how far (progress 0..1), what it left (``result`` is an address, ``result_id`` its row).

    ``programme_id`` is null for a job of the whole municipality. ``name`` of a kind that this release does not know
    is the kind itself.
    """

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    programme_id = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    progress = fields.Float(required=True)
    attempts = fields.Integer(required=True)
    max_attempts = fields.Integer(required=True)
    error = fields.Nested(JobError, required=True, allow_none=True)
    result = fields.String(required=True, allow_none=True)
    result_id = fields.Integer(required=True, allow_none=True)
    cause = fields.String(required=True)
    retry_of = fields.UUID(required=True, allow_none=True)
    retried_as = fields.UUID(required=True, allow_none=True)
    requested_by = fields.Integer(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    next_at = fields.DateTime(required=True)
    started_at = fields.DateTime(required=True, allow_none=True)
    finished_at = fields.DateTime(required=True, allow_none=True)


def kind_name(kind: str, lang: Lang) -> str:
    """Return what people call a kind; its raw name where this release does not know it."""
    known = KINDS.get(kind)
    if known is None:
        return kind
    return known.ru if lang == "ru" else known.en


def result_path(run: JobRun) -> str | None:
    """Return the address of what the job left; None where it left nothing that has one."""
    path = PATHS.get(run.kind)
    if run.result_id is None or run.programme_id is None or path is None:
        return None
    return f"/api/v1/programmes/{run.programme_id}/{path}?result_id={run.result_id}"


def job_json(seen: JobSeen) -> dict[str, Any]:
    """Return a job for its reader."""
    run, lang = seen.run, language()
    error = run.error
    return {
        "id": run.id,
        "kind": run.kind,
        "name": kind_name(run.kind, lang),
        "programme_id": run.programme_id,
        "status": run.status.value,
        "progress": run.progress,
        "attempts": run.attempts,
        "max_attempts": run.max_attempts,
        "error": error and {"code": error.code, "detail": error.ru if lang == "ru" else error.en},
        "result": result_path(run),
        "result_id": run.result_id,
        "cause": run.cause,
        "retry_of": seen.retry_of,
        "retried_as": seen.retried_as,
        "requested_by": run.requested_by,
        "created_at": run.created_at,
        "next_at": run.next_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def location(job_id: UUID) -> dict[str, str]:
    """Return the header that says where a job is seen."""
    return {"Location": f"/api/v1/jobs/{job_id}"}
