"""The dispatcher's duty `chain`: links committed audit rows and signs heads; knows when, not how.

Any number of dispatchers may do it: one at a time a municipality, and what a killed one had begun was never there.
"""

from __future__ import annotations

import time
from dataclasses import asdict

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.worker.logs import Log
from shared.access import chain, heads
from shared.db.pool import Database
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.settings import SettingInvalid, Settings

CHAIN_SECONDS = 1.0
HEADS_SECONDS = 600.0
"""How often it is asked whether a head is due; it is, a day after the one before."""


class Chainer:
    """Chains and signs whenever `step` finds that it is time. Raises SettingInvalid for a key that is none."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._log, self._armed = log, settings.failpoint
        self._key = _key_of(settings)
        self._chain_at = self._heads_at = 0.0

    def step(self, database: Database) -> None:
        """Do what is due. Unavailable when PostgreSQL is away."""
        if time.monotonic() >= self._chain_at:
            self._chain_at = time.monotonic() + CHAIN_SECONDS
            chain_all(database, armed=self._armed)
        if time.monotonic() >= self._heads_at:
            self._heads_at = time.monotonic() + HEADS_SECONDS
            sign_all(database, self._key, self._log)


def chain_all(database: Database, *, armed: str = "") -> int:
    """Link all rows that have been committed, a transaction a batch; return how many."""
    with database.transaction() as conn:
        waiting = chain.waiting_municipalities(conn)
    linked = 0
    for municipality_id in waiting:
        batch = chain.BATCH
        while batch == chain.BATCH:
            with database.transaction() as conn:
                enter(conn, Tenant(municipality_id))
                batch = chain.chain_some(conn, municipality_id, armed=armed)
            linked += batch
    return linked


def sign_all(database: Database, key: Ed25519PrivateKey | None, log: Log) -> list[heads.Head]:
    """Write the heads that are due; each is logged whole, so that the log's archive keeps a copy of it."""
    with database.transaction() as conn:
        ids = [row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id")]
    written = []
    for municipality_id in (PLATFORM, *ids):
        with database.transaction() as conn:
            enter(conn, Tenant(municipality_id))
            head = heads.write_head(conn, municipality_id, key)
        if head is not None:
            log.info("audit_head", **asdict(head))
            written.append(head)
    return written


def _key_of(settings: Settings) -> Ed25519PrivateKey | None:
    try:
        return heads.load_private(settings.audit_key) if settings.audit_key else None
    except heads.KeyUnreadable as error:
        raise SettingInvalid(f"NASTAVNIK_AUDIT_KEY: {error}") from None
