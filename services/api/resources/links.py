"""Personal links: what somebody without an account may do with one, and how a curator makes and stops them."""

from __future__ import annotations

import contextlib
from typing import Any

from marshmallow import Schema, ValidationError, fields

from services.api.blueprint import Blueprint
from services.api.documentation import IDEMPOTENCY_KEY, PROBLEMS
from services.api.fields import Choice, Count, Day, Id, Words
from services.api.language import language
from services.api.link_urls import url_of
from services.api.pages import PageQuery, as_page, page_schema
from services.api.request_scope import after_commit, scope, scoped, state
from services.api.resources import link_schemas as schemas
from shared.access import audit, links
from shared.access.links import DEFAULT_DAYS, Purpose
from shared.clock import fixed_now
from shared.db import records
from shared.db.pool import Conn
from shared.db.records import RecordKind, Row
from shared.db.tenancy import Tenant, enter
from shared.errors import FieldError, FieldsInvalid, RecordEnded, Unavailable
from shared.feedback import actions
from shared.pairs import by_link
from shared.programme import store
from shared.programme.packs import find_pack
from shared.programme.writing import date_fulfilments, demand_open
from shared.roster.consents import demand_unblocked
from shared.roster.days import local_today

PAIR, MEMBER = RecordKind("pair"), RecordKind("pair_member")
MENTEE, MENTOR = RecordKind("mentee"), RecordKind("mentor")
LINK = "/links/<string:link>"
MOST_ANSWERS = 200


def _not_too_many(given: dict[str, Any]) -> None:
    if len(given) > MOST_ANSWERS:
        raise ValidationError(f"length|Не больше {MOST_ANSWERS} ответов.|{MOST_ANSWERS} answers at most.")


class AnswerFields(Schema):
    """Answers by question: a number on its scale, yes/no as 1/0, or words."""

    answers = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(allow_none=True, metadata={"type": ["integer", "string", "boolean"]}),
        required=True,
        validate=_not_too_many,
        metadata={"maxProperties": MOST_ANSWERS},
    )


class HeldMeetingFields(Schema):
    """A meeting that was held."""

    held_on = Day(required=True)
    minutes = Count(1, 1440, required=True)
    topic = Words(300, load_default=None, allow_none=True)


class GrantFields(Schema):
    """How long the link lives."""

    days = Count(1, 400, load_default=DEFAULT_DAYS)


class ConfirmationGrantFields(GrantFields):
    """Who the link is handed to: it agrees for that one alone."""

    who = Choice("mentee", "guardian", required=True, data_key="as")


class LinkQuery(PageQuery):
    """Which links to list."""

    purpose = Choice(*Purpose, load_default=None)
    subject_id = Id(load_default=None)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("links", __name__, description="Personal links: one thing, without an account")
    _add_answers(blp)
    _add_describing(blp)
    _add_deeds(blp)
    _add_grants(blp)
    _add_managing(blp)
    return blp


