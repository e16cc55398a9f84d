"""Municipalities, their calendar, schools and what a school has in a year."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields

from services.api.blueprint import Blueprint
from services.api.documentation import ETAG, IDEMPOTENCY_KEY, IF_MATCH, LOCATION, PROBLEMS
from services.api.fields import Choice, Count, Day, SchoolYear, Words
from services.api.nouns import Noun
from services.api.pages import PageQuery, as_page, page_schema
from services.api.records import add_routes
from services.api.request_scope import scope, scoped, state
from services.api.versions import etag, expected_version
from shared.access import audit, places
from shared.access.places import CalendarDay
from shared.clock import fixed_now
from shared.db.records import SCHOOL, RecordKind
from shared.db.tenancy import Tenant, enter
from shared.programme import store


def _known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("timezone|Неизвестный часовой пояс.|Unknown time zone.")


class MunicipalityFields(Schema):
    """A municipal education authority: the tenant."""

    name = Words(300, required=True)
    timezone = fields.String(load_default="Europe/Moscow", validate=_known_zone)
    move_days_off = fields.Boolean(load_default=True)


class MunicipalityChanges(Schema):
    """What may change of a municipality."""

    name = Words(300)
    timezone = fields.String(validate=_known_zone)
    move_days_off = fields.Boolean()
    kept_years = Count(1, 10)


class Municipality(Schema):
    """A municipality as it is kept; ``kept_years``: so long after their last programme people are erased."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    timezone = fields.String(required=True)
    move_days_off = fields.Boolean(required=True)
    kept_years = fields.Integer(required=True)
    version = fields.Integer(required=True)


class SchoolFields(Schema):
    """A school of the municipality and whether it takes part."""

    name = Words(300, required=True)
    standing = Choice("takes_part", "not_started", "exempt", load_default="takes_part")
    standing_reason = Words(500, load_default=None, allow_none=True)


class SchoolChanges(Schema):
    """What may change of a school."""

    name = Words(300)
    standing = Choice("takes_part", "not_started", "exempt")
    standing_reason = Words(500, allow_none=True)


class School(Schema):
    """A school as it is kept."""

    id = fields.Integer(required=True)
    municipality_id = fields.Integer(required=True)
    name = fields.String(required=True)
    standing = fields.String(required=True)
    standing_reason = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class CalendarDayFields(Schema):
    """A transferred or regional day; a day without a row works from Monday to Friday."""

    day_on = Day(required=True)
    is_working = fields.Boolean(required=True)
    note = Words(200, load_default=None, allow_none=True)


class CalendarDays(Schema):
    """All days of the municipality's calendar that differ from the week."""

    days = fields.List(fields.Nested(CalendarDayFields), required=True)


class ProfileFields(Schema):
    """What the school has in a school year: what does not apply, and the denominators of the indicators."""

    school_year = SchoolYear(required=True)
    has_grades_9_11 = fields.Boolean(load_default=True)
    has_young_specialists = fields.Boolean(load_default=True)
    has_psychologist = fields.Boolean(load_default=True)
    has_career_tests = fields.Boolean(load_default=True)
    children_10_19 = Count(0, 100_000, load_default=None, allow_none=True)
    children_15_19 = Count(0, 100_000, load_default=None, allow_none=True)
    young_teachers = Count(0, 10_000, load_default=None, allow_none=True)


PROFILE = Noun(
    "/schools/<id:school_id>/profiles",
    "SchoolProfile",
    "SchoolProfiles",
    RecordKind("school_profile", SCHOOL, feeds=True),
    ProfileFields,
    "profiles.read",
    "profiles.write",
)


def blueprint() -> Blueprint:
    """Return the routes of this module."""
    blp = Blueprint("places", __name__, description="Municipalities, calendars, schools")
    _add_municipalities(blp)
    _add_schools(blp)
    _add_calendar(blp)
    add_routes(blp, PROFILE)
    return blp


