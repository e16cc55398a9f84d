"""One request, one transaction: who asks, for which tenant, whether it was answered before.

Every route is wrapped by `scoped`, which declares the right it needs; a test fails for a route without one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg
import structlog
from flask import Response, current_app, g, make_response, request

from services.api import database_errors
from services.api.auth import find_actor
from services.api.errors import problem
from services.api.state import State
from shared.access import idempotency
from shared.access.idempotency import Attempt, StoredAnswer
from shared.access.model import Actor
from shared.access.rights import demand
from shared.clock import fixed_now
from shared.db.pool import Conn, begin_again
from shared.db.tenancy import enter
from shared.errors import BadInput, Refused, VersionMismatch

View = TypeVar("View", bound=Callable[..., Any])
KEPT_HEADERS = ("Content-Type", "Content-Language", "ETag", "Location")


@dataclass(slots=True)
class Scope:
    """What a view works with; ``conn`` is inside the request's transaction and tenant."""

    conn: Conn
    actor: Actor


def state() -> State:
    """Return the process's settings and connections."""
    found: State = current_app.extensions["nastavnik"]
    return found


def scope() -> Scope:
    """Return the running request's scope."""
    found: Scope = g.scope
    return found


def after_commit(action: Callable[[], None]) -> None:
    """Have ``action`` run once the transaction is durable; it must not fail the request."""
    g.after_commit.append(action)


def scoped(right: str, *, by_link: bool = False, keeps_secret: bool = False) -> Callable[[View], View]:
    """Wrap a view: authenticate, demand ``right``, open the transaction, replay or keep the answer.

    ``by_link``: the actor is the holder of the personal link in the path and the respondent role is used.
    ``keeps_secret``: the answer shows a secret once, so only a tombstone of it is stored.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> Response:
            g.after_commit = []
            database = state().respondents if by_link else state().database
            with database.transaction() as conn:
                actor = find_actor(conn, kwargs.pop("link", None) if by_link else None, now=_now())
                actor = replace(actor, request_id=g.get("request_id", ""), traceparent=g.trace.header)
                structlog.contextvars.bind_contextvars(municipality=actor.tenant.municipality_id)
                demand(actor, right)
                g.scope = Scope(conn, actor)
                response = _answered(conn, actor, functools.partial(view, *args, **kwargs), keeps_secret)
            for action in g.after_commit:
                action()
            return response

        wrapped.right = right  # type: ignore[attr-defined]
        documented = {**getattr(view, "_apidoc", {}), "right": right}
        wrapped._apidoc = documented  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
        return wrapped  # type: ignore[return-value]

    return wrap


def _answered(conn: Conn, actor: Actor, view: Callable[[], Any], keeps_secret: bool) -> Response:
    attempt = _attempt(actor)
    if attempt is None:
        return _translated(view)
    stored = idempotency.begin(conn, attempt, hours=state().settings.idempotency_hours)
    if stored is not None:
        return _replayed(stored)
    try:
        response = _translated(view)
    except (Refused, VersionMismatch) as error:
        g.after_commit.clear()
        response = problem(error)
        stored = _undone(conn, attempt)
        if stored is not None:
            return _replayed(stored)
    if response.status_code < 300 or response.status_code in (409, 412):
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        body = None if keeps_secret and response.status_code < 300 else response.get_data()
        idempotency.store(conn, attempt, StoredAnswer(response.status_code, kept, body))
    return response


def _undone(conn: Conn, attempt: Attempt) -> StoredAnswer | None:
    """Leave nothing of a refused request but its answer; another request may have answered under the key meanwhile.

    A savepoint instead would cost every request that is not refused two round trips.
    """
    begin_again(conn)
    enter(conn, attempt.actor.tenant, now=_now())
    return idempotency.begin(conn, attempt, hours=state().settings.idempotency_hours)


def _now() -> str:
    return fixed_now(state().settings.clock_file)


def _translated(view: Callable[[], Any]) -> Response:
    try:
        return make_response(view())
    except psycopg.Error as error:
        known = database_errors.translate(error)
        if known is None:
            raise
        raise known from None


def _attempt(actor: Actor) -> Attempt | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return None
    if not 1 <= len(key) <= 200 or not key.isprintable() or not key.isascii():
        raise BadInput(
            why={
                "ru": "Idempotency-Key — от 1 до 200 знаков ASCII",
                "en": "Idempotency-Key is 1 to 200 ASCII characters",
            }
        )
    digest = idempotency.request_hash(request.query_string, request.get_data(), request.headers.get("If-Match", ""))
    path = request.path if actor.purpose == "" else request.path.rsplit("/", 1)[0]
    return Attempt(actor, request.method, path, key, digest)


def _replayed(stored: StoredAnswer) -> Response:
    body = stored.body
    if body is None:
        raise SecretNotKept
    response = Response(body, status=stored.status)
    for name, value in stored.headers.items():
        response.headers[name] = value
    response.headers["Idempotent-Replayed"] = "true"
    return response


class SecretNotKept(Refused):
    """This request was carried out; its answer is not kept: a secret is rotated to get a new one, data were erased."""

    code = "idempotency.secret_not_kept"
    ru = "Запрос уже выполнен, но его ответ не хранится: секрет можно заменить, а уничтоженных данных больше нет."