def _add_answers(blp: Blueprint) -> None:
    @blp.route("/answers/<string:link>", methods=["GET"])
    @scoped("links.answer", by_link=True)
    @blp.response(200, schemas.AskedOut)
    @blp.doc(operationId="getQuestionnaire", summary="What you are asked", security=[], responses=PROBLEMS)
    def get_questionnaire() -> Any:
        conn = scope().conn
        held = actions.asked(conn, links.open_subject(conn, scope().actor, Purpose.ANSWER))
        return schemas.asked_json(held, _whose(conn, held.row), language())

    @blp.route("/answers/<string:link>", methods=["POST"])
    @scoped("links.answer", by_link=True)
    @blp.arguments(AnswerFields)
    @blp.response(201, schemas.AskedOut)
    @blp.doc(
        operationId="answerSurvey",
        summary="Answer, once",
        security=[],
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def answer_survey(values: dict[str, Any]) -> Any:
        conn = scope().conn
        invitation_id = links.open_subject(conn, scope().actor, Purpose.ANSWER)
        actions.answer(conn, scope().actor, invitation_id, values["answers"])
        held = actions.asked(conn, invitation_id)
        return schemas.asked_json(held, _whose(conn, held.row), language())


def _add_describing(blp: Blueprint) -> None:
    @blp.route(LINK, methods=["GET"])
    @scoped("links.answer", by_link=True)
    @blp.response(200, schemas.LinkShown)
    @blp.doc(operationId="getLink", summary="What your link is for", security=[], responses=PROBLEMS)
    def get_link() -> Any:
        conn, actor = scope().conn, scope().actor
        subject_id = links.open_subject(conn, actor, *Purpose)
        shown: dict[str, Any] = {"purpose": actor.purpose, "survey": None, "pair": None, "agreements": None}
        if actor.purpose == Purpose.ANSWER:
            row: Row = actions.asked(conn, subject_id).row
            shown["survey"] = {**row, "is_answered": row["answered_at"] is not None}
        elif actor.purpose == Purpose.LOG_MEETING:
            row = shown["pair"] = by_link.pair(conn, subject_id)
        else:
            row = shown["agreements"] = by_link.member(conn, subject_id)
            shown["pair"] = by_link.pair(conn, row["pair_id"])
        if shown["pair"] is not None:
            shown["pair"] = _with_form(conn, shown["pair"])
        return {**shown, **_whose(conn, row)}


def _add_deeds(blp: Blueprint) -> None:
    @blp.route(f"{LINK}:log-meeting", methods=["POST"])
    @scoped("links.answer", by_link=True)
    @blp.arguments(HeldMeetingFields)
    @blp.response(201, schemas.LoggedMeeting)
    @blp.doc(
        operationId="logMeeting",
        summary="Record a meeting that was held",
        security=[],
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def log_meeting(values: dict[str, Any]) -> Any:
        conn, actor = scope().conn, scope().actor
        pair_id = links.open_subject(conn, actor, Purpose.LOG_MEETING)
        if values["held_on"] > local_today(conn):
            error = FieldError("held_on", "future", "Эта дата ещё не наступила.", "This day has not come yet.")
            raise FieldsInvalid([error])
        return by_link.log_meeting(conn, actor, pair_id, values)

    @blp.route(f"{LINK}:confirm", methods=["POST"])
    @scoped("links.answer", by_link=True)
    @blp.response(200, schemas.Agreements)
    @blp.doc(
        operationId="confirmPair",
        summary="Agree to the pair or group as the one the link was made for: the mentee or the guardian",
        security=[],
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def confirm_pair() -> Any:
        conn, actor = scope().conn, scope().actor
        member_id = links.open_subject(conn, actor, Purpose.CONFIRM_PAIR, Purpose.CONFIRM_PAIR_GUARDIAN)
        today = local_today(conn)
        row = by_link.confirm(conn, actor, member_id, on=today)
        after_commit(lambda: _date(actor.tenant, row["programme_id"]))
        return row


def _date(tenant: Tenant, programme_id: int) -> None:
    """Date what the confirmation fulfilled, as the API's own role: the role of links may not see the facts.

    A crash before this costs nothing: the next write dates it, by the date of the agreement itself.
    """
    with contextlib.suppress(Unavailable), state().database.transaction() as conn:
        enter(conn, Tenant(tenant.municipality_id, tenant.school_id), now=fixed_now(state().settings.clock_file))
        date_fulfilments(conn, store.lock(conn, programme_id))


def _add_grants(blp: Blueprint) -> None:
    @blp.route("/pairs/<id:pair_id>/links", methods=["POST"])
    @scoped("links.manage", keeps_secret=True)
    @blp.arguments(GrantFields)
    @blp.response(201, schemas.GrantedLink)
    @blp.doc(
        operationId="createMeetingLink",
        summary="Make a personal link to record a pair's meetings; it is shown this once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_meeting_link(values: dict[str, Any], pair_id: int) -> Any:
        return _grant(PAIR, pair_id, Purpose.LOG_MEETING, values["days"])

    @blp.route("/pair-members/<id:pair_member_id>/links", methods=["POST"])
    @scoped("links.manage", keeps_secret=True)
    @blp.arguments(ConfirmationGrantFields)
    @blp.response(201, schemas.GrantedLink)
    @blp.doc(
        operationId="createConfirmationLink",
        summary="Make a personal link to agree to a pair, for the mentee or for the guardian; it is shown this once",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_confirmation_link(values: dict[str, Any], pair_member_id: int) -> Any:
        purpose = Purpose.CONFIRM_PAIR if values["who"] == "mentee" else Purpose.CONFIRM_PAIR_GUARDIAN
        return _grant(MEMBER, pair_member_id, purpose, values["days"])


def _grant(kind: RecordKind, subject_id: int, purpose: Purpose, days: int) -> tuple[dict[str, Any], int]:
    conn, actor = scope().conn, scope().actor
    subject = records.read(conn, kind, subject_id)
    demand_open(store.get(conn, subject["programme_id"]))
    if subject["ended_at"] is not None:
        raise RecordEnded(on=f"{subject['ended_at']:%d.%m.%Y}")
    demand_unblocked(conn, _person_of(conn, subject))
    granted = links.grant(conn, actor, purpose, [subject], days=days)[0]
    audit.record(conn, actor, "personal_link.create", "personal_link", granted.id, programme_id=subject["programme_id"])
    return {
        "id": granted.id,
        "purpose": purpose.value,
        "subject_id": subject_id,
        "token": granted.token,
        "url": url_of(purpose, granted.token),
    }, 201


def _person_of(conn: Conn, subject: Row) -> int:
    """Return the person behind a pair (its mentor) or a member of one."""
    kind, member = (MENTEE, "mentee_id") if "mentee_id" in subject else (MENTOR, "mentor_id")
    found: int = records.read(conn, kind, subject[member])["person_id"]
    return found


def _add_managing(blp: Blueprint) -> None:
    @blp.route("/personal-links", methods=["GET"])
    @scoped("links.manage")
    @blp.arguments(LinkQuery, location="query")
    @blp.response(200, page_schema("PersonalLinkPage", schemas.LinkOut))
    @blp.doc(operationId="listPersonalLinks", summary="List personal links without their secrets", responses=PROBLEMS)
    def list_personal_links(args: dict[str, Any]) -> Any:
        return as_page(links.page(scope().conn, **args), args["limit"])

    @blp.route("/personal-links/<id:link_id>", methods=["DELETE"])
    @scoped("links.manage")
    @blp.response(200, schemas.LinkOut)
    @blp.doc(operationId="revokePersonalLink", summary="Stop a personal link at once", responses=PROBLEMS)
    def revoke_personal_link(link_id: int) -> Any:
        row = links.revoke(scope().conn, link_id)
        audit.record(scope().conn, scope().actor, "personal_link.revoke", "personal_link", link_id)
        return row


def _whose(conn: Conn, row: Row) -> dict[str, Any]:
    """Return school and school year of a link's row: nobody's name."""
    programme = store.get(conn, row["programme_id"])
    school = records.read_parent(conn, records.SCHOOL, programme.school_id)
    return {"school": school["name"], "school_year": programme.school_year}


def _with_form(conn: Conn, row: Row) -> Row:
    programme = store.get(conn, row["programme_id"])
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    return {**row, "form_name": pack.form(row["form"]).name.text(language())}
