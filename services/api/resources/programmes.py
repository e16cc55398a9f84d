"""Programmes: begin one, read it, move it or learn why not, its history, agenda and roadmap."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.language import language
from services.api.metrics import counting_transition
from services.api.nouns import RecordOut
from services.api.pages import as_page, page_schema
from services.api.poke import poke_after_commit
from services.api.request_scope import scope, scoped
from services.api.resources import programme_schemas as schemas
from services.api.versions import etag, expected_version
from shared.access import audit, places
from shared.db import records
from shared.db.records import RecordKind
from shared.errors import FieldError, FieldsInvalid, NotFound
from shared.programme import actions, diagram, store, views
from shared.programme.model import Move, Programme
from shared.programme.packs import find_pack
from shared.programme.writing import writing

ACTIVITY_PLAN = RecordKind("activity_plan")


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("programmes", __name__, description="A school's programme of a school year: the state machine")
    _add_collection(blp)
    _add_item(blp)
    _add_transitions(blp)
    _add_reading(blp)
    _add_activities(blp)
    return blp


def _add_collection(blp: Blueprint) -> None:
    @blp.route("/programmes", methods=["GET"])
    @scoped("programmes.read")
    @blp.arguments(schemas.ProgrammeQuery, location="query")
    @blp.response(200, page_schema("ProgrammePage", schemas.ProgrammeOut))
    @blp.doc(operationId="listProgrammes", summary="List programmes", responses=PROBLEMS)
    def list_programmes(args: dict[str, Any]) -> Any:
        found = store.page(scope().conn, **args)
        return as_page([views.programme_json(programme) for programme in found], args["limit"])

    @blp.route("/programmes", methods=["POST"])
    @scoped("programmes.create")
    @blp.arguments(schemas.ProgrammeFields)
    @blp.response(201, schemas.ProgrammeOut, headers={**ETAG, **LOCATION})
    @blp.doc(
        operationId="createProgramme",
        summary="Begin a school's programme of a school year by a pack",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_programme(values: dict[str, Any]) -> Any:
        conn, actor = scope().conn, scope().actor
        school = places.school(conn, values["school_id"])
        try:
            pack = find_pack(conn, values["pack"]["code"], values["pack"]["version"])
        except NotFound:
            raise FieldsInvalid(
                [FieldError("pack", "unknown", "Такого пакета нет.", "There is no such pack.")]
            ) from None
        programme = actions.create(conn, actor, school_id=school["id"], school_year=values["school_year"], pack=pack)
        headers = {"Location": f"/api/v1/programmes/{programme.id}", **etag(programme.version)}
        return views.programme_json(programme), 201, headers


def _add_item(blp: Blueprint) -> None:
    @blp.route("/programmes/<id:programme_id>", methods=["GET"])
    @scoped("programmes.read")
    @blp.response(200, schemas.ProgrammeWhole, headers=ETAG)
    @blp.doc(
        operationId="getProgramme",
        summary="Read a programme with its stage, deadlines and progress",
        responses=PROBLEMS,
    )
    def get_programme(programme_id: int) -> Any:
        programme = store.get(scope().conn, programme_id)
        return views.whole(scope().conn, programme, language()), etag(programme.version)

    @blp.route("/programmes/<id:programme_id>/diagram", methods=["GET"])
    @scoped("programmes.read")
    @blp.doc(
        operationId="getProgrammeDiagram",
        summary="Draw the programme's stages with the current one marked",
        responses={
            **PROBLEMS,
            "200": {"description": "SVG", "content": {"image/svg+xml": {"schema": {"type": "string"}}}},
        },
    )
    def get_programme_diagram(programme_id: int) -> Response:
        programme = store.get(scope().conn, programme_id)
        pack = find_pack(scope().conn, programme.pack_code, programme.pack_version)
        return Response(diagram.svg(pack, current=programme.stage, lang=language()), mimetype="image/svg+xml")


def _add_transitions(blp: Blueprint) -> None:
    path = "/programmes/<id:programme_id>/transitions"

    @blp.route(path, methods=["GET"])
    @scoped("programmes.read")
    @blp.response(200, schemas.Offers, headers=ETAG)
    @blp.doc(
        operationId="listTransitions",
        summary="Every trigger from here, allowed or not, with all that blocks it",
        responses=PROBLEMS,
    )
    def list_transitions(programme_id: int) -> Any:
        programme = store.get(scope().conn, programme_id)
        return views.offers(scope().conn, scope().actor, programme, language()), etag(programme.version)

    @blp.route(path, methods=["POST"])
    @scoped("transitions.use")
    @blp.arguments(schemas.MoveQuery, location="query")
    @blp.arguments(schemas.MoveFields)
    @blp.response(200, schemas.Moved, headers=ETAG)
    @blp.doc(
        operationId="transition",
        summary="Make a transition, or be refused with every reason at once",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def transition(args: dict[str, Any], values: dict[str, Any], programme_id: int) -> Any:
        asked = Move(**values)
        if args["dry_run"]:
            return _rehearsed(programme_id, asked)
        expected = expected_version()
        with counting_transition(asked.trigger):
            programme, report = actions.move(scope().conn, scope().actor, programme_id, asked, expected=expected)
        audit.record(
            scope().conn,
            scope().actor,
            f"programme.{asked.trigger}",
            "programme",
            programme.id,
            programme_id=programme.id,
        )
        poke_after_commit()
        return _moved(programme, programme.stage, report, is_allowed=True), 200, etag(programme.version)


def _rehearsed(programme_id: int, asked: Move) -> Any:
    programme, dst, report = actions.rehearse(scope().conn, scope().actor, programme_id, asked)
    return _moved(programme, dst, report, is_allowed=not report.unmet), 200, etag(programme.version)


def _moved(programme: Programme, dst: str, report: Any, *, is_allowed: bool) -> dict[str, Any]:
    return {
        "programme": views.programme_json(programme),
        "to": dst,
        "allowed": is_allowed,
        "blockers": report.blockers(language()),
        "remarks": report.remarks(language()),
        "guards": report.as_json(),
    }


def _add_reading(blp: Blueprint) -> None:
    @blp.route("/programmes/<id:programme_id>/events", methods=["GET"])
    @scoped("programmes.read")
    @blp.arguments(schemas.EventQuery, location="query")
    @blp.response(200, schemas.EventPage)
    @blp.doc(
        operationId="listEvents",
        summary="The history with guard reports and the hash chain",
        responses=PROBLEMS,
    )
    def list_events(args: dict[str, Any], programme_id: int) -> Any:
        programme = store.get(scope().conn, programme_id)
        return views.events_json(scope().conn, programme, **args)

    @blp.route("/programmes/<id:programme_id>/events:verify", methods=["GET"])
    @scoped("programmes.read")
    @blp.response(200, schemas.Verification)
    @blp.doc(
        operationId="verifyEvents",
        summary="Check the history's hash chain from its first event",
        responses=PROBLEMS,
    )
    def verify_events(programme_id: int) -> Any:
        return views.verification(scope().conn, store.get(scope().conn, programme_id), language())

    @blp.route("/programmes/<id:programme_id>/agenda", methods=["GET"])
    @scoped("programmes.read")
    @blp.response(200, schemas.AgendaOut)
    @blp.doc(
        operationId="getAgenda",
        summary="All that remains to the end, by date, with who answers for it",
        responses=PROBLEMS,
    )
    def get_agenda(programme_id: int) -> Any:
        return views.agenda_json(scope().conn, store.get(scope().conn, programme_id), language())


def _add_activities(blp: Blueprint) -> None:
    out = type("ActivityPlan", (RecordOut, schemas.ActivityPlanFields), {"__doc__": "A line of the roadmap."})
    path = "/programmes/<id:programme_id>/activities"

    @blp.route(path, methods=["GET"])
    @scoped("programmes.read")
    @blp.response(200, page_schema("ActivityPlanPage", out))
    @blp.doc(
        operationId="listActivities",
        summary="The roadmap: each activity with responsible person and date",
        responses=PROBLEMS,
    )
    def list_activities(programme_id: int) -> Any:
        store.get(scope().conn, programme_id)
        return as_page(records.page(scope().conn, ACTIVITY_PLAN, programme_id, limit=500), 501)

    @blp.route(f"{path}/<string:key>", methods=["GET"])
    @scoped("programmes.read")
    @blp.response(200, out, headers=ETAG)
    @blp.doc(operationId="getActivity", summary="One activity of the roadmap", responses=PROBLEMS)
    def get_activity(programme_id: int, key: str) -> Any:
        row = _line(programme_id, key)
        return row, etag(row["version"])

    @blp.route(f"{path}/<string:key>", methods=["PATCH"])
    @scoped("documents.write")
    @blp.arguments(schemas.ActivityPlanChanges)
    @blp.response(200, out, headers=ETAG)
    @blp.doc(
        operationId="updateActivity",
        summary="Set the responsible person and the date of an activity",
        parameters=[IF_MATCH],
        responses=PROBLEMS,
    )
    def update_activity(values: dict[str, Any], programme_id: int, key: str) -> Any:
        expected = expected_version()
        line = _line(programme_id, key)
        if not values:
            raise FieldsInvalid([FieldError("body", "empty", "Нечего менять.", "There is nothing to change.")])
        with writing(scope().conn, programme_id, feeds=False):
            row = records.update(scope().conn, ACTIVITY_PLAN, line, expected, values)
            audit.record(
                scope().conn,
                scope().actor,
                "activity_plan.update",
                "activity_plan",
                row["id"],
                programme_id=programme_id,
            )
        return row, etag(row["version"])


def _line(programme_id: int, key: str) -> records.Row:
    store.get(scope().conn, programme_id)
    rows = records.page(scope().conn, ACTIVITY_PLAN, programme_id, filters={"activity_key": key[:20]})
    if not rows:
        raise NotFound
    return rows[0]
