"""Entering and leaving: a token pasted or followed as a link becomes a cookie that reads pages, nothing more."""

from __future__ import annotations

import contextlib

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from services.api.auth import COOKIE
from services.api.console import cookie
from services.api.console.own_forms import demand_own_site
from services.api.console.targets import programme_asked, target
from services.api.request_scope import state
from shared.access import logins
from shared.access.tokens import authenticate
from shared.errors import NotAuthenticated


def add_entry(blueprint: Blueprint) -> None:
    """Add /enter, /entered and /leave."""
    blueprint.add_url_rule("/enter", "enter", show, methods=["GET"])
    blueprint.add_url_rule("/enter", "admit", admit, methods=["POST"])
    blueprint.add_url_rule("/entered", "entered", entered, methods=["GET"])
    blueprint.add_url_rule("/leave", "leave", leave, methods=["POST"])


def show() -> Response:
    """The forms; with ``?token=``, the same token as a link, which leaves the address bar at once."""
    token = request.args.get("token")
    if token is not None:
        return _admitted(token, "console.entered")
    said = "password_set" if request.args.get("said") == "password_set" else None
    programme = programme_asked(request.args.get("programme"))
    return make_response(render_template("enter.html", programme=programme, said=said))


def admit() -> Response:
    """Take the pasted token."""
    demand_own_site()
    return _admitted(request.form.get("token", ""), None)


def entered() -> Response:
    """Go on by a step of our own: a cookie set on the way from another site is not sent along that way."""
    return make_response(render_template("entered.html", target=target(request.args.get("programme"))))


def leave() -> Response:
    """Forget the token, end the session."""
    demand_own_site()
    with contextlib.suppress(NotAuthenticated), state().database.transaction() as conn:
        logins.leave(conn, request.cookies.get(COOKIE, ""), request_id=g.request_id)
    response = make_response(redirect(url_for("console.enter"), 303))
    cookie.forget(response)
    return response


def _admitted(token: str, endpoint: str | None) -> Response:
    """Check the token and keep it in the cookie; NotAuthenticated for one that is not usable."""
    token = token.strip()
    with state().database.transaction() as conn:
        authenticate(conn, token)
    programme = request.values.get("programme")
    where = target(programme) if endpoint is None else url_for(endpoint, programme=programme_asked(programme))
    response = make_response(redirect(where, 303))
    cookie.keep(response, token)
    return response
