"""Surveys: planned, put to everybody who takes part, closed; answers are seen as counts only, never one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, PROBLEMS
from services.api.fields import Choice, Count, Day, Id, Words
from services.api.link_urls import url_of
from services.api.nouns import Change, Noun, RecordOut, out_schema
from services.api.pages import PageQuery, as_page, page_schema
from services.api.records import add_routes
from services.api.request_scope import scope, scoped
from services.api.versions import etag, expected_version
from shared.access.links import DEFAULT_DAYS, Granted, Purpose
from shared.db import records
from shared.db.pool import Conn
from shared.db.records import Row
from shared.errors import FieldError, FieldsInvalid
from shared.feedback import actions
from shared.feedback.actions import INVITATION, SURVEY
from shared.programme import store
from shared.programme.packs import find_pack
from shared.programme.writing import writing


class SurveyFields(Schema):
    """One side's questionnaire at one moment. ``closes_on`` is a plan; the cut-off is ``closed_at``."""

    side = Choice("mentor", "mentee", required=True)
    moment = Choice("before", "after", required=True)
    questionnaire = Words(100, load_default=None, allow_none=True)
    responsible_id = Id(load_default=None, allow_none=True)
    scheduled_on = Day(load_default=None, allow_none=True)
    closes_on = Day(load_default=None, allow_none=True)
    closed_at = fields.DateTime(dump_only=True, allow_none=True)


class LinkFields(Schema):
    """How long a link lives."""

    days = Count(1, 400, load_default=DEFAULT_DAYS)


class InvitationOut(RecordOut):
    """Who was asked and whether they answered; what they answered is in no answer of ours."""

    survey_id = fields.Integer(required=True)
    mentor_id = fields.Integer(required=True, allow_none=True)
    mentee_id = fields.Integer(required=True, allow_none=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    answered_at = fields.DateTime(required=True, allow_none=True)


class InvitationLink(Schema):
    """An invitation with its personal link, shown this once; print it or send it."""

    id = fields.Integer(required=True)
    mentor_id = fields.Integer(required=True, allow_none=True)
    mentee_id = fields.Integer(required=True, allow_none=True)
    link_id = fields.Integer(required=True)
    token = fields.String(required=True)
    url = fields.String(required=True)


class Invited(Schema):
    """Those who were asked now; empty when everybody was asked before."""

    items = fields.List(fields.Nested(InvitationLink), required=True)


class InvitationQuery(PageQuery):
    """Which invitations to list."""

    ended = fields.Boolean(load_default=False)


def known_questionnaire(conn: Conn, change: Change) -> Mapping[str, Any] | None:
    """The questionnaire is one of the pack's for the side and moment; unnamed, it is the general one."""
    if change.current is not None:
        actions.demand_planned(conn, change.current, change.values)
    programme = store.get(conn, change.parent["id"])
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    side, moment, key = change.after("side"), change.after("moment"), change.after("questionnaire")
    moved = change.current is not None and "questionnaire" not in change.values
    try:
        if key is None or (moved and ("side" in change.values or "moment" in change.values)):
            return {"questionnaire": pack.questionnaire(side, moment).key}
        actions.questionnaire_of(pack, key, side, moment)
    except KeyError:
        ru, en = (
            "Такой анкеты для этой стороны и этого времени в пакете нет.",
            "The pack has no such questionnaire here.",
        )
        raise FieldsInvalid([FieldError("questionnaire", "unknown", ru, en)]) from None
    return None


def noun() -> Noun:
    """Return the noun of this module."""
    return Noun(
        "/programmes/<id:programme_id>/surveys",
        "Survey",
        "Surveys",
        SURVEY,
        SurveyFields,
        "surveys.read",
        "surveys.write",
        filters={"side": fields.String(), "moment": fields.String()},
        rules=(known_questionnaire,),
    )


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("surveys", __name__, description="Surveys of mentors and mentees, before and after the work")
    add_routes(blp, noun())
    _add_verbs(blp)
    _add_invitations(blp)
    return blp


def _add_verbs(blp: Blueprint) -> None:
    closed = type("ClosedSurvey", (out_schema(noun()),), {"__doc__": "A survey with its cut-off."})

    @blp.route("/surveys/<id:survey_id>:invite", methods=["POST"])
    @scoped("surveys.write", keeps_secret=True)
    @blp.arguments(LinkFields)
    @blp.response(200, Invited)
    @blp.doc(
        operationId="inviteToSurvey",
        summary="Ask everybody of the survey's side who was not asked yet; the links are shown this once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def invite_to_survey(values: dict[str, Any], survey_id: int) -> Any:
        conn = scope().conn
        with writing(conn, records.read(conn, SURVEY, survey_id)["programme_id"], feeds=True):
            survey = records.read(conn, SURVEY, survey_id)
            found = actions.invite(conn, scope().actor, survey, days=values["days"])
        return {"items": [_with_link(row, granted) for row, granted in found]}

    @blp.route("/surveys/<id:survey_id>:close", methods=["POST"])
    @scoped("surveys.write")
    @blp.response(200, closed, headers=ETAG)
    @blp.doc(
        operationId="closeSurvey",
        summary="Set the cut-off: nothing is answered after it",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def close_survey(survey_id: int) -> Any:
        expected, conn = expected_version(), scope().conn
        with writing(conn, records.read(conn, SURVEY, survey_id)["programme_id"], feeds=True):
            survey = records.read(conn, SURVEY, survey_id)
            row = actions.close(conn, scope().actor, survey, expected=expected)
        return row, 200, etag(row["version"])


def _add_invitations(blp: Blueprint) -> None:
    @blp.route("/surveys/<id:survey_id>/invitations", methods=["GET"])
    @scoped("surveys.read")
    @blp.arguments(InvitationQuery, location="query")
    @blp.response(200, page_schema("InvitationPage", InvitationOut))
    @blp.doc(operationId="listInvitations", summary="Who was asked and who has answered", responses=PROBLEMS)
    def list_invitations(args: dict[str, Any], survey_id: int) -> Any:
        conn = scope().conn
        survey = records.read(conn, SURVEY, survey_id)
        rows = records.page(
            conn,
            INVITATION,
            survey["programme_id"],
            after=args["after"],
            limit=args["limit"],
            ended=args["ended"],
            filters={"survey_id": survey_id},
        )
        return as_page(rows, args["limit"])

    @blp.route("/invitations/<id:invitation_id>:renew-link", methods=["POST"])
    @scoped("surveys.write", keeps_secret=True)
    @blp.arguments(LinkFields)
    @blp.response(200, InvitationLink)
    @blp.doc(
        operationId="renewInvitationLink",
        summary="Make a new link for an invitation and stop the old one",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def renew_invitation_link(values: dict[str, Any], invitation_id: int) -> Any:
        conn = scope().conn
        with writing(conn, records.read(conn, INVITATION, invitation_id)["programme_id"], feeds=False):
            invitation = records.read(conn, INVITATION, invitation_id)
            return _with_link(invitation, actions.renew(conn, scope().actor, invitation, days=values["days"]))


def _with_link(row: Row, granted: Granted) -> dict[str, Any]:
    return {
        "id": row["id"],
        "mentor_id": row["mentor_id"],
        "mentee_id": row["mentee_id"],
        "link_id": granted.id,
        "token": granted.token,
        "url": url_of(Purpose.ANSWER, granted.token),
    }
