"""Entering by the single sign-on: away to the issuer, and back with a session; knows no OpenID beyond its two steps.

Between the steps the browser keeps what was begun in a cookie of its own, for this address alone and ten minutes: no
process has to remember anything, and another browser that is lured to the second step has nothing to show.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import structlog
from flask import Blueprint, Response, abort, after_this_request, g, make_response, redirect, request, url_for

from services.api.answer_headers import is_https
from services.api.attempts import Rule
from services.api.browser_names import browser_name
from services.api.client_address import client_address
from services.api.console import cookie
from services.api.console.targets import programme_asked
from services.api.issuer import BACK, Begun, Issuer, SignOnNotOurs
from services.api.request_scope import state
from shared.access import identities, logins
from shared.errors import Forbidden, NastavnikError

COOKIE = "nastavnik_sign_on"
PATH = "/enter/sso"
MINUTES = 10
SINGLE_SIGN_ON = "single_sign_on"
"""How a session came to be (`account_session.way`)."""
ATTEMPTS = Rule("sign_on_address", 200, 15 * 60, is_closed=False)
"""By address: each costs the issuer a request."""


class SignOnRefused(Forbidden):
    """The single sign-on did not let you in: try again there, or enter in another way."""

    code = "sign_on.refused"
    ru = "Единый вход вас не пропустил: попробуйте ещё раз или войдите другим способом."


def add_sign_on(blueprint: Blueprint) -> None:
    """Add both steps; without an issuer they are not found."""
    blueprint.add_url_rule(PATH, "sign_on", go, methods=["GET"])
    blueprint.add_url_rule(BACK, "signed_on", come_back, methods=["GET"])


def go() -> Response:
    """Send the person to the issuer. IssuerAway, IssuerBroken."""
    issuer = _issuer()
    with _noted():
        url, begun = issuer.begin()
    response = make_response(redirect(url, 303))
    programme = programme_asked(request.args.get("programme")) or "0"
    kept = f"{begun.state}.{begun.nonce}.{begun.verifier}.{programme}"
    response.set_cookie(COOKIE, kept, max_age=MINUTES * 60, httponly=True, samesite="Lax", secure=is_https(), path=PATH)
    return response


def come_back() -> Response:
    """Take what the issuer sends back; open a session, or say why not."""
    issuer = _issuer()
    after_this_request(_forget)
    with _noted():
        begun, programme = _kept()
        state().attempts.count(ATTEMPTS, client_address())
        entered = _entered(issuer, begun)
    response = make_response(redirect(url_for("console.entered", programme=programme), 303))
    cookie.keep(response, entered.secret)
    return response


@contextmanager
def _noted() -> Iterator[None]:
    """Say in the log why nobody came in; never who it was."""
    try:
        yield
    except NastavnikError as error:
        structlog.get_logger().warning("sign_on_refused", code=error.code, why=error.params.get("why", ""))
        raise


def _entered(issuer: Issuer, begun: Begun) -> logins.Entered:
    """Have the issuer vouch for the person, then find and let in who they are here."""
    if request.args.get("iss", issuer.name) != issuer.name:
        raise SignOnNotOurs
    code = request.args.get("code", "")
    if "error" in request.args or not code:
        raise SignOnRefused
    proved = issuer.finish(code, begun)
    with state().database.transaction() as conn:
        identities.spend(conn, begun.nonce)
        actor = identities.person(conn, **asdict(proved), request_id=g.request_id)
        browser = browser_name(request.user_agent.string)
        return logins.open_for(conn, actor, way=SINGLE_SIGN_ON, browser=browser)


def _kept() -> tuple[Begun, str | None]:
    """Return what this browser has begun and where it wanted to go. SignOnNotOurs when it is not what comes back."""
    parts = request.cookies.get(COOKIE, "").split(".")
    begun, shown = (text.encode("utf-8", "replace") for text in (parts[0], request.args.get("state", "")))
    if len(parts) != 4 or not begun or not hmac.compare_digest(begun, shown):
        raise SignOnNotOurs
    return Begun(*parts[:3]), programme_asked(parts[3])


def _forget(response: Response) -> Response:
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=is_https(), path=PATH)
    return response


def _issuer() -> Issuer:
    issuer = state().issuer
    if issuer is None:
        abort(404)
    return issuer
