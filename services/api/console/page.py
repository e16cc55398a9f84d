"""Gathers one programme's page in the request's transaction; writes nothing and knows no HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.api.console.lines import Blocker, DoneLine, Group, Note, Writer, names_wanted
from services.api.console.links import openable_by
from services.api.console.past import Computation, EventLine, computations, event_lines
from services.api.console.words import ROLES, day_text, speaker
from shared.access import audit, places
from shared.access.model import Actor
from shared.access.rights import may
from shared.db.pool import Conn
from shared.errors import Lang
from shared.pack.deadlines import format_school_year, is_template_year
from shared.pack.model import Pack
from shared.programme import actions, diagram, store, views
from shared.programme.agenda import Agenda
from shared.programme.machine import (
    ADVANCE,
    CANCELLED,
    COMPLETE,
    COMPLETED,
    RESERVED_STATES,
    RESUME,
    SUSPENDED,
    TransitionSpec,
    Workflow,
    roles_for,
)
from shared.programme.model import Offer, Programme
from shared.programme.packs import find_pack
from shared.programme.store import EventWithReason
from shared.roster.names import find_names


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move that exists from here, with all that stands in its way."""

    name: str
    is_allowed: bool
    by_role: bool
    roles: str
    needs_reason: bool
    blockers: tuple[Blocker, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page of a programme says, in words."""

    id: int
    school: str
    school_year: str
    pack_title: str
    is_template_year: bool
    today: str
    summary: str
    tone: str
    shown: int
    of: int
    diagram: str
    step: MoveLine | None
    standstill: str
    other_moves: tuple[MoveLine, ...]
    groups: tuple[Group, ...]
    done: tuple[DoneLine, ...]
    computations: tuple[Computation, ...]
    events: tuple[EventLine, ...]
    is_whole: bool
    chain: str
    school_id: int | None
    """Whose consent forms the reader may print; None: may see no people."""


def load_page(conn: Conn, actor: Actor, programme_id: int, lang: Lang) -> Page:
    """Return the page, and log that names were shown on it; NotFound also for another tenant's programme."""
    programme = store.get(conn, programme_id)
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    agenda = views.agenda(conn, programme)
    offers = actions.offers(conn, actor, programme)
    events = list(store.all_events(conn, programme.id))
    may_see_people = may(actor, "people.read")
    wanted = names_wanted(agenda, [offer.report for offer in offers]) if may_see_people else ()
    openable = openable_by(actor)
    names = find_names(conn, wanted)
    if names:
        audit.record(conn, actor, "programme.names", "programme", programme.id, programme_id=programme.id)
    writer = Writer(programme_id=programme.id, pack=pack, lang=lang, names=names, openable=openable)
    moves = [(offer, _move(offer, programme, pack, writer, lang)) for offer in offers]
    verified = views.verification(conn, programme, lang)
    shown, of = _progress(agenda)
    return Page(
        id=programme.id,
        school=places.school(conn, programme.school_id)["name"],
        school_year=format_school_year(programme.school_year),
        pack_title=pack.title.text(lang),
        is_template_year=is_template_year(pack, programme.school_year),
        today=day_text(agenda.today, lang),
        summary=agenda.line.text(lang),
        tone=_tone(programme, agenda),
        shown=shown,
        of=of,
        diagram=diagram.svg(pack, current=programme.stage, lang=lang, done=_passed(pack, programme, events)),
        step=next((line for offer, line in moves if offer.trigger in (ADVANCE, COMPLETE)), None),
        standstill=_standstill(programme, pack, lang),
        other_moves=tuple(line for offer, line in moves if offer.trigger not in (ADVANCE, COMPLETE)),
        groups=() if programme.stage in (COMPLETED, CANCELLED) else writer.groups(agenda),
        done=writer.done(agenda),
        computations=computations(conn, actor, programme.id, lang, openable),
        events=event_lines(conn, pack, events, lang),
        is_whole=verified["whole"],
        chain=verified["detail"],
        school_id=programme.school_id if may_see_people else None,
    )


def _move(offer: Offer, programme: Programme, pack: Pack, writer: Writer, lang: Lang) -> MoveLine:
    spec = TransitionSpec(offer.trigger, programme.stage, offer.dst)
    roles = sorted(roles_for(offer.trigger, programme.stage))
    return MoveLine(
        name=Workflow(pack).trigger_name(spec).text(lang),
        is_allowed=offer.is_allowed,
        by_role=offer.by_role,
        roles=", ".join(ROLES[role].text(lang) for role in roles),
        needs_reason=spec.needs_reason,
        blockers=tuple(writer.blocker(line) for line in offer.report.unmet),
        notes=writer.notes(offer.report),
    )


def _standstill(programme: Programme, pack: Pack, lang: Lang) -> str:
    """Say why there is no next step, where there is none."""
    if programme.resume_stage is None:
        return speaker(lang)("is_over")
    roles = ", ".join(ROLES[role].text(lang) for role in sorted(roles_for(RESUME, SUSPENDED)))
    stage = Workflow(pack).state_name(programme.resume_stage).text(lang)
    return speaker(lang)("is_paused", roles=roles, stage=stage)


def _progress(agenda: Agenda) -> tuple[int, int]:
    own = [item for item in agenda.items if item.judged is not None and item.judged.guard is None]
    return sum(item.status.value == "done" for item in own), len(own)


def _tone(programme: Programme, agenda: Agenda) -> str:
    if programme.stage in (COMPLETED, CANCELLED):
        return "over"
    if programme.stage == SUSPENDED:
        return "paused"
    return "late" if agenda.punctuality.overdue else "in-time"


def _passed(pack: Pack, programme: Programme, events: Sequence[EventWithReason]) -> list[str]:
    """Return the stages before the one the programme is in, or was in last; all when it is completed."""
    keys = [stage.key for stage in pack.stages]
    if programme.stage == COMPLETED:
        return keys
    reached = [item.event.dst for item in events if item.event.dst not in RESERVED_STATES]
    return keys[: keys.index(reached[-1])] if reached else []
