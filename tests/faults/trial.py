"""One row of the matrix under way: who calls, what was hurt, and the verdict at the end."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import world
from tests.faults.caller import Caller
from tests.faults.history import EventSeen, Truth, check
from tests.faults.recorder import Recorder
from tests.faults.report import Ledger, Passage
from tests.faults.system import System, wait_until
from tests.faults.world import School


@dataclass(frozen=True, slots=True)
class Scale:
    """How long the tests are: short inside `make test`, long in `make faults`."""

    is_long: bool
    seed: int

    def of(self, short: int, long: int) -> int:
        """Return the number that this run takes."""
        return long if self.is_long else short


@dataclass(slots=True)
class Trial:
    """Made by the fixture `trial`; `of` names the row, `verify` judges and writes the line of the report."""

    scale: Scale
    ledger: Ledger
    recorder: Recorder
    rng: random.Random
    row: int = 0
    what: str = ""
    faults: Counter[str] = field(default_factory=Counter)
    schools: list[School] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    begun_at: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, scale: Scale, ledger: Ledger, folder: Path, name: str) -> Trial:
        return cls(scale, ledger, Recorder(folder / "history.jsonl"), random.Random(f"{scale.seed}:{name}"))

    def of(self, row: int, what: str) -> None:
        """Say which row of the matrix this is and what is done in it, in one phrase."""
        self.row, self.what = row, what

    def injected(self, fault: str, times: int = 1) -> None:
        """Count a fault that really happened: «SIGKILL of an API process»."""
        self.faults[fault] += times

    def plain(self, system: System, count: int = 1, *, municipality_id: int | None = None) -> list[School]:
        """Make schools without facts; see `world.plain`."""
        made = [
            world.plain(system, f"Р{self.row}-{self._unique()}", municipality_id=municipality_id) for _ in range(count)
        ]
        self.schools += made
        return made

    def ready(self, system: System, count: int = 1) -> list[School]:
        """Make schools that can advance and so demand jobs; see `world.ready`."""
        made = [world.ready(system, f"Р{self.row}-{self._unique()}") for _ in range(count)]
        self.schools += made
        return made

    def caller(self, system: System, token: str) -> Caller:
        """Return a recorded client; one thread's."""
        made = Caller(self.recorder, system.url, token)
        self.callers.append(made)
        return made

    def close(self) -> None:
        """Give all connections back: an API that is told to end waits for them."""
        for caller in self.callers:
            caller.close()

    @contextmanager
    def load(self, clients: Sequence[Callable[[threading.Event], None]]) -> Iterator[threading.Event]:
        """Run each client in a thread until the block ends; what one raised is raised here."""
        stop, errors = threading.Event(), []

        def one(client: Callable[[threading.Event], None]) -> None:
            try:
                client(stop)
            except BaseException as error:  # noqa: BLE001 - told below, by the test's own thread
                errors.append(error)

        threads = [threading.Thread(target=one, args=(client,), daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        try:
            yield stop
        except Exception:
            if errors:
                raise errors[0] from None
            raise
        finally:
            stop.set()
            for thread in threads:
                thread.join(150)
        assert not any(thread.is_alive() for thread in threads), "a client hangs"
        if errors:
            raise errors[0]

    @contextmanager
    def recovery(self) -> Iterator[None]:
        """Measure the block as the way back to work after a fault; written down, never judged."""
        begun = time.monotonic()
        yield
        self.recoveries.append(time.monotonic() - begun)

    def grows_by(self, calls: int) -> Callable[[], bool]:
        """Return a question for `wait_until`: whether so many more calls were recorded since now."""
        wanted = len(self.recorder.calls) + calls
        return lambda: len(self.recorder.calls) >= wanted

    def verify(self, system: System, *, seconds: float = 60.0) -> None:
        """Wait until all work is over, ask the invariants, check the history, write the line of the report."""
        assert self.row, "say `of` which row it is"
        assert self.faults, "no fault was injected"
        wait_until(system.is_quiet, "every job has ended", seconds=seconds)
        broken = system.broken(sorted({school.municipality_id for school in self.schools}))
        assert not broken, "\n".join(broken)
        calls = self.recorder.calls
        found = check(calls, self._truth(system))
        assert not found, "\n".join(map(str, found))
        took, slowest = time.monotonic() - self.begun_at, max(self.recoveries, default=None)
        passage = Passage(self.row, self.what, dict(self.faults), len(calls), took, slowest)
        self.ledger.add(passage)

    def _truth(self, system: System) -> Truth:
        programmes = [school.programme for school in self.schools]
        rows = system.rows(
            "SELECT programme_id, seq, trigger, dst FROM programme_event WHERE programme_id = ANY(%s)"
            " ORDER BY programme_id, seq",
            programmes,
        )
        events: dict[int, list[EventSeen]] = {programme: [] for programme in programmes}
        for row in rows:
            events[row["programme_id"]].append(EventSeen(row["seq"], row["trigger"], row["dst"]))
        return Truth(
            {programme: tuple(found) for programme, found in events.items()},
            frozenset(str(row["id"]) for row in system.rows("SELECT id FROM job_run")),
            {school.programme: school.version for school in self.schools},
        )

    def _unique(self) -> str:
        return f"{self.rng.getrandbits(48):012x}"
