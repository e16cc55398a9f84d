"""What row-level security and authentication cost a request: the same requests with and without, by turns.

In one process, without sockets: whatever a server adds would only make the shares smaller. Without row-level security
the API connects as a role that passes the policies; without authentication it is told who asks, and the connection
stands in that tenant already.
"""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import sqrt
from statistics import median
from unittest import mock

import psycopg
from flask import Flask
from psycopg import sql
from werkzeug.test import EnvironBuilder

from bench.schools import Programme, fill
from deploy.embedded.stack import DATABASE, Stack
from services.api import request_scope
from services.api.app import create_app
from services.api.state import State
from shared.access.model import Actor, Role
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant
from shared.settings import load_settings

BYPASSING = "nastavnik_bench"
WARM = 15
READS, MOVES = 300, 120
"""Rounds of each request; a round asks every way once."""
FULL, NO_RLS, NO_AUTH, NEITHER = "as it is", "no policies", "no authentication", "neither"
WAYS = (FULL, NO_RLS, NO_AUTH, NEITHER)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Time as it is over the time of another way, in the same round: median, and a 95 % interval of the median."""

    way: str
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cost:
    """One request. ``p50_ms`` by way."""

    request: str
    rounds: int
    p50_ms: dict[str, float]
    ratios: tuple[Ratio, ...]


def measure(stack: Stack, *, reads: int = READS, moves: int = MOVES) -> tuple[Cost, ...]:
    """Fill a database of its own kind and measure; nobody else may use the installation."""
    superuser = stack.postgres.dsn(DATABASE, "postgres")
    (district,) = fill(superuser, districts=1, ready=len(WAYS) * (moves + WARM), unready=0)
    passing = _bypassing(superuser)
    app = create_app(load_settings({**stack.env, "NASTAVNIK_LOG_LEVEL": "ERROR", "NASTAVNIK_POOL_SIZE": "1"}))
    asking = _Asking(app, passing, superuser, district.municipality_id)
    one, paths = district.ready[0], ("", "/goals")
    base = "/api/v1/programmes/{id}"
    costs = [asking.cost(f"GET {base}{path}", [one] * len(WAYS) * (reads + WARM), reads) for path in paths]
    costs.append(asking.cost(f"POST {base}/transitions", district.ready, moves))
    asking.close()
    return tuple(costs)


def _bypassing(superuser: str) -> str:
    """Make the role that passes the policies and may do what the API's may; return its address."""
    with psycopg.connect(superuser, autocommit=True) as conn:
        conn.execute("UPDATE token SET last_used_at = now()")  # written once an hour, so it is no request's price
        name, password = sql.Identifier(BYPASSING), uuid.uuid4().hex
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS PASSWORD {}").format(name, sql.Literal(password)))
        conn.execute(sql.SQL("GRANT nastavnik_api TO {} WITH INHERIT TRUE").format(name))
    return psycopg.conninfo.make_conninfo(superuser, user=BYPASSING, password=password)


class _Asking:
    """Sends requests in the four ways."""

    def __init__(self, app: Flask, passing: str, superuser: str, municipality_id: int) -> None:
        self._app, self._municipality_id = app, municipality_id
        state: State = app.extensions["nastavnik"]
        without = Database(passing, state.settings, name="bench")
        self._states = {
            FULL: state,
            NO_RLS: replace(state, database=without),
            NO_AUTH: replace(
                state, database=Database(state.settings.need("database_url"), state.settings, name="bench")
            ),
            NEITHER: replace(state, database=Database(passing, state.settings, name="bench")),
        }
        with psycopg.connect(superuser) as conn:
            rows = conn.execute("SELECT id, school_id FROM programme").fetchall()
        self._schools: dict[int, int] = dict(rows)

    def cost(self, request: str, programmes: Sequence[Programme], rounds: int) -> Cost:
        """Measure one request, each programme used once and in order."""
        times: dict[str, list[float]] = {way: [] for way in WAYS}
        left: Iterator[Programme] = iter(programmes)
        for number in range(WARM + rounds):
            for place in range(len(WAYS)):
                way = WAYS[(place + number) % len(WAYS)]
                seconds = self._once(way, request, next(left))
                if number >= WARM:
                    times[way].append(1000 * seconds)
        ratios = tuple(_ratio(way, times[FULL], times[way]) for way in WAYS[1:])
        return Cost(request, rounds, {way: median(found) for way, found in times.items()}, ratios)

    def close(self) -> None:
        """Close all connections."""
        for state in self._states.values():
            state.database.close()
            state.respondents.close()

    def _once(self, way: str, request: str, programme: Programme) -> float:
        method, path = request.format(id=programme.id).split(" ")
        environ = _environ(method, path, programme.token)
        tenant = Tenant(self._municipality_id, self._schools[programme.id])
        self._app.extensions["nastavnik"] = self._states[way]
        with self._knowing(way, tenant):
            began = time.perf_counter()
            status = _run(self._app, environ)
            seconds = time.perf_counter() - began
        if status != 200:
            raise RuntimeError(f"{way}: {request} was answered with {status}")
        return seconds

    @contextmanager
    def _knowing(self, way: str, tenant: Tenant) -> Iterator[None]:
        """Without authentication: have the connection stand in the tenant, and nobody looked up."""
        if way in (FULL, NO_RLS):
            yield
            return
        with self._states[way].database.transaction() as conn:
            told = (str(tenant.municipality_id), str(tenant.school_id))
            conn.execute(
                "SELECT set_config('app.municipality_id', %s, false), set_config('app.school_id', %s, false)", told
            )
        known = Actor(1, Role.CURATOR, tenant)

        def given(_conn: Conn, _link: str | None = None, *, now: str = "") -> Actor:
            return known

        with mock.patch.object(request_scope, "find_actor", given):
            yield


def _environ(method: str, path: str, token: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"}
    body = b""
    if method == "POST":
        headers |= {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"v1"', "Content-Type": "application/json"}
        body = b'{"trigger":"advance"}'
    return EnvironBuilder(path, method=method, headers=headers, input_stream=io.BytesIO(body)).get_environ() | {
        "CONTENT_LENGTH": str(len(body))
    }


def _run(app: Callable[..., object], environ: dict[str, object]) -> int:
    statuses: list[str] = []

    def begin(status: str, _headers: object, _error: object = None) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _: None

    for _ in app(environ, begin):  # type: ignore[attr-defined]
        pass
    return int(statuses[0][:3])


def _ratio(way: str, full: Sequence[float], other: Sequence[float]) -> Ratio:
    """The interval by order statistics: it supposes nothing about the times but that rounds are alike."""
    found = sorted(a / b for a, b in zip(full, other, strict=True))
    reach = round(0.98 * sqrt(len(found)))
    middle = len(found) // 2
    low, high = found[max(0, middle - reach)], found[min(len(found) - 1, middle + reach)]
    return Ratio(way, median(found), low, high)
