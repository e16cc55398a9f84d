"""What the engine does about erasures: the one that a job was asked for, and what the schedule finds to do.

Engine role; never commits. Destroying is one function of the database (migration 0016), the only one that may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from shared.db.pool import Conn
from shared.jobs.actions import enqueue
from shared.jobs.kinds import ERASE_PERSON
from shared.jobs.model import Claim, MunicipalityKey
from shared.notices.cases import school_year_of
from shared.notices.model import Notice, Reader
from shared.pack.words import LocalText
from shared.privacy.erasure_log import Line
from shared.privacy.erasures import ARGUMENT, DUE_DAYS, GRACE_DAYS, queries

RETENTION_GRACE_DAYS = 21
"""Longer than after a withdrawal: nobody asked, so the curator has three weeks to say that somebody is needed."""
URGENT_DAYS = 10
"""So long before the law's day the curator hears that something still holds an erasure."""
BATCH = 200
PLANNED, STUCK, OVERDUE = "erasure.planned", "erasure.held", "erasure.overdue"


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be done now: erasures whose time has come, acts kept long enough, those that hurry."""

    due: tuple[int, ...]
    expired_acts: tuple[int, ...]
    urgent: tuple[Notice, ...]

    def counts(self) -> dict[str, int]:
        """Return how many of each."""
        return {"erasures": len(self.due), "acts": len(self.expired_acts)}


def find(conn: Conn, today: date) -> Found:
    """Read what is to be done; writes nothing."""
    return Found(
        due=tuple(row["id"] for row in queries().find_due(conn, limit=BATCH)),
        expired_acts=tuple(row["erasure_id"] for row in queries().find_expired_acts(conn, limit=BATCH)),
        urgent=tuple(_urgent(row, today) for row in queries().find_urgent(conn, days=URGENT_DAYS)),
    )


def keep(conn: Conn, held: Claim, found: Found, today: date) -> list[Notice]:
    """Do it; return what the curators are to be told. What an older release or a term left undone is begun, too."""
    queries().delete_acts(conn, ids=list(found.expired_acts))
    list(queries().cancel_overtaken(conn, school_id=None))
    list(queries().insert_withdrawn(conn, school_id=None, requested_by=None, grace_days=GRACE_DAYS, due_days=DUE_DAYS))
    retired = list(queries().insert_retention(conn, grace_days=RETENTION_GRACE_DAYS, due_days=DUE_DAYS, limit=BATCH))
    for erasure_id in found.due:
        enqueue(
            conn,
            owner=MunicipalityKey(held.municipality_id),
            kind=ERASE_PERSON,
            args={ARGUMENT: erasure_id},
            cause=f"job:{held.id}",
            requested_by=None,
            traceparent=held.traceparent,
        )
    return [*found.urgent, *_planned(retired, today)]


def verdict(conn: Conn, erasure_id: int) -> str | None:
    """Return what an erasure has come to (see `Erasure`); None when there is none of this number."""
    row = conn.execute("SELECT erasure_verdict(%s) AS verdict", (erasure_id,)).fetchone()
    return None if row is None else row["verdict"]


def erase(conn: Conn, erasure_id: int, job_run_id: UUID | None = None) -> Line | None:
    """Destroy what is kept about the erasure's person; None, with nothing done, when it is not ready (any more)."""
    row = conn.execute("SELECT erase_person(%s) AS tally", (erasure_id,)).fetchone()
    if row is None or row["tally"] is None:
        return None
    (line,) = done(conn, erasure_id)
    note_erased(conn, line.school_id, line.person_id, job_run_id)
    return line


def done(conn: Connection[Any], erasure_id: int | None = None) -> list[Line]:
    """Return the erasures that were done, or the one named, as the log writes them; a superuser sees every tenant's."""
    rows = conn.cursor(row_factory=dict_row).execute(
        "SELECT municipality_id, school_id, id AS erasure_id, person_id, reason, ended_at AS at FROM erasure"
        " WHERE status = 'done' AND (%(id)s::bigint IS NULL OR id = %(id)s) ORDER BY ended_at, id",
        {"id": erasure_id},
    )
    return [Line(**row) for row in rows]


def note_erased(conn: Conn, school_id: int, person_id: int, job_run_id: UUID | None) -> None:
    """Append the deed to the audit log as the engine's."""
    conn.execute(
        "INSERT INTO audit (municipality_id, school_id, actor_role, request_id, action, entity, entity_id)"
        " VALUES (app_municipality_id(), %s, 'engine', %s, 'person.erase', 'person', %s)",
        (school_id, None if job_run_id is None else str(job_run_id), person_id),
    )


def _urgent(row: dict[str, Any], today: date) -> Notice:
    day = f"{row['due_on']:%d.%m.%Y}"
    if row["is_overdue"]:
        text = LocalText(
            f"Срок уничтожения данных истёк {day}: запись № {row['id']}.",
            f"Data were to be destroyed by {day}: erasure {row['id']}.",
        )
    else:
        text = LocalText(
            f"До {day} данные нужно уничтожить, мешает открытое обращение о безопасности: запись № {row['id']}.",
            f"Data are to be destroyed by {day}; an open safety case holds it: erasure {row['id']}.",
        )
    code = OVERDUE if row["is_overdue"] else STUCK
    return _notice(code, f"{code}:{row['id']}", text, row["school_id"], today)


def _planned(retired: Sequence[dict[str, Any]], today: date) -> list[Notice]:
    """Return one notice a school, told once a day."""
    schools: dict[int, list[datetime]] = {}
    for row in retired:
        schools.setdefault(row["school_id"], []).append(row["planned_at"])
    return [
        _notice(
            PLANNED,
            f"{PLANNED}:{school_id}:{today.isoformat()}",
            LocalText(
                f"Срок хранения истёк, данные будут уничтожены {min(days):%d.%m.%Y}: человек — {len(days)}.",
                f"Kept long enough; data will be destroyed on {min(days):%d.%m.%Y}: people: {len(days)}.",
            ),
            school_id,
            today,
        )
        for school_id, days in sorted(schools.items())
    ]


def _notice(code: str, once: str, text: LocalText, school_id: int, today: date) -> Notice:
    return Notice(code, Reader.CURATOR, once, text, "/erasures", school_year_of(today), school_id)
