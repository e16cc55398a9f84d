"""Erasures as the school's own people handle them: asked for, followed, taken back, run at once.

A withdrawal begins one by itself, in the transaction that writes the withdrawal; a new consent ends it. Takes the
caller's transaction, never commits, destroys nothing: that is the job's (shared/privacy/destruction.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.access import audit
from shared.access.bulk_audit import record_each
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.tenancy import Tenant
from shared.errors import NotFound, RecordEnded, RuleBroken
from shared.jobs.actions import enqueue
from shared.jobs.kinds import ERASE_PERSON
from shared.jobs.model import MunicipalityKey

GRACE_DAYS = 7
"""So long a withdrawal made by mistake can be taken back before anything is destroyed (ADR 0047)."""
DUE_DAYS = 30
"""152-ФЗ, art. 21."""
ARGUMENT = "erasure"
"""The job's one argument: the id of the erasure."""
HELD, READY = "held", "ready"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure. ``verdict``: ready, held (an open safety case), over, or what will cancel it.

    ``has_act``: it was done, and its act is not yet older than it is to be kept.
    """

    id: int
    school_id: int
    person_id: int
    reason: str
    status: str
    requested_at: datetime
    requested_by: int | None
    planned_at: datetime
    due_at: datetime
    run_by: int | None
    ended_at: datetime | None
    ended_by: int | None
    why_cancelled: str | None
    cancel_reason: str | None
    verdict: str
    has_act: bool


@lru_cache(maxsize=1)
def queries() -> Any:
    """Return the named statements of erasures.sql."""
    return aiosql.from_path(Path(__file__).with_name("erasures.sql"), "psycopg")


def page(conn: Conn, *, after: int, limit: int, status: str | None = None) -> list[Erasure]:
    """Return the erasures that the transaction sees, in id order."""
    return [_erasure(row) for row in queries().list_erasures(conn, status=status, after=after, limit=limit)]


def latest(conn: Conn, *, status: str, limit: int) -> list[Erasure]:
    """Return the last erasures of a status, the newest first."""
    return [_erasure(row) for row in queries().list_latest(conn, status=status, limit=limit)]


def now(conn: Conn) -> datetime:
    """Return the instant that the transaction calls now."""
    row = conn.execute("SELECT app_now() AS now").fetchone()
    assert row is not None  # noqa: S101 - a function of no table
    instant: datetime = row["now"]
    return instant


def get(conn: Conn, erasure_id: int) -> Erasure:
    """Return one; NotFound also for another school's."""
    row = queries().get_erasure(conn, erasure_id=erasure_id)
    if row is None:
        raise NotFound
    return _erasure(row)


def request(conn: Conn, actor: Actor, person_id: int) -> Erasure:
    """Ask for a person's erasure without a withdrawal, and stop what is done with the data meanwhile.

    Raises NotFound, RecordEnded for an erased person, RuleBroken when an erasure waits already.
    """
    person = queries().lock_person(conn, person_id=person_id)
    if person is None:
        raise NotFound
    if person["erased_at"] is not None:
        raise RecordEnded(on=f"{person['erased_at']:%d.%m.%Y}")
    row = queries().insert_request(
        conn, person_id=person_id, requested_by=actor.principal_id, grace_days=GRACE_DAYS, due_days=DUE_DAYS
    )
    if row is None:
        raise RuleBroken(
            rule="erasure.waiting",
            ru="Уничтожение данных этого человека уже назначено.",
            en="The erasure of this person is planned already.",
        )
    _block(conn, actor, [person_id])
    return get(conn, row["id"])


def settle(conn: Conn, actor: Actor, school_id: int) -> None:
    """Bring the school's erasures in line with its consents, after any change of a consent.

    A withdrawn consent with none in force beside it begins an erasure and stops the person's links; a new consent, or
    a withdrawal taken back, cancels what waits.
    """
    overtaken = list(queries().cancel_overtaken(conn, school_id=school_id))
    record_each(conn, actor, "person.unblock", "person", [row["person_id"] for row in overtaken])
    begun = queries().insert_withdrawn(
        conn,
        school_id=school_id,
        requested_by=actor.principal_id,
        grace_days=GRACE_DAYS,
        due_days=DUE_DAYS,
    )
    _block(conn, actor, [row["person_id"] for row in begun])


def cancel(conn: Conn, actor: Actor, erasure_id: int, reason: str) -> Erasure:
    """Keep the data all the same, for a reason that the law knows; what a withdrawal blocked stays blocked.

    Raises NotFound, RuleBroken when the erasure waits no more.
    """
    found = get(conn, erasure_id)
    row = queries().cancel_by_hand(conn, erasure_id=erasure_id, ended_by=actor.principal_id, reason=reason)
    if row is None:
        raise _over()
    audit.record(conn, actor, "person.unblock", "person", found.person_id)
    return get(conn, erasure_id)


def run_now(conn: Conn, actor: Actor, erasure_id: int) -> Erasure:
    """Have the erasure done without waiting for its planned time: writes the job.

    Raises NotFound, RuleBroken when it waits no more, or while an open safety case holds it.
    """
    found = get(conn, erasure_id)
    if queries().run_now(conn, erasure_id=erasure_id, run_by=actor.principal_id) is None:
        raise _over()
    if found.verdict == HELD:
        raise RuleBroken(
            rule="erasure.held",
            ru="Есть незакрытое обращение о безопасности этого человека: сначала закройте его.",
            en="A safety case about this person is open: close it first.",
        )
    _enqueue(conn, actor, erasure_id)
    audit.record(conn, actor, "person.erase_now", "person", found.person_id)
    return get(conn, erasure_id)


def _enqueue(conn: Conn, actor: Actor, erasure_id: int) -> None:
    # A job without a programme is the municipality's, and the policies let no school write one: for this one
    # statement the transaction speaks for the municipality.
    _speak_for(conn, Tenant(actor.tenant.municipality_id))
    enqueue(
        conn,
        owner=MunicipalityKey(actor.tenant.municipality_id),
        kind=ERASE_PERSON,
        args={ARGUMENT: erasure_id},
        cause=f"request:{actor.principal_id}",
        requested_by=actor.principal_id,
        traceparent=actor.traceparent,
    )
    _speak_for(conn, actor.tenant)


def _speak_for(conn: Conn, tenant: Tenant) -> None:
    school = "all" if tenant.school_id is None else str(tenant.school_id)
    conn.execute("SELECT set_config('app.school_id', %s, true)", (school,))


def _block(conn: Conn, actor: Actor, people: list[int]) -> None:
    if people:
        queries().revoke_links(conn, people=people)
        record_each(conn, actor, "person.block", "person", people)


def _over() -> RuleBroken:
    return RuleBroken(
        rule="erasure.over",
        ru="Это уничтожение уже выполнено или отменено.",
        en="This erasure is done or cancelled already.",
    )


def _erasure(row: Mapping[str, Any]) -> Erasure:
    return Erasure(**{field.name: row[field.name] for field in fields(Erasure)})
