"""Threads of which one moves at a time, by turns that a seeded scheduler gives; knows no jobs and no requests.

An actor is ordinary code in a thread. It halts before each statement and after each commit, until the scheduler
lets it go on, kills it or takes its connection away. A statement that waits for a lock of another actor gives the
turn back, so that nothing can hang: PostgreSQL itself is asked who waits for whom.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.connections import Stepped

_TURN_SECONDS = 120.0
_current = threading.local()


class Order(StrEnum):
    """What happens to an actor when its turn comes."""

    GO = "go"
    KILL = "kill"
    LOSE = "lose"
    """its connection is lost, the process lives"""
    END = "end"
    """the run is over"""


class Killed(BaseException):
    """The process of this actor was killed; its connections are gone and so is what they had not committed.

    No Exception: code that catches errors must not see it.
    """


class Actor:
    """One thread. ``weight``: how often it gets a turn beside the others."""

    def __init__(self, name: str, body: Callable[[], None], *, weight: int = 10, is_endless: bool = False) -> None:
        self.name, self.weight, self.is_endless = name, weight, is_endless
        self.place = ""
        self.is_over = self.is_dead = False
        self.waits_at: Stepped | None = None
        """the connection whose statement waits for a lock"""
        self.held: list[Stepped] = []
        self.error: BaseException | None = None
        self._until: Callable[[], bool] | None = None
        self._order = Order.GO
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._body = body
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def may_go(self) -> bool:
        """Say whether a turn would lead anywhere."""
        return not self.is_over and self.waits_at is None and (self._until is None or self._until())

    def step(self, order: Order = Order.GO) -> None:
        """Give the turn to the actor and get it back when it halts, waits for a lock or is over."""
        self._order = order
        self._turn.release()
        if not self._back.acquire(timeout=_TURN_SECONDS):
            raise AssertionError(f"{self.name} does not halt; it was last seen at {self.place}")

    def halt(self, place: str, *, until: Callable[[], bool] | None = None) -> Order:
        """Give the turn back (called by the actor); return GO or LOSE, raise Killed."""
        if self.is_dead:
            raise Killed
        self.place, self._until = place, until
        self._back.release()
        self._turn.acquire()
        self._until = None
        if self._order in (Order.KILL, Order.END):
            self.is_dead = True
            for connection in list(self.held):
                connection.vanish()
            self.held.clear()
            raise Killed
        return self._order

    def revive(self) -> None:
        """Go on as a new process after Killed; raises it again when the run is over."""
        if self._order is Order.END:
            raise Killed
        self.is_dead = False

    def _run(self) -> None:
        _current.actor = self
        self._turn.acquire()
        try:
            if self._order is not Order.END:
                self._body()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - reported by the scheduler
            self.error = error
        self.is_over = True
        self._back.release()

    def join(self) -> None:
        """Wait for the thread of an actor that is over."""
        self._thread.join(_TURN_SECONDS)


def current() -> Actor | None:
    """Return the actor whose thread this is, if it is one."""
    found: Actor | None = getattr(_current, "actor", None)
    return found


def halt(place: str, **more: Any) -> Order:
    """Halt the actor whose thread this is; elsewhere do nothing."""
    actor = current()
    return Order.GO if actor is None else actor.halt(place, **more)
