"""Whatever is asked of an operation that writes: no server error, a documented answer, nothing left when refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from tests.contract.conftest import Ground
from tests.contract.exposed import exchange, load
from tests.contract.world import table_of

SCHEMA = load().exclude(method="GET")
KEPT = ("idempotency",)
"""Tables a refused request may write: the stored answer itself."""
FEW = 100
"""Of fewer operations, as after -k, nothing is expected together."""


NOTED = {"token": "(to_jsonb(t) - 'last_used_at')::text"}
"""Table -> its rows without what is noted now and then of a refused request, too."""


class Witness:
    """Sees the database from outside the application."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        sums = [
            sql.SQL("SELECT {}, count(*), sum(hashtextextended({}, 0)) FROM {} t").format(
                sql.Literal(name), sql.SQL(NOTED.get(name, "t::text")), sql.Identifier(name)
            )
            for (name,) in tables
            if name not in KEPT
        ]
        self._query = sql.SQL(" UNION ALL ").join(sums)
        self._last: list[Any] | None = None
        self._refusals = 0

    def see(self, status: int) -> None:
        """Take note of an answer; AssertionError where refusals since the last success have left something.

        Looking costs more than a request, so it is done at the first refusal after a success and at every 16th.
        """
        if status < 400:
            self._last = None
        elif self._last is None:
            self._last, self._refusals = self._fingerprint(), 0
        else:
            self._refusals += 1
            if self._refusals % 16 == 0:
                self.compare()

    def compare(self) -> None:
        """AssertionError where refusals since the last success have left something."""
        if self._last is not None:
            assert self._fingerprint() == self._last, "a refusal left something"

    def _fingerprint(self) -> list[Any]:
        """Return count and hash of every table."""
        return self.conn.execute(self._query).fetchall()

    def version(self, parameter: str, value: Any) -> int | None:
        """Return the version of the row that a path parameter names."""
        if not isinstance(value, int) or not 0 < value < 2**63:
            return None
        query = sql.SQL("SELECT version FROM {} WHERE id = %s").format(sql.Identifier(table_of(parameter)))
        row = self.conn.execute(query, (value,)).fetchone()
        return None if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class Reach:
    """The operations that were tried, and those that were carried out at least once."""

    tried: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def reach() -> Iterator[Reach]:
    """Refusals alone would show little: most operations must have been carried out."""
    found = Reach()
    yield found
    if len(found.tried) > FEW:
        assert len(found.done) > 0.8 * len(found.tried), sorted(found.tried - found.done)


@pytest.fixture
def witness(ground: Ground) -> Iterator[Witness]:
    with psycopg.connect(ground.dsn, autocommit=True) as conn:
        seeing = Witness(conn)
        yield seeing
        seeing.compare()


@SCHEMA.parametrize()  # type: ignore[untyped-decorator]
@settings(suppress_health_check=list(HealthCheck))  # one world an operation is what we want
def test_writing_answers_as_documented_and_a_refusal_leaves_nothing(
    case: Any, ground: Ground, witness: Witness, reach: Reach
) -> None:
    reach.tried.add(case.operation.label)
    response = exchange(case, ground.world, witness.version)
    if response is not None:
        witness.see(response.status_code)
        if response.status_code < 400:
            reach.done.add(case.operation.label)
