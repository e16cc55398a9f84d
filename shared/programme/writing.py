"""How facts are written: under the programme's lock, so that no transition judges half of a change.

After the write the guards are asked once more and every activity that became true is dated: lateness belongs to
the moment an activity was fulfilled, not to the moment somebody pressed the button.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from shared.db.pool import Conn
from shared.errors import ReadOnly
from shared.pack.model import Pack
from shared.programme import store
from shared.programme.facts import load_facts
from shared.programme.machine import CANCELLED, COMPLETED, STATE_NAMES
from shared.programme.model import Programme
from shared.programme.packs import find_pack
from shared.programme.report import activity_status, carried_statuses


@contextmanager
def writing(conn: Conn, programme_id: int, *, feeds: bool) -> Iterator[Programme]:
    """Hold the programme while a fact of it is written; ``feeds``: computed results rest on the fact.

    Raises NotFound, or ReadOnly for a programme that is over.
    """
    programme = store.lock(conn, programme_id)
    demand_open(programme)
    yield programme
    if feeds:
        store.bump_inputs(conn, programme.id)
    date_fulfilments(conn, programme)


@contextmanager
def writing_school(conn: Conn, school_id: int, *, feeds: bool) -> Iterator[None]:
    """Hold all open programmes of a school while a fact about a person or the school is written.

    Programmes by id first, then the person's row: the same order in which every other writer takes them.
    """
    programmes = store.lock_open_of_school(conn, school_id)
    yield
    for programme in programmes:
        if feeds:
            store.bump_inputs(conn, programme.id)
        date_fulfilments(conn, programme)


def demand_open(programme: Programme) -> None:
    """Raise ReadOnly for a completed or cancelled programme."""
    if programme.stage in (COMPLETED, CANCELLED):
        raise ReadOnly(state=STATE_NAMES[programme.stage].as_json())


def date_fulfilments(conn: Conn, programme: Programme) -> None:
    """Date the activities that are true now and were never dated."""
    facts = load_facts(conn, programme.id)
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    already = store.fulfilled_keys(conn, programme.id)
    days: dict[str, date] = {
        status.key: status.shown_on or facts.today
        for status in (*activity_status(pack, facts), *carried_statuses(pack, facts))
        if status.is_met and status.key not in already
    }
    store.record_fulfilments(conn, programme, days)
    if any(key.split(":")[0] in _scored(pack) for key in days):
        store.bump_inputs(conn, programme.id)


def _scored(pack: Pack) -> set[str]:
    """Return the activities whose being in time is a part of the score: those before the last stage."""
    return {activity.key for stage in pack.stages[:-1] for activity in stage.activities}
