"""The only thing RQ can run here: our wrapper with one job id. Whatever else a message holds is refused.

RQ imports and calls any function that a message names, and its hash may name callbacks, web hooks, repeats.
Here the function's name is compared, never imported; of the hash only what RQ needs for its books is read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from rq.job import Job

FUNCTION = "services.worker.wrapper.run"
_READ = frozenset(
    b"data status origin created_at enqueued_at started_at ended_at last_heartbeat worker_name timeout "
    b"result_ttl failure_ttl".split()
)
_LARGEST_DATA = 1000
_UNREADABLE = b"unreadable"


class ForeignJobError(RuntimeError):
    """A message asks for something that is not ours; it is not executed."""


class GuardedJob(Job):
    """A job that runs our wrapper with one id, or nothing. ``runner`` is set by our worker."""

    runner: Callable[[UUID], None] | None = None

    def restore(self, raw_data: Mapping[bytes, bytes]) -> Any:
        """Read the hash without what could act: callbacks, web hooks, retries, repeats, dependencies."""
        kept = {key: value for key, value in raw_data.items() if key in _READ}
        if len(kept.get(b"data", b"")) > _LARGEST_DATA:
            kept[b"data"] = _UNREADABLE
        try:
            super().restore(kept)
        except (ValueError, TypeError, KeyError, OverflowError, zlib.error):
            self.data = _UNREADABLE

    def job_run_id(self) -> UUID:
        """Return the one argument; ForeignJobError for anything that is not exactly a call of ours."""
        try:
            function, instance, args, kwargs = json.loads(self.data.decode())
            (only,) = args
            wanted = UUID(only)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ForeignJobError("not a message of ours") from error
        if function != FUNCTION or instance is not None or kwargs:
            raise ForeignJobError("another function than ours")
        return wanted

    @property
    def func(self) -> Any:
        """Never import what a message names."""
        raise ForeignJobError("functions are not taken from messages")

    def _execute(self) -> None:
        if self.runner is None:
            raise ForeignJobError("no worker of ours")
        self.runner(self.job_run_id())

    def send_webhooks(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing anywhere."""
