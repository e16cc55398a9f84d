"""The queue of the simulated world: it loses, doubles and mixes messages, and forgets everything when told.

Has the methods of `Wakeups`; stands for Valkey, which is not ours, and keeps none of its promises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

from redis.exceptions import ConnectionError as ValkeyAway

from shared.jobs.model import Wakeup
from tests.simulation.stepping import halt


class LossyQueue:
    """``named`` gives jobs names that are the same in every run of a seed, in the order they came to be."""

    def __init__(self, rng: Random, named: Callable[[UUID], str], *, loss: float, doubling: float) -> None:
        self._rng, self._named = rng, named
        self._loss, self._doubling = loss, doubling
        self._has_forgotten = True
        self.messages: list[UUID] = []
        self.is_away = False
        self.faults: dict[str, int] = {"dropped": 0, "duplicated": 0, "flushed": 0, "queue away": 0}

    def send(self, wakeups: Sequence[Wakeup]) -> None:
        """Take messages, or some of them twice or not at all; ValkeyAway before or after taking them."""
        halt("send")
        if self.is_away:
            raise ValkeyAway
        for wakeup in sorted(wakeups, key=lambda one: (self._named(one.job_run_id), one.run_no)):
            if self._rng.random() < self._loss:
                self.faults["dropped"] += 1
                continue
            self.messages.append(wakeup.job_run_id)
            if self._rng.random() < self._doubling:
                self.faults["duplicated"] += 1
                self.messages.append(wakeup.job_run_id)
        halt("sent")
        if self.is_away:
            raise ValkeyAway

    def take(self) -> UUID:
        """Return any message, not the oldest."""
        return self.messages.pop(self._rng.randrange(len(self.messages)))

    def waiting(self) -> set[UUID]:
        """Return the jobs that have a message."""
        if self.is_away:
            raise ValkeyAway
        return set(self.messages)

    def has_forgotten(self) -> bool:
        """Say whether everything was lost since `remember`."""
        if self.is_away:
            raise ValkeyAway
        return self._has_forgotten

    def remember(self) -> None:
        """Leave the mark."""
        if self.is_away:
            raise ValkeyAway
        self._has_forgotten = False

    def flush(self) -> None:
        """Forget everything."""
        self.messages.clear()
        self._has_forgotten = True
        self.faults["flushed"] += 1

    def become_reliable(self) -> None:
        """Lose nothing any more: the world comes to rest."""
        self._loss = self._doubling = 0.0
        self.is_away = False
