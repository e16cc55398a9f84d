"""From a request to an actor: bearer token, the pages' cookie, or a personal link; knows no rights."""

from __future__ import annotations

from dataclasses import replace

from flask import g, request

from shared.access.model import Actor, Role
from shared.access.sessions import authenticate_session, is_session
from shared.access.tokens import authenticate, authenticate_link
from shared.db.pool import Conn
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.errors import BadInput, NotAuthenticated

COOKIE = "nastavnik_token"
"""Carries a session or an account's token, for the pages only: to read, and for forms that `own_forms` let in."""
MUNICIPALITY_HEADER = "X-Municipality"
MUNICIPALITY_FIELD = "municipality"
"""The same for pages: in their addresses and forms."""


def find_actor(conn: Conn, link: str | None = None, *, now: str = "") -> Actor:
    """Return who asks, with their tenant entered; an administrator may name the municipality to act in.

    Raises NotAuthenticated, or BadInput for a header that is no id.
    """
    if link is not None:
        actor = authenticate_link(conn, link)
        enter(conn, actor.tenant, now=now)
        return actor
    known = _known(conn, now)
    if known.is_use_due:
        g.used_by = known
    actor = _in_municipality(known)
    if actor.tenant != known.tenant:
        enter(conn, actor.tenant, now=now)
    return actor


def _known(conn: Conn, now: str) -> Actor:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return authenticate(conn, token.strip(), now=now)
    cookie = request.cookies.get(COOKIE)
    is_taken = request.method in ("GET", "HEAD") or g.get("is_own_form", False)
    if not cookie or not is_taken or request.headers.get("Authorization"):
        raise NotAuthenticated
    if is_session(cookie):
        return authenticate_session(conn, cookie, now=now)
    return authenticate(conn, cookie, now=now)


def _in_municipality(actor: Actor) -> Actor:
    if actor.role is not Role.ADMIN:
        return actor
    named = request.headers.get(MUNICIPALITY_HEADER)
    if named is None and not request.headers.get("Authorization"):
        named = request.values.get(MUNICIPALITY_FIELD)  # a page cannot send headers
    if named is None:
        return actor
    if not (named.isascii() and named.isdigit() and len(named) < 19 and int(named) > PLATFORM):
        raise BadInput(why={"ru": f"{MUNICIPALITY_HEADER} — номер", "en": f"{MUNICIPALITY_HEADER} is an id"})
    return replace(actor, tenant=Tenant(int(named)))
