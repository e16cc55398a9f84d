"""Programmes as clients read them: plain JSON values in the reader's language; writes nothing."""

from __future__ import annotations

import json
from typing import Any

from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import Lang
from shared.pack.deadlines import is_template_year
from shared.pack.model import Pack
from shared.programme import actions, store
from shared.programme.agenda import Agenda, AgendaItem, make_agenda
from shared.programme.facts import load_facts
from shared.programme.history import GENESIS, verify
from shared.programme.lateness import JudgedItem
from shared.programme.machine import TransitionSpec, Workflow
from shared.programme.model import Programme
from shared.programme.packs import find_pack
from shared.programme.timeline import load_timeline


def programme_json(programme: Programme) -> dict[str, Any]:
    """Return a programme's state."""
    return {
        "id": programme.id,
        "school_id": programme.school_id,
        "school_year": programme.school_year,
        "pack": {"code": programme.pack_code, "version": programme.pack_version},
        "stage": programme.stage,
        "resume_stage": programme.resume_stage,
        "version": programme.version,
    }


def offers(conn: Conn, actor: Actor, programme: Programme, lang: Lang) -> dict[str, Any]:
    """Return every move that exists from here, with its words and its blockers."""
    workflow = Workflow(find_pack(conn, programme.pack_code, programme.pack_version))
    transitions = []
    for offer in actions.offers(conn, actor, programme):
        spec = TransitionSpec(offer.trigger, programme.stage, offer.dst)
        transitions.append(
            {
                "trigger": offer.trigger,
                "name": workflow.trigger_name(spec).text(lang),
                "to": offer.dst,
                "needs_reason": spec.needs_reason,
                "allowed": offer.is_allowed,
                "allowed_by_role": offer.by_role,
                "blockers": offer.report.blockers(lang),
                "remarks": offer.report.remarks(lang),
            }
        )
    return {"state": programme.stage, "version": programme.version, "transitions": transitions}


def events_json(conn: Conn, programme: Programme, *, after: int, limit: int) -> dict[str, Any]:
    """Return a page of the history."""
    rows = store.events(conn, programme.id, after=after, limit=limit)
    items = [
        {
            "seq": row.event.seq,
            "at": row.event.at,
            "trigger": row.event.trigger,
            "src": row.event.src,
            "dst": row.event.dst,
            "actor_id": row.event.actor_id,
            "reason": row.reason,
            "body": row.event.body,
            "guards": json.loads(row.event.body)["guards"] or [],
            "prev_hash": row.event.prev_hash,
            "hash": row.event.hash,
        }
        for row in rows
    ]
    return {"items": items, "next": items[-1]["seq"] if len(items) == limit else None}


def verification(conn: Conn, programme: Programme, lang: Lang) -> dict[str, Any]:
    """Check the hash chain from its first event; says no more than a chain can show."""
    events = [item.event for item in store.all_events(conn, programme.id)]
    fault = verify(events)
    is_current = bool(events) and (events[-1].seq, events[-1].dst) == (programme.version, programme.stage)
    whole = fault is None and is_current
    if fault is not None:
        detail = f"Событие {fault.seq}: {fault.ru}." if lang == "ru" else f"Event {fault.seq}: {fault.en}."
    elif not is_current:
        detail = (
            "Состояние не соответствует последнему событию." if lang == "ru" else "The state is not the last event's."
        )
    else:
        detail = "Цепочка цела до последнего события." if lang == "ru" else "The chain holds up to the last event."
    return {
        "whole": whole,
        "events": len(events),
        "head": events[-1].hash if events else GENESIS,
        "fault_at": None if fault is None else fault.seq,
        "detail": detail,
    }


def agenda(conn: Conn, programme: Programme) -> Agenda:
    """Return all that remains of the programme."""
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    return make_agenda(pack, load_facts(conn, programme.id), load_timeline(conn, programme.id))


def agenda_json(conn: Conn, programme: Programme, lang: Lang) -> dict[str, Any]:
    """Return the agenda with its programme's id."""
    return {"programme_id": programme.id, **agenda(conn, programme).as_json(lang)}


def whole(conn: Conn, programme: Programme, lang: Lang) -> dict[str, Any]:
    """Return a programme with its words, progress, and every activity with its dates."""
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    now = agenda(conn, programme)
    activities = [
        _activity(pack, item, item.judged)
        for item in now.items
        if item.judged is not None and item.judged.guard is None
    ]
    return {
        **programme_json(programme),
        "stage_name": Workflow(pack).state_name(programme.stage).text(lang),
        "summary": now.line.text(lang),
        "is_template_year": is_template_year(pack, programme.school_year),
        "shown": sum(item["status"] == "done" for item in activities),
        "of": len(activities),
        "overdue": len(now.punctuality.overdue),
        "oldest_days": now.punctuality.oldest_days,
        "root": now.punctuality.root,
        "activities": activities,
    }


def _activity(pack: Pack, item: AgendaItem, judged: JudgedItem) -> dict[str, Any]:
    activity = pack.activity(judged.activity)
    return {
        "key": activity.key,
        "stage": judged.stage,
        "label": activity.label,
        "text": activity.text,
        "status": item.status.value,
        "printed_due": judged.due.printed,
        "nominal_due_on": judged.due.nominal_on,
        "due_on": judged.lateness.due,
        "fulfilled_on": judged.fulfilled_on,
        "recorded_on": judged.entered_on,
        "days_late": judged.lateness.days,
    }
