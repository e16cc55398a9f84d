"""What one API process holds: settings, two pools, the way to wake a worker, counters, keys; no requests."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from services.api.attempts import Attempts
from services.api.failpoints import listener
from services.api.issuer import Issuer, issuer_of
from shared.access.sealed import Keys, keys_of
from shared.db.pool import Database, Reached
from shared.settings import Settings
from shared.webhooks.addresses import allowed_places


@dataclass(frozen=True, slots=True)
class State:
    """``valkey`` None: no wake-ups are sent, the dispatcher's poll finds the work."""

    settings: Settings
    database: Database
    respondents: Database
    valkey: redis.Redis | None
    attempts: Attempts
    keys: Keys
    issuer: Issuer | None
    """of the single sign-on; None: there is none"""
    reached: Reached | None = None
    """told the points of a request; only tests arm it"""


def open_state(settings: Settings) -> State:
    """Return the state of a process; connections are opened at their first use. SettingInvalid."""
    allowed_places(settings.webhook_hosts)  # a mistake in the list is told now, not to a methodist
    valkey = None
    if settings.valkey_url:
        valkey = redis.Redis.from_url(settings.valkey_url, socket_timeout=0.2, socket_connect_timeout=0.2)
    reached = listener(settings)
    return State(
        settings,
        Database(settings.need("database_url"), settings, name="api", reached=reached),
        Database(settings.need("respondent_database_url"), settings, name="respondent", reached=reached),
        valkey,
        Attempts(settings.valkey_url),
        keys_of(settings.secrets_key),
        issuer_of(settings),
        reached,
    )
