"""The verbs of a programme: create, move, offer; protocol T lives here. Takes an open transaction, never commits."""

from __future__ import annotations

import secrets
from typing import Any

from psycopg.errors import UniqueViolation

from shared.access import audit
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import Duplicate, FieldError, FieldsInvalid, Forbidden, GuardsUnmet, VersionMismatch
from shared.jobs.actions import enqueue
from shared.pack.deadlines import format_school_year
from shared.pack.model import Pack
from shared.programme import store
from shared.programme.facts import load_facts
from shared.programme.history import GENESIS, canonical_body, chain_hash, commitment
from shared.programme.machine import ADVANCE, REASON_NEEDED, REOPEN, SUSPEND, Workflow, roles_for
from shared.programme.model import Event, Move, Offer, Programme
from shared.programme.packs import find_pack
from shared.programme.report import GuardReport, evaluate

CREATE = "create"


def create(conn: Conn, actor: Actor, *, school_id: int, school_year: int, pack: Pack) -> Programme:
    """Begin a school's programme of a year; Duplicate when there is one that was not cancelled."""
    try:
        row = store.queries().insert_programme(
            conn,
            municipality_id=actor.tenant.municipality_id,
            school_id=school_id,
            school_year=school_year,
            pack_code=pack.code,
            pack_version=pack.version,
            stage=Workflow(pack).initial,
        )
    except UniqueViolation:
        raise Duplicate(what=f"{format_school_year(school_year)}") from None
    programme = Programme(**row)
    store.queries().plan_activities(
        conn,
        municipality_id=programme.municipality_id,
        school_id=school_id,
        programme_id=programme.id,
        keys=[activity.key for activity in pack.activities()],
    )
    last = store.Chain(0, GENESIS, store.now(conn))
    _append(conn, actor, programme, Move(CREATE), src=None, dst=programme.stage, report=None, last=last)
    audit.record(conn, actor, "programme.create", "programme", programme.id, programme_id=programme.id)
    return programme


def move(conn: Conn, actor: Actor, programme_id: int, asked: Move, *, expected: int) -> tuple[Programme, GuardReport]:
    """Make one transition or refuse it with everything that stands in its way.

    Order of refusals: 403 Forbidden, 412 VersionMismatch, 409 WrongState, 409 GuardsUnmet; none writes anything.
    """
    programme = store.lock(conn, programme_id)
    _demand_role(actor, asked.trigger, programme.stage)
    if programme.version != expected:
        raise VersionMismatch(current=programme.version, expected=expected)
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    dst = _destination(pack, programme, asked)
    _demand_reason(asked)
    report = evaluate(pack, load_facts(conn, programme.id), leaving=programme.stage, trigger=asked.trigger)
    if report.unmet:
        raise GuardsUnmet(blockers={"ru": report.blockers("ru"), "en": report.blockers("en")})
    return _make(conn, actor, programme, asked, dst, pack, report), report


def offers(conn: Conn, actor: Actor, programme: Programme) -> list[Offer]:
    """Return every move that exists from here, with its blockers; reads only."""
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    facts = load_facts(conn, programme.id)
    found = []
    for spec in Workflow(pack).triggers_from(programme.stage, programme.resume_stage):
        report = evaluate(pack, facts, leaving=programme.stage, trigger=spec.trigger)
        by_role = actor.role.value in roles_for(spec.trigger, programme.stage)
        found.append(Offer(spec.trigger, spec.dst, not report.unmet and by_role, by_role, report))
    return found


def rehearse(conn: Conn, actor: Actor, programme_id: int, asked: Move) -> tuple[Programme, str, GuardReport]:
    """Judge a move without making it: state errors are raised, guards are reported."""
    programme = store.get(conn, programme_id)
    _demand_role(actor, asked.trigger, programme.stage)
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    dst = _destination(pack, programme, asked)
    return (
        programme,
        dst,
        evaluate(pack, load_facts(conn, programme.id), leaving=programme.stage, trigger=asked.trigger),
    )


def _make(
    conn: Conn, actor: Actor, programme: Programme, asked: Move, dst: str, pack: Pack, report: GuardReport
) -> Programme:
    moved = store.move(
        conn,
        programme,
        dst=dst,
        resume_stage=programme.stage if asked.trigger == SUSPEND else None,
        changes_inputs=asked.trigger == REOPEN,
    )
    if moved is None:
        raise VersionMismatch(current=store.get(conn, programme.id).version, expected=programme.version)
    changed, last = moved
    _append(conn, actor, programme, asked, src=programme.stage, dst=dst, report=report, last=last)
    if asked.trigger == ADVANCE:
        for kind in pack.stage(dst).on_enter:
            enqueue(
                conn,
                owner=changed,
                kind=kind,
                args={},
                cause=f"event:{changed.version}",
                requested_by=actor.principal_id,
                traceparent=actor.traceparent,
            )
    return changed


def _append(
    conn: Conn,
    actor: Actor,
    programme: Programme,
    asked: Move,
    *,
    src: str | None,
    dst: str,
    report: GuardReport | None,
    last: store.Chain,
) -> None:
    seq, prev_hash, at = last.seq + 1, last.hash, last.now
    salt = secrets.token_bytes(16)
    values: dict[str, Any] = {
        "seq": seq,
        "at": at.isoformat(),
        "trigger": asked.trigger,
        "src": src,
        "dst": dst,
        "actor": actor.principal_id,
        "programme": programme.id,
        "pack": [programme.pack_code, programme.pack_version],
        "guards": None if report is None else report.as_json(),
        "reason": None if asked.reason is None else commitment(salt, asked.reason),
        "due_on": None if asked.due_on is None else asked.due_on.isoformat(),
    }
    body = canonical_body(values)
    event = Event(
        seq=seq,
        at=at,
        trigger=asked.trigger,
        src=src,
        dst=dst,
        actor_id=actor.principal_id,
        body=body,
        prev_hash=prev_hash,
        hash=chain_hash(prev_hash, body),
    )
    store.insert_event(conn, programme, event)
    if asked.reason is not None:
        store.insert_reason(conn, programme, seq, salt=salt, reason=asked.reason)


def _demand_role(actor: Actor, trigger: str, stage: str) -> None:
    try:
        allowed = roles_for(trigger, stage)
    except KeyError:
        return  # the machine names an unknown trigger more clearly
    if actor.role.value not in allowed:
        raise Forbidden(right=f"{trigger}({stage})")


def _demand_reason(asked: Move) -> None:
    if asked.trigger in REASON_NEEDED and not asked.reason:
        raise FieldsInvalid([FieldError("reason", "required", "Укажите причину.", "Give the reason.")])


def _destination(pack: Pack, programme: Programme, asked: Move) -> str:
    return Workflow(pack).destination(programme.stage, asked.trigger, to=asked.to, resume_stage=programme.resume_stage)
