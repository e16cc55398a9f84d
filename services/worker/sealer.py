"""The dispatcher's duty `seal`: no secret lies open, or under an old key, for longer than it takes to find it.

Knows when, not how. Secrets of before there was a key are there after an update; under an old key, after a rotation.
"""

from __future__ import annotations

import time

from services.worker.logs import Log
from shared.access.sealed import Keys, keys_of
from shared.db.pool import Database
from shared.db.tenancy import Tenant, enter
from shared.settings import Settings
from shared.webhooks import subscriptions

SEAL_SECONDS = 3600.0


class Sealer:
    """Seals whenever `step` finds that it is time, at once after the start. Raises SettingInvalid for a short key."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._keys, self._log = keys_of(settings.secrets_key), log
        self._seal_at = 0.0

    def step(self, database: Database) -> None:
        """Do what is due; nothing without a key. Unavailable when PostgreSQL is away."""
        if not self._keys.by_name or time.monotonic() < self._seal_at:
            return
        sealed = seal_all(database, self._keys)
        self._seal_at = time.monotonic() + SEAL_SECONDS
        if sealed:
            self._log.info("secrets_sealed", count=sealed)


def seal_all(database: Database, keys: Keys) -> int:
    """Seal the webhooks' secrets of every municipality, a transaction each; return how many were not."""
    with database.transaction() as conn:
        ids = [row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id")]
    sealed = 0
    for municipality_id in ids:
        with database.transaction() as conn:
            enter(conn, Tenant(municipality_id))
            sealed += subscriptions.seal_again(conn, keys)
    return sealed
