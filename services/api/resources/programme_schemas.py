"""Schemas of programmes, transitions, history and agenda."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.api.fields import Count, Day, Id, SchoolYear, Words
from services.api.pages import PageQuery
from services.api.query_schema import QuerySchema


class PackRef(Schema):
    """A pack by code and version."""

    code = Words(60, required=True)
    version = Count(1, 9999, required=True)


class ProgrammeFields(Schema):
    """A programme to begin."""

    school_id = Id(required=True)
    school_year = SchoolYear(required=True)
    pack = fields.Nested(PackRef, required=True)


class ProgrammeQuery(PageQuery):
    """Which programmes to list."""

    school_id = Id(load_default=None)
    school_year = SchoolYear(load_default=None)
    stage = Words(60, load_default=None)


class ProgrammeOut(Schema):
    """A programme's state. ``version`` is the number of its last event."""

    id = fields.Integer(required=True)
    school_id = fields.Integer(required=True)
    school_year = SchoolYear(required=True)
    pack = fields.Nested(PackRef, required=True)
    stage = fields.String(required=True)
    resume_stage = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ActivityState(Schema):
    """How an activity stands: its dates and whether it was shown."""

    key = fields.String(required=True)
    stage = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    status = fields.String(required=True)
    printed_due = fields.String(required=True)
    nominal_due_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    fulfilled_on = fields.Date(required=True, allow_none=True)
    recorded_on = fields.Date(required=True, allow_none=True)
    days_late = fields.Integer(required=True)


class ProgrammeWhole(ProgrammeOut):
    """A programme with what the pages show: words, progress and lateness."""

    stage_name = fields.String(required=True)
    summary = fields.String(required=True)
    is_template_year = fields.Boolean(required=True)
    shown = fields.Integer(required=True)
    of = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    oldest_days = fields.Integer(required=True)
    root = fields.String(required=True, allow_none=True)
    activities = fields.List(fields.Nested(ActivityState), required=True)


class Blocker(Schema):
    """One unmet guard: a stable code, a sentence, how many of how many, ids, and where it is mended."""

    guard = fields.String(required=True)
    activity = fields.String(required=True, allow_none=True)
    code = fields.String(required=True)
    status = fields.String(required=True)
    detail = fields.String(required=True)
    count = fields.Integer(required=True, allow_none=True)
    of = fields.Integer(required=True, allow_none=True)
    missing = fields.List(fields.Raw(), required=True)
    missing_total = fields.Integer(required=True, allow_none=True)
    link = fields.String(required=True)


class Remark(Blocker):
    """What is worth saying beside: a carried or waived guard, or a warning."""

    due_on = fields.String(allow_none=True)
    waived = fields.String(allow_none=True)


class MoveFields(Schema):
    """What is asked of the machine. ``due_on``: from when lateness counts anew after a reopen."""

    trigger = Words(40, required=True)
    to = Words(60, load_default=None, allow_none=True)
    reason = Words(2000, load_default=None, allow_none=True)
    due_on = Day(load_default=None, allow_none=True)


class MoveQuery(QuerySchema):
    """Whether to judge only."""

    dry_run = fields.Boolean(load_default=False)


class Moved(Schema):
    """What became of a transition, or would."""

    programme = fields.Nested(ProgrammeOut, required=True)
    to = fields.String(required=True)
    allowed = fields.Boolean(required=True)
    blockers = fields.List(fields.Nested(Blocker), required=True)
    remarks = fields.List(fields.Nested(Remark), required=True)
    guards = fields.Raw(required=True)


class OfferOut(Schema):
    """A trigger as offered to you."""

    trigger = fields.String(required=True)
    name = fields.String(required=True)
    to = fields.String(required=True)
    needs_reason = fields.Boolean(required=True)
    allowed = fields.Boolean(required=True)
    allowed_by_role = fields.Boolean(required=True)
    blockers = fields.List(fields.Nested(Blocker), required=True)
    remarks = fields.List(fields.Nested(Remark), required=True)


class Offers(Schema):
    """Every trigger that exists from the programme's state."""

    state = fields.String(required=True)
    version = fields.Integer(required=True)
    transitions = fields.List(fields.Nested(OfferOut), required=True)


class EventQuery(QuerySchema):
    """Where the history begins."""

    after = Count(0, 10**9, load_default=0)
    limit = Count(1, 500, load_default=100)


class GuardKept(Schema):
    """A guard as it stood at a step: ids and codes, no sentence. ``warnings`` are code, count and of what."""

    guard = fields.String(required=True)
    activity = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    code = fields.String(required=True)
    count = fields.Integer(required=True, allow_none=True)
    of = fields.Integer(required=True, allow_none=True)
    missing = fields.List(fields.Raw(), required=True)
    waived = fields.String(required=True, allow_none=True)
    warnings = fields.List(fields.List(fields.Raw()), required=True)


class EventOut(Schema):
    """One step of the history; ``body`` is the text that the hash covers, ``guards`` what it says of them."""

    seq = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    trigger = fields.String(required=True)
    src = fields.String(required=True, allow_none=True)
    dst = fields.String(required=True)
    actor_id = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    body = fields.String(required=True)
    guards = fields.List(fields.Nested(GuardKept), required=True)
    prev_hash = fields.String(required=True)
    hash = fields.String(required=True)


class EventPage(Schema):
    """A page of the history; next is null on the last one."""

    items = fields.List(fields.Nested(EventOut), required=True)
    next = fields.Integer(required=True, allow_none=True)


class Verification(Schema):
    """Whether the chain holds; a chain cannot see a cut tail."""

    whole = fields.Boolean(required=True)
    events = fields.Integer(required=True)
    head = fields.String(required=True)
    fault_at = fields.Integer(required=True, allow_none=True)
    detail = fields.String(required=True)


class AgendaItemOut(Schema):
    """One thing to do, with its dates and what blocks it; dates are ISO texts."""

    key = fields.String(required=True)
    stage = fields.String(required=True)
    activity = fields.String(required=True, allow_none=True)
    guard = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    due_on = fields.String(required=True)
    printed = fields.String()
    nominal_on = fields.String()
    moved_on = fields.String()
    extended_on = fields.String(allow_none=True)
    needed_by = fields.String(allow_none=True)
    fulfilled_on = fields.String(allow_none=True)
    entered_on = fields.String(allow_none=True)
    standing = fields.String()
    days_late = fields.Integer()
    responsible_id = fields.Integer(required=True, allow_none=True)
    planned_on = fields.String(required=True, allow_none=True)
    blockers = fields.List(fields.Nested(Blocker), required=True)


class AgendaOut(Schema):
    """All that remains, by date, and what is done."""

    programme_id = fields.Integer(required=True)
    today = fields.String(required=True)
    summary = fields.String(required=True)
    overdue = fields.Integer(required=True)
    oldest_days = fields.Integer(required=True)
    root = fields.String(required=True, allow_none=True)
    items = fields.List(fields.Nested(AgendaItemOut), required=True)
    done = fields.List(fields.Nested(AgendaItemOut), required=True)


class ActivityPlanChanges(Schema):
    """What may be set on a line of the roadmap."""

    responsible_id = Id(allow_none=True)
    planned_on = Day(allow_none=True)


class ActivityPlanFields(Schema):
    """A line of the roadmap."""

    activity_key = fields.String(required=True)
    responsible_id = fields.Integer(required=True, allow_none=True)
    planned_on = fields.Date(required=True, allow_none=True)
