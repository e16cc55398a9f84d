"""Wakes the dispatcher after a commit; a hint only: when it is lost, the poll finds the work."""

from __future__ import annotations

import contextlib

import redis

from services.api.request_scope import after_commit, state
from shared.jobs.kinds import POKE_CHANNEL


def poke_after_commit() -> None:
    """Publish the hint once the transaction is durable; a Valkey that is away costs the request nothing."""
    after_commit(poke)


def poke() -> None:
    """Publish the hint now: what it is about is durable."""
    client, reached = state().valkey, state().reached
    if reached is not None:
        reached("before_poke")
    if client is not None:
        with contextlib.suppress(redis.RedisError):
            client.publish(POKE_CHANNEL, "1")
