"""Entering and leaving: a token pasted or followed as a link becomes a cookie that reads pages, nothing more."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from services.api.answer_headers import is_https
from services.api.auth import COOKIE
from services.api.console.own_forms import demand_own_site
from services.api.request_scope import state
from shared.access.tokens import authenticate


def add_entry(blueprint: Blueprint) -> None:
    """Add /enter, /entered and /leave."""
    blueprint.add_url_rule("/enter", "enter", show, methods=["GET"])
    blueprint.add_url_rule("/enter", "admit", admit, methods=["POST"])
    blueprint.add_url_rule("/entered", "entered", entered, methods=["GET"])
    blueprint.add_url_rule("/leave", "leave", leave, methods=["POST"])


def show() -> Response:
    """The form; with ``?token=``, the same token as a link, which leaves the address bar at once."""
    token = request.args.get("token")
    if token is not None:
        return _admitted(token, "console.entered")
    return make_response(render_template("enter.html", programme=_programme(request.args.get("programme"))))


def admit() -> Response:
    """Take the pasted token."""
    demand_own_site()
    return _admitted(request.form.get("token", ""), None)


def entered() -> Response:
    """Go on by a step of our own: a cookie set on the way from another site is not sent along that way."""
    return make_response(render_template("entered.html", target=_target(request.args.get("programme"))))


def leave() -> Response:
    """Forget the token."""
    demand_own_site()
    response = make_response(redirect(url_for("console.enter"), 303))
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", secure=is_https())
    return response


def _admitted(token: str, endpoint: str | None) -> Response:
    """Check the token and keep it in the cookie; NotAuthenticated for one that is not usable."""
    token = token.strip()
    with state().database.transaction() as conn:
        authenticate(conn, token)
    programme = request.values.get("programme")
    target = _target(programme) if endpoint is None else url_for(endpoint, programme=_programme(programme))
    response = make_response(redirect(target, 303))
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=is_https())
    return response


def _programme(text: str | None) -> str | None:
    is_id = text is not None and text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0
    return text if is_id else None


def _target(text: str | None) -> str:
    """Return where to go after entering: our own address only, whatever was asked."""
    programme = _programme(text)
    if programme is None:
        return url_for("console.programmes")
    return url_for("console.programme", programme_id=int(programme))
