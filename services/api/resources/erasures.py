"""Erasures of people: asked for, followed from the block to the act of destruction, run, taken back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, LOCATION, PROBLEMS
from services.api.fields import Choice, Words
from services.api.pages import PageQuery, as_page, page_schema
from services.api.poke import poke_after_commit
from services.api.request_scope import scope, scoped
from shared.access import audit
from shared.privacy import acts, erasures
from shared.privacy.acts import Act
from shared.privacy.erasures import Erasure

READ, ERASE = "erasures.read", "privacy.erase"
STATUSES = ("waiting", "done", "cancelled")


class ErasureOut(Schema):
    """One erasure. ``held``: an open safety case keeps it from being done; ``has_act``: act and log can be read."""

    id = fields.Integer(required=True)
    school_id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    reason = Choice("withdrawn", "request", "retention", required=True)
    status = Choice(*STATUSES, required=True)
    requested_at = fields.DateTime(required=True)
    requested_by = fields.Integer(required=True, allow_none=True)
    planned_at = fields.DateTime(required=True)
    due_at = fields.DateTime(required=True)
    run_by = fields.Integer(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    ended_by = fields.Integer(required=True, allow_none=True)
    why_cancelled = Choice("consented", "undone", "in_use", "by_hand", required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    held = fields.Boolean(required=True)
    has_act = fields.Boolean(required=True)


class ErasureQuery(PageQuery):
    """Which erasures to list."""

    status = Choice(*STATUSES, load_default=None)


class CancelFields(Schema):
    """On which ground the data are kept all the same."""

    reason = Words(500, required=True)


class DestroyedOut(Schema):
    """A category of data and how many rows of it were destroyed."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    rows = fields.Integer(required=True)


class ActOut(Schema):
    """Act of destruction and extract of the log (Roskomnadzor, order 179 of 28.10.2022): kept for three years."""

    erasure_id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    subject = fields.String(required=True)
    operator = fields.String(required=True)
    system = fields.String(required=True)
    method = fields.String(required=True)
    reason = fields.String(required=True)
    destroyed_at = fields.DateTime(required=True)
    responsible_ids = fields.List(fields.Integer(), required=True)
    categories = fields.List(fields.Nested(DestroyedOut), required=True)
    keep_until = fields.Date(required=True)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("erasures", __name__, description="Erasure of a person: from the block to the act of destruction")
    _add_reading(blp)
    _add_asking(blp)
    _add_deciding(blp)
    return blp


def _add_reading(blp: Blueprint) -> None:
    @blp.route("/erasures", methods=["GET"])
    @scoped(READ)
    @blp.arguments(ErasureQuery, location="query")
    @blp.response(200, page_schema("ErasurePage", ErasureOut))
    @blp.doc(operationId="listErasures", summary="List the erasures of the school", responses=PROBLEMS)
    def list_erasures(args: dict[str, Any]) -> Any:
        return as_page([_json(found) for found in erasures.page(scope().conn, **args)], args["limit"])

    @blp.route("/erasures/<id:erasure_id>", methods=["GET"])
    @scoped(READ)
    @blp.response(200, ErasureOut)
    @blp.doc(operationId="getErasure", summary="Read one erasure", responses=PROBLEMS)
    def get_erasure(erasure_id: int) -> Any:
        return _json(erasures.get(scope().conn, erasure_id))

    @blp.route("/erasures/<id:erasure_id>/act", methods=["GET"])
    @scoped(READ)
    @blp.response(200, ActOut)
    @blp.doc(
        operationId="getErasureAct",
        summary="Read the act of destruction with the extract of the log; the reading is logged",
        responses=PROBLEMS,
    )
    def get_erasure_act(erasure_id: int) -> Any:
        return act_json(read_act(erasure_id))


def _add_asking(blp: Blueprint) -> None:
    @blp.route("/people/<id:person_id>/erasure", methods=["POST"])
    @scoped(ERASE)
    @blp.response(201, ErasureOut, headers=LOCATION)
    @blp.doc(
        operationId="requestErasure",
        summary="Ask for a person's erasure without a withdrawal; nothing more is done with the data from now on",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def request_erasure(person_id: int) -> Any:
        made = erasures.request(scope().conn, scope().actor, person_id)
        return _json(made), 201, _location(made)


def _add_deciding(blp: Blueprint) -> None:
    @blp.route("/erasures/<id:erasure_id>:run", methods=["POST"])
    @scoped(ERASE)
    @blp.response(202, ErasureOut, headers=LOCATION)
    @blp.doc(
        operationId="runErasure",
        summary="Have it done now, without waiting for the planned time; this cannot be taken back",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def run_erasure(erasure_id: int) -> Any:
        found = erasures.run_now(scope().conn, scope().actor, erasure_id)
        poke_after_commit()
        return _json(found), 202, _location(found)

    @blp.route("/erasures/<id:erasure_id>:cancel", methods=["POST"])
    @scoped(ERASE)
    @blp.arguments(CancelFields)
    @blp.response(200, ErasureOut)
    @blp.doc(
        operationId="cancelErasure",
        summary="Keep the data on another ground of the law; what a withdrawal blocked stays blocked",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def cancel_erasure(values: dict[str, Any], erasure_id: int) -> Any:
        return _json(erasures.cancel(scope().conn, scope().actor, erasure_id, values["reason"]))


def read_act(erasure_id: int) -> Act:
    """Return an act and log that it was read: it names a person whose data are gone. NotFound."""
    found = acts.get(scope().conn, erasure_id)
    audit.record(scope().conn, scope().actor, "erasure_act.read", "erasure_act", erasure_id)
    return found


def act_json(act: Act) -> dict[str, Any]:
    """Return an act with its words in Russian: it is a paper of the school."""
    words = acts.in_words(act)
    return {
        **{name: value for name, value in asdict(act).items() if name not in ("categories", "timezone")},
        "system": acts.SYSTEM,
        "method": acts.METHOD,
        "reason": words.reason,
        "categories": [
            {"code": code, "title": title, "rows": rows}
            for (code, rows), title in zip(act.categories.items(), words.categories, strict=True)
        ],
    }


def _location(erasure: Erasure) -> dict[str, str]:
    return {"Location": f"/api/v1/erasures/{erasure.id}"}


def _json(erasure: Erasure) -> dict[str, Any]:
    return {**asdict(erasure), "held": erasure.verdict == erasures.HELD}
