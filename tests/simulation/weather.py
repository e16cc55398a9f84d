"""What befalls a seed: kills, lost connections, a queue that forgets, time that passes; each seed has its own mix.

Time passes only here: leases and waits are set so long that they never end by themselves.
"""

from __future__ import annotations

from random import Random

from shared.db.pool import Conn
from tests.simulation.queue import LossyQueue
from tests.simulation.stepping import Order

_LAPSE = """
UPDATE job_run SET lease_until = clock_timestamp() - interval '1 s' WHERE id IN (
    SELECT id FROM job_run WHERE municipality_id = %s AND status = 'running' FOR NO KEY UPDATE SKIP LOCKED)
"""
_BECOME_DUE = """
UPDATE job_run SET next_at = clock_timestamp() - interval '1 s' WHERE id IN (
    SELECT id FROM job_run WHERE municipality_id = %s AND status = 'queued' AND next_at > clock_timestamp()
    FOR NO KEY UPDATE SKIP LOCKED)
"""
_SEND_NOW = """
UPDATE outbox SET not_before = clock_timestamp() - interval '1 s' WHERE id IN (
    SELECT id FROM outbox WHERE municipality_id = %s AND sent_at IS NULL AND not_before > clock_timestamp()
    FOR NO KEY UPDATE SKIP LOCKED)
"""


class Weather:
    """``faults`` counts what was done."""

    kills = (0.006, 0.02)
    """Between which rates a seed kills, a step."""

    def __init__(self, observer: Conn, municipality_id: int, rng: Random) -> None:
        self._observer, self._municipality_id, self._rng = observer, municipality_id, rng
        self.faults = {"killed": 0, "connection lost": 0, "lease lapsed": 0}
        self._kill, self._lose = self._mix(*self.kills), self._mix(0.004, 0.012)
        self._lapse, self._flush, self._outage = self._mix(0.01, 0.05), self._mix(0.002, 0.01), self._mix(0.002, 0.01)
        self._loss, self._doubling = self._mix(0.1, 0.4), self._mix(0.1, 0.5)

    def queue_rates(self) -> dict[str, float]:
        """Return how often the queue loses and doubles a message."""
        return {"loss": self._loss, "doubling": self._doubling}

    def order(self, *, is_doomed: bool) -> Order:
        """Return what befalls the actor whose turn it is; a doomed one was killed by its parent."""
        chance = self._rng.random()
        if is_doomed or chance < self._kill:
            self.faults["killed"] += 1
            return Order.KILL
        if chance < self._kill + self._lose:
            self.faults["connection lost"] += 1
            return Order.LOSE
        return Order.GO

    def kills_waiting(self) -> bool:
        """Say whether somebody who waits for a lock is killed now."""
        return self._counted("killed", self._kill)

    def blow(self, queue: LossyQueue) -> list[str]:
        """Let time pass and the queue suffer; return what happened."""
        happened = []
        if self._counted("lease lapsed", self._lapse):
            happened.append("time: leases lapse")
            self.lapse()
        if self._rng.random() < 0.03:
            happened.append("time: waits end")
            self.end_waits()
        if self._rng.random() < self._flush:
            happened.append("queue: flushed")
            queue.flush()
        if self._rng.random() < (0.1 if queue.is_away else self._outage):
            queue.is_away = not queue.is_away
            queue.faults["queue away"] += queue.is_away
            happened.append(f"queue: {'away' if queue.is_away else 'back'}")
        return happened

    def lapse(self) -> None:
        """Let the leases of running jobs be over, but for rows somebody has locked."""
        self._observer.execute(_LAPSE, (self._municipality_id,))

    def end_waits(self) -> None:
        """Let every backoff be over."""
        self._observer.execute(_BECOME_DUE, (self._municipality_id,))
        self._observer.execute(_SEND_NOW, (self._municipality_id,))

    def is_at_rest(self) -> bool:
        """Say whether no job is open and nothing waits to be sent."""
        row = self._observer.execute(
            "SELECT EXISTS (SELECT FROM job_run WHERE municipality_id = %(m)s AND status IN ('queued', 'running'))"
            " OR EXISTS (SELECT FROM outbox WHERE municipality_id = %(m)s AND sent_at IS NULL) AS is_busy",
            {"m": self._municipality_id},
        ).fetchone()
        return row is not None and not row["is_busy"]

    def _mix(self, middle: float, most: float) -> float:
        return self._rng.choice((0.0, middle, most))

    def _counted(self, fault: str, rate: float) -> bool:
        is_so = self._rng.random() < rate
        self.faults[fault] += is_so
        return is_so
