"""Accounts with addresses, notices and their letters for the engine's tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.access.model import Actor, Role
from shared.db.tenancy import Tenant
from shared.jobs.actions import enqueue
from shared.jobs.kinds import FIND_STALE_RESULTS
from shared.jobs.model import MunicipalityKey
from shared.notices.actions import write
from shared.notices.model import Notice, Reader
from shared.pack.words import LocalText
from tests.worker.machinery import Engine

ADDRESS = "curator@school.example"


def methodist(engine: Engine) -> Actor:
    """Somebody who may do what a municipality may."""
    return Actor(1, Role.METHODIST, Tenant(engine.programme.municipality_id))


def ask(engine: Engine, kind: str, args: dict[str, Any] | None = None) -> UUID:
    """Ask for a job of the municipality."""
    with engine.conn() as conn:
        owner = MunicipalityKey(engine.programme.municipality_id)
        return enqueue(conn, owner=owner, kind=kind, args=args or {}, cause="request:1", requested_by=1)


def account(engine: Engine, role: str = "curator", *, email: str | None = ADDRESS, school_id: int | None = None) -> int:
    """Make an account of the programme's school (or of the municipality, for a methodist)."""
    school = None if role == "methodist" else school_id or engine.programme.school_id
    with engine.conn() as conn:
        row = conn.execute(
            "INSERT INTO principal (municipality_id, name, role, school_id, email) VALUES (%s, %s, %s, %s, %s)"
            " RETURNING id",
            (engine.programme.municipality_id, role, role, school, email),
        ).fetchone()
    assert row is not None
    return int(row["id"])


def notice(engine: Engine, once: str, *, to: Reader = Reader.CURATOR) -> Notice:
    """A notice about nothing in particular."""
    key = engine.programme
    place: dict[str, Any] = {} if to is Reader.METHODIST else {"school_id": key.school_id, "programme_id": key.id}
    words = LocalText(f"Пункт {once} просрочен.", f"Activity {once} is overdue.")
    return Notice("deadline.overdue", to, once, words, f"/programmes/{key.id}", 2020, **place)


def tell(engine: Engine, *notices: Notice, is_mail_on: bool = True) -> UUID:
    """Write notices as a job of the schedule does; return that job."""
    job = ask(engine, FIND_STALE_RESULTS)
    engine.run(job)
    with engine.conn("engine") as conn:
        write(
            conn,
            notices,
            municipality_id=engine.programme.municipality_id,
            job_run_id=job,
            is_mail_on=is_mail_on,
        )
    return job


def letter_jobs(engine: Engine) -> list[UUID]:
    """Return the jobs that send letters, oldest first."""
    rows = engine.rows("SELECT id FROM job_run WHERE kind = 'deliver_mail' ORDER BY created_at, id")
    return [row["id"] for row in rows]


def only_letter(engine: Engine) -> UUID:
    """Tell of one activity; return the job of the one letter that comes of it."""
    tell(engine, notice(engine, "I.1"))
    (job,) = letter_jobs(engine)
    return job


def only_delivery(engine: Engine) -> dict[str, Any]:
    """Return the one delivery."""
    (row,) = engine.rows("SELECT id, status, sent_at IS NOT NULL AS is_sent FROM delivery")
    return row


def attempts(engine: Engine) -> list[tuple[str, int | None, str | None]]:
    """Return outcome, answer and error of each attempt."""
    rows = engine.rows("SELECT outcome, http_status, error_code FROM delivery_attempt ORDER BY id")
    return [(row["outcome"], row["http_status"], row["error_code"]) for row in rows]
