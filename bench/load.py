"""Drives HTTP requests over kept-alive connections from processes of its own; knows HTTP, no noun of ours.

One thread a process serves all its connections: a client costs little, but it costs, and on the same processors.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PROCESSES = 2
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Timed:
    """All answers of one load: seconds each took, with its status, and what the clients cost in processor seconds."""

    answers: tuple[tuple[int, float], ...]
    wall_seconds: float
    client_cpu_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.wall_seconds

    def count(self, status: int) -> int:
        """Return how many answers have this status."""
        return sum(1 for found, _ in self.answers if found == status)

    def quantile(self, share: float) -> float:
        """Return the latency in milliseconds below which this share of the answers lies."""
        ordered = sorted(seconds for _, seconds in self.answers)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def drive(address: tuple[str, int], scripts: Sequence[Sequence[bytes]]) -> Timed:
    """Send each script's requests one after the other on a connection of its own, all scripts at once."""
    context = multiprocessing.get_context("spawn")
    shares = [scripts[number::PROCESSES] for number in range(PROCESSES)]
    with context.Pool(PROCESSES) as pool:
        pool.map(time.sleep, [0.05] * PROCESSES, chunksize=1)
        begun = time.perf_counter()
        told = pool.starmap(_clients, [(address, share) for share in shares], chunksize=1)
        wall = time.perf_counter() - begun
    return Timed(tuple(answer for answers, _ in told for answer in answers), wall, sum(cpu for _, cpu in told))


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    script: Sequence[bytes]
    place: int = 0
    sent_at: float = 0.0
    received: bytes = b""

    def send_next(self) -> bool:
        """Send the next request; False when the script is over."""
        if self.place == len(self.script):
            return False
        self.received, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(self.script[self.place])
        self.place += 1
        return True

    def read(self) -> int | None:
        """Take what has come; the status once the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.received += part
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return None
        return int(head[9:12])


def _clients(address: tuple[str, int], scripts: Sequence[Sequence[bytes]]) -> tuple[list[tuple[int, float]], float]:
    begun = time.process_time()
    answers: list[tuple[int, float]] = []
    with selectors.DefaultSelector() as waiting:
        for script in scripts:
            plug = socket.create_connection(address, timeout=_PATIENCE)
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(plug, script)
            waiting.register(plug, selectors.EVENT_READ, connection)
            connection.send_next()
        while waiting.get_map():
            ready = waiting.select(_PATIENCE)
            if not ready:
                raise TimeoutError("no answer within 30 s")
            for key, _ in ready:
                _take(key.data, answers, waiting)
    return answers, time.process_time() - begun


def _take(connection: Any, answers: list[tuple[int, float]], waiting: selectors.BaseSelector) -> None:
    status = connection.read()
    if status is None:
        return
    answers.append((status, time.perf_counter() - connection.sent_at))
    if not connection.send_next():
        waiting.unregister(connection.socket)
        connection.socket.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])
