"""Holds every municipality's rows against what its packs and the job kinds demand; writes nothing.

Knows where demands come from (packs, kinds); the questions themselves are in shared/db/invariants.sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
from psycopg.rows import dict_row

from shared.db.invariants import Demand, Expected, Violation, of_database, of_municipality
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.errors import NotFound
from shared.jobs.kinds import KINDS
from shared.pack.model import Pack
from shared.programme.packs import find_pack

PACK_MISSING = "i2_pack_is_there"
"""Reported where a programme names a pack that is nowhere: what its events demand cannot be told."""


def violations(
    auditor_url: str, *, municipalities: Iterable[int] = (), is_quiescent: bool = False
) -> Iterator[Violation]:
    """Yield all that is broken, municipality by municipality, each in one snapshot; none named: all of them.

    ``is_quiescent``: nothing is asked for any more, so no job may still be open.
    """
    with psycopg.connect(auditor_url, row_factory=dict_row, autocommit=True) as conn:
        yield from of_database(conn)
        ids = list(municipalities) or [row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id")]
        for municipality_id in ids:
            with conn.transaction():
                conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                enter(conn, Tenant(municipality_id))
                found = list(_of_one(conn, municipality_id, is_quiescent))
            yield from found


def _of_one(conn: Conn, municipality_id: int, is_quiescent: bool) -> Iterator[Violation]:
    demanded: list[Demand] = []
    for row in conn.execute("SELECT DISTINCT pack_code, pack_version FROM programme ORDER BY 1, 2").fetchall():
        try:
            demanded += _demands(find_pack(conn, row["pack_code"], row["pack_version"]))
        except NotFound:
            yield Violation(PACK_MISSING, municipality_id, dict(row))
    result_kinds = {kind.name: kind.result_kind for kind in KINDS.values()}
    yield from of_municipality(conn, municipality_id, Expected(tuple(demanded), result_kinds, is_quiescent))


def _demands(pack: Pack) -> Iterator[Demand]:
    for stage in pack.stages:
        for kind in stage.on_enter:
            yield Demand(pack.code, pack.version, stage.key, kind)
