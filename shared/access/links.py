"""Personal links: made, listed, renewed, revoked; the plain secret leaves here once. Knows no subject's table.

A link is a row of its school and about one row (``subject_id``); ``purpose`` says what that row is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from shared.access.model import Actor
from shared.access.tokens import LINK, new_secret
from shared.db.pool import Conn
from shared.db.records import Row
from shared.errors import Forbidden, NotFound

DEFAULT_DAYS = 120
_SHOWN = "id, school_id, purpose, subject_id, created_at, expires_at, ended_at"


class Purpose(StrEnum):
    """What a link is for, and so what its subject is."""

    ANSWER = "answer"
    """an invitation: answer the survey once"""
    LOG_MEETING = "log_meeting"
    """a pair: record meetings that were held"""
    CONFIRM_PAIR = "confirm_pair"
    """a member of a pair: agree to it as the mentee"""
    CONFIRM_PAIR_GUARDIAN = "confirm_pair_guardian"
    """a member of a pair: agree to it as the mentee's guardian"""


@dataclass(frozen=True, slots=True)
class Granted:
    """A link as its maker sees it, once: ``token`` is the text handed to its owner."""

    subject_id: int
    id: int
    token: str


def grant(
    conn: Conn, actor: Actor, purpose: Purpose, subjects: Sequence[Row], *, days: int = DEFAULT_DAYS
) -> list[Granted]:
    """Make one link for each subject (rows with ``id`` and ``school_id``), in their order.

    Expiry is by the real clock, as of every secret: a fixed instant must not keep a link open.
    """
    secrets = [new_secret() for _ in subjects]
    rows = conn.execute(
        "INSERT INTO personal_link (municipality_id, school_id, created_by, secret_hash, purpose, subject_id,"
        " expires_at) SELECT %s, school_id, %s, secret_hash, %s, subject_id, now() + %s"
        " FROM unnest(%s::bigint[], %s::bytea[], %s::bigint[]) AS s (school_id, secret_hash, subject_id)"
        " RETURNING id, subject_id",
        (
            actor.tenant.municipality_id,
            actor.principal_id,
            purpose.value,
            timedelta(days=days),
            [row["school_id"] for row in subjects],
            [secret.digest for secret in secrets],
            [row["id"] for row in subjects],
        ),
    ).fetchall()
    ids: Mapping[int, int] = {row["subject_id"]: row["id"] for row in rows}
    return [
        Granted(row["id"], ids[row["id"]], secret.token(LINK, ids[row["id"]]))
        for row, secret in zip(subjects, secrets, strict=True)
    ]


def page(conn: Conn, *, after: int, limit: int, purpose: str | None = None, subject_id: int | None = None) -> list[Row]:
    """Return links without their secrets, in id order."""
    return conn.execute(
        f"SELECT {_SHOWN} FROM personal_link WHERE municipality_id = (SELECT app_municipality_id()) AND id > %s"
        " AND (%s::text IS NULL OR purpose = %s) AND (%s::bigint IS NULL OR subject_id = %s) ORDER BY id LIMIT %s",
        (after, purpose, purpose, subject_id, subject_id, limit),
    ).fetchall()


def revoke(conn: Conn, link_id: int) -> Row:
    """Stop a link at once; again is no change. NotFound also for another tenant's."""
    row = conn.execute(
        "UPDATE personal_link SET ended_at = coalesce(ended_at, now()), version = version + 1, updated_at = now()"
        f" WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s RETURNING {_SHOWN}",
        (link_id,),
    ).fetchone()
    if row is None:
        raise NotFound
    return row


def revoke_of(conn: Conn, purpose: Purpose, subject_id: int) -> None:
    """Stop every link to one subject."""
    conn.execute(
        "UPDATE personal_link SET ended_at = now(), version = version + 1, updated_at = now()"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND purpose = %s AND subject_id = %s"
        " AND ended_at IS NULL",
        (purpose.value, subject_id),
    )


def open_subject(conn: Conn, actor: Actor, *purposes: Purpose) -> int:
    """Let the link's holder see the link's row for the rest of the transaction, and return the row's id.

    Until this is called the policies show a respondent nothing. Raises Forbidden for a link of another purpose.
    """
    if actor.purpose not in purposes or actor.tenant.subject_id is None:
        raise Forbidden(right=purposes[0].value)
    conn.execute("SELECT set_config('app.purpose', %s, true)", (actor.purpose,))
    return actor.tenant.subject_id


def may_act(conn: Conn) -> bool:
    """Say whether the consent behind the open subject is in force (an invitation, a member of a pair)."""
    row = conn.execute("SELECT subject_may_act() AS may").fetchone()
    return row is not None and bool(row["may"])
