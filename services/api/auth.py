"""From a request to an actor: bearer token, the pages' cookie, or a personal link; knows no rights."""

from __future__ import annotations

from dataclasses import replace

from flask import request

from shared.access.model import Actor, Role
from shared.access.tokens import authenticate, authenticate_link
from shared.db.pool import Conn
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.errors import BadInput, NotAuthenticated

COOKIE = "nastavnik_token"
"""Carries an account's token for the pages only; it is never taken on a request that changes anything."""
MUNICIPALITY_HEADER = "X-Municipality"


def find_actor(conn: Conn, link: str | None = None, *, now: str = "") -> Actor:
    """Return who asks, with their tenant entered; an administrator may name the municipality to act in.

    Raises NotAuthenticated, or BadInput for a header that is no id.
    """
    if link is not None:
        actor = authenticate_link(conn, link)
        enter(conn, actor.tenant, now=now)
        return actor
    known = authenticate(conn, _token(), now=now)
    actor = _in_municipality(known)
    if actor.tenant != known.tenant:
        enter(conn, actor.tenant, now=now)
    return actor


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token.strip()
    cookie = request.cookies.get(COOKIE)
    if cookie and request.method in ("GET", "HEAD") and not request.headers.get("Authorization"):
        return cookie
    raise NotAuthenticated


def _in_municipality(actor: Actor) -> Actor:
    named = request.headers.get(MUNICIPALITY_HEADER)
    if named is None or actor.role is not Role.ADMIN:
        return actor
    if not (named.isascii() and named.isdigit() and len(named) < 19 and int(named) > PLATFORM):
        raise BadInput(why={"ru": f"{MUNICIPALITY_HEADER} — номер", "en": f"{MUNICIPALITY_HEADER} is an id"})
    return replace(actor, tenant=Tenant(int(named)))