def _add_municipalities(blp: Blueprint) -> None:
    @blp.route("/municipalities", methods=["GET"])
    @scoped("municipalities.read")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_schema("MunicipalityPage", Municipality))
    @blp.doc(operationId="listMunicipalities", summary="List the municipalities you can see", responses=PROBLEMS)
    def list_municipalities(args: dict[str, Any]) -> Any:
        return as_page(places.municipalities(scope().conn, **args), args["limit"])

    @blp.route("/municipalities", methods=["POST"])
    @scoped("municipalities.write")
    @blp.arguments(MunicipalityFields)
    @blp.response(201, Municipality, headers={**ETAG, **LOCATION})
    @blp.doc(
        operationId="createMunicipality",
        summary="Create a municipality",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_municipality(values: dict[str, Any]) -> Any:
        row = places.create_municipality(scope().conn, values)
        audit.record(scope().conn, scope().actor, "municipality.create", "municipality", row["id"])
        return row, 201, {"Location": f"/api/v1/municipalities/{row['id']}", **etag(row["version"])}

    @blp.route("/municipalities/<id:municipality_id>", methods=["GET"])
    @scoped("municipalities.read")
    @blp.response(200, Municipality, headers=ETAG)
    @blp.doc(operationId="getMunicipality", summary="Read a municipality", responses=PROBLEMS)
    def get_municipality(municipality_id: int) -> Any:
        row = places.municipality(scope().conn, municipality_id)
        return row, etag(row["version"])

    @blp.route("/municipalities/<id:municipality_id>", methods=["PATCH"])
    @scoped("municipalities.write")
    @blp.arguments(MunicipalityChanges)
    @blp.response(200, Municipality, headers=ETAG)
    @blp.doc(
        operationId="updateMunicipality",
        summary="Change a municipality",
        parameters=[IF_MATCH],
        responses=PROBLEMS,
    )
    def update_municipality(values: dict[str, Any], municipality_id: int) -> Any:
        row = places.change(scope().conn, "municipality", municipality_id, expected_version(), values)
        audit.record(scope().conn, scope().actor, "municipality.update", "municipality", row["id"])
        # An administrator may act from the platform, where no programme is seen.
        enter(scope().conn, Tenant(row["id"]), now=fixed_now(state().settings.clock_file))
        store.bump_open(scope().conn)
        return row, etag(row["version"])


def _add_schools(blp: Blueprint) -> None:
    @blp.route("/schools", methods=["GET"])
    @scoped("schools.read")
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_schema("SchoolPage", School))
    @blp.doc(operationId="listSchools", summary="List the schools you can see", responses=PROBLEMS)
    def list_schools(args: dict[str, Any]) -> Any:
        return as_page(places.schools(scope().conn, **args), args["limit"])

    @blp.route("/schools", methods=["POST"])
    @scoped("schools.write")
    @blp.arguments(SchoolFields)
    @blp.response(201, School, headers={**ETAG, **LOCATION})
    @blp.doc(
        operationId="createSchool",
        summary="Create a school",
        parameters=[IDEMPOTENCY_KEY],
        responses=PROBLEMS,
    )
    def create_school(values: dict[str, Any]) -> Any:
        row = places.create_school(scope().conn, scope().actor.tenant.municipality_id, values)
        audit.record(scope().conn, scope().actor, "school.create", "school", row["id"])
        return row, 201, {"Location": f"/api/v1/schools/{row['id']}", **etag(row["version"])}

    @blp.route("/schools/<id:school_id>", methods=["GET"])
    @scoped("schools.read")
    @blp.response(200, School, headers=ETAG)
    @blp.doc(operationId="getSchool", summary="Read a school", responses=PROBLEMS)
    def get_school(school_id: int) -> Any:
        row = places.school(scope().conn, school_id)
        return row, etag(row["version"])

    @blp.route("/schools/<id:school_id>", methods=["PATCH"])
    @scoped("schools.write")
    @blp.arguments(SchoolChanges)
    @blp.response(200, School, headers=ETAG)
    @blp.doc(operationId="updateSchool", summary="Change a school", parameters=[IF_MATCH], responses=PROBLEMS)
    def update_school(values: dict[str, Any], school_id: int) -> Any:
        row = places.change(scope().conn, "school", school_id, expected_version(), values)
        audit.record(scope().conn, scope().actor, "school.update", "school", row["id"])
        return row, etag(row["version"])


def _add_calendar(blp: Blueprint) -> None:
    @blp.route("/calendar", methods=["GET"])
    @scoped("schools.read")
    @blp.response(200, CalendarDays)
    @blp.doc(operationId="getCalendar", summary="Read the municipality's calendar", responses=PROBLEMS)
    def get_calendar() -> Any:
        return {"days": places.calendar(scope().conn)}

    @blp.route("/calendar", methods=["PUT"])
    @scoped("calendar.write")
    @blp.arguments(CalendarDays)
    @blp.response(200, CalendarDays)
    @blp.doc(operationId="putCalendar", summary="Replace the municipality's calendar", responses=PROBLEMS)
    def put_calendar(values: dict[str, Any]) -> Any:
        days = [CalendarDay(**day) for day in values["days"]]
        places.replace_calendar(scope().conn, scope().actor.tenant.municipality_id, days)
        store.bump_open(scope().conn)
        audit.record(scope().conn, scope().actor, "calendar.replace", "calendar_day", None)
        return {"days": places.calendar(scope().conn)}
