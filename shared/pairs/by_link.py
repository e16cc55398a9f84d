"""What a personal link does to a pair: record a meeting that was held, agree to the pair. Knows no requests.

The role of links may read and write the one row its link is about, so nothing here judges guards: the agreement
carries its own date, and whoever writes next dates the activity by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.access import audit, links
from shared.access.links import Purpose
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.records import Row
from shared.errors import NotFound, RuleBroken
from shared.programme import store
from shared.programme.writing import demand_open


def pair(conn: Conn, pair_id: int) -> Row:
    """Return what a link shows of its pair; NotFound when the transaction does not see it."""
    return _one(_queries().pair_of_link(conn, pair_id=pair_id))


def member(conn: Conn, member_id: int) -> Row:
    """Return the agreements of the link's member of a pair; NotFound as above."""
    return _one(_queries().member_of_link(conn, member_id=member_id))


def log_meeting(conn: Conn, actor: Actor, pair_id: int, values: Mapping[str, Any]) -> Row:
    """Record a held meeting (held_on, minutes, topic): always possible, also for a pair that has ended since."""
    found = pair(conn, pair_id)
    demand_open(store.lock(conn, found["programme_id"]))
    if found["ended_at"] is not None:
        raise RuleBroken(rule="pair.ended", ru="Запись о паре снята.", en="The record of the pair was ended.")
    row: Row = _queries().insert_meeting(
        conn,
        municipality_id=found["municipality_id"],
        school_id=found["school_id"],
        programme_id=found["programme_id"],
        pair_id=pair_id,
        created_by=actor.principal_id,
        **values,
    )
    store.bump_inputs(conn, found["programme_id"])
    audit.record(conn, actor, "meeting.create", "meeting", row["id"], programme_id=found["programme_id"])
    return row


def confirm(conn: Conn, actor: Actor, member_id: int, *, on: date) -> Row:
    """Note that the one the actor's link was made for, mentee or guardian, agrees as of ``on``.

    RuleBroken when noted already or without consent.
    """
    found = member(conn, member_id)
    demand_open(store.lock(conn, found["programme_id"]))
    if not links.may_act(conn):
        raise RuleBroken(
            rule="link.consent",
            ru="Нет действующего согласия на обработку данных: подтвердить пару нельзя.",
            en="There is no consent in force: the pair cannot be confirmed.",
        )
    is_guardian = actor.purpose == Purpose.CONFIRM_PAIR_GUARDIAN
    row: Row | None = _queries().agree(conn, member_id=member_id, is_guardian=is_guardian, agreed_on=on)
    if row is None:
        raise RuleBroken(
            rule="pair.confirmed",
            ru="Это согласие уже отмечено, или участник выбыл из пары.",
            en="This agreement is noted already, or the member has left the pair.",
        )
    store.bump_inputs(conn, found["programme_id"])
    audit.record(conn, actor, "pair_member.confirm", "pair_member", member_id, programme_id=found["programme_id"])
    return row


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("by_link.sql"), "psycopg")
