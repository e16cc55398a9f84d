"""Erasures and backups: the log beside the backups is completed by each backup and carried out again by a restore.

An older day's rows name people whose data were destroyed since. Knows the log and the database's own deed; must not
know what is destroyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from deploy.archive import BackupError, Conn
from shared.db.tenancy import Tenant, enter
from shared.privacy import destruction, erasure_log
from shared.privacy.erasure_log import Line, LogUnreadable


def done(conn: Conn) -> list[Line]:
    """Return the erasures that the database knows as done; a schema of before them knows none."""
    if conn.execute("SELECT to_regclass('public.erasure')").fetchone() == (None,):
        return []
    return destruction.done(conn)


def log_of(backup: Path, given: Path | None) -> list[Line]:
    """Return the lines of the log that is given, or that lies beside the backup. BackupError when there is none."""
    path = given or backup.with_name(erasure_log.NAME)
    try:
        return erasure_log.read(path)
    except LogUnreadable as error:
        raise BackupError(str(error)) from None
    except OSError:
        raise BackupError(
            f"the erasure log {path} is not there or cannot be read: data that were destroyed after the backup would be"
            " back. Name it with --erasures, or say --without-erasures and erase them again by hand"
        ) from None


def replay(url: str, lines: Iterable[Line]) -> int:
    """Erase again whom the log names and the rows still show; return how many that were. psycopg.Error."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, application_name="nastavnik-restore") as conn:
        return sum(_erase_again(conn, line) for line in lines)


def _erase_again(conn: Conn, line: Line) -> bool:
    with conn.transaction():
        enter(conn, Tenant(line.municipality_id), now=line.at.isoformat())
        key = {"place": line.municipality_id, "person": line.person_id, "at": line.at}
        # Numbers that a restore forgot are given again: whoever was entered after the deed is somebody else.
        found = conn.execute(
            "SELECT school_id FROM person WHERE municipality_id = %(place)s AND id = %(person)s AND erased_at IS NULL"
            " AND created_at <= %(at)s",
            key,
        ).fetchone()
        if found is None:
            return False
        erasure_id = _ask_again(conn, line, {**key, "id": line.erasure_id, "school": found["school_id"]})
        row = conn.execute("SELECT erase_person(%s, true) AS tally", (erasure_id,)).fetchone()
        if row is None or row["tally"] is None:
            raise BackupError(f"erasure {line.erasure_id} of the log could not be done again")
        destruction.note_erased(conn, found["school_id"], line.person_id, None)
        return True


def _ask_again(conn: Conn, line: Line, key: Mapping[str, Any]) -> int:
    """Return the erasure to do: the one of the log's number, made anew where the rows are older than it.

    Rows that were restored without the log may have given its number to somebody else: then it gets another.
    """
    conn.execute(
        "UPDATE erasure SET status = 'cancelled', why_cancelled = 'undone', ended_at = %(at)s"
        " WHERE municipality_id = %(place)s AND person_id = %(person)s AND status = 'waiting' AND id <> %(id)s",
        key,
    )
    conn.execute(
        "INSERT INTO erasure (municipality_id, school_id, id, person_id, reason, consent_id, requested_at, planned_at,"
        " due_at) OVERRIDING SYSTEM VALUE SELECT %(place)s, %(school)s, CASE WHEN EXISTS (SELECT FROM erasure"
        " WHERE municipality_id = %(place)s AND id = %(id)s AND person_id <> %(person)s)"
        " THEN nextval(pg_get_serial_sequence('erasure', 'id')) ELSE %(id)s END, %(person)s,"
        " CASE WHEN %(reason)s = 'withdrawn' AND c.id IS NULL THEN 'request' ELSE %(reason)s END, c.id,"
        " %(at)s, %(at)s, %(at)s FROM (SELECT max(id) AS id FROM consent WHERE municipality_id = %(place)s"
        "   AND person_id = %(person)s AND kind = 'processing') AS c ON CONFLICT (municipality_id, id) DO NOTHING",
        {**key, "reason": line.reason},
    )
    row = conn.execute(
        "SELECT max(id) AS id, setval(pg_get_serial_sequence('erasure', 'id'), greatest(%(id)s, nextval("
        "pg_get_serial_sequence('erasure', 'id')) - 1)) FROM erasure WHERE municipality_id = %(place)s"
        " AND person_id = %(person)s AND status = 'waiting'",
        key,
    ).fetchone()
    return 0 if row is None or row["id"] is None else int(row["id"])
