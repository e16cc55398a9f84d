"""Writes notices and asks for their letters; puts a notice away. In the caller's transaction and tenant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from shared.access.model import Actor
from shared.db.pool import Conn
from shared.deliveries import actions as deliveries
from shared.deliveries.model import Channel
from shared.notices import store
from shared.notices.model import Notice, Reader


def write(
    conn: Conn,
    notices: Iterable[Notice],
    *,
    municipality_id: int,
    job_run_id: UUID,
    is_mail_on: bool,
    traceparent: str | None = None,
) -> int:
    """Write what has not been told yet; return how much that was.

    With mail on, each account with an address gets one letter a run about all that is new for it, as a delivery.
    """
    first: dict[tuple[Reader, int | None], int] = {}
    written = 0
    for notice in notices:
        row = store.queries().insert_notice(
            conn,
            municipality_id=municipality_id,
            school_id=notice.school_id,
            programme_id=notice.programme_id,
            code=notice.code,
            to_role=notice.to_role.value,
            once=notice.once,
            ru=notice.text.ru,
            en=notice.text.en,
            link=notice.link,
            school_year=notice.school_year,
            job_run_id=job_run_id,
        )
        if row is not None:
            written += 1
            first.setdefault((notice.to_role, notice.school_id), row["id"])
    if is_mail_on:
        ask = partial(deliveries.create, conn, municipality_id=municipality_id, channel=Channel.MAIL)
        for (to_role, school_id), notice_id in first.items():
            for reader in _readers(conn, to_role, school_id):
                ask(school_id=school_id, notice_id=notice_id, principal_id=reader, traceparent=traceparent)
    return written


def mark_seen(conn: Conn, actor: Actor, notice_id: int) -> bool:
    """Put a notice away for everybody it is for; say whether this was the first time. NotFound."""
    store.get(conn, notice_id)
    return store.queries().mark_seen(conn, notice_id=notice_id, principal_id=actor.principal_id) is not None


def _readers(conn: Conn, to_role: Reader, school_id: int | None) -> list[int]:
    """Return the accounts with an address that such a notice is for."""
    return [row["id"] for row in store.queries().find_readers(conn, to_role=to_role.value, school_id=school_id)]
