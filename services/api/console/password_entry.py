"""Entering by login and password, and a code where the account asks for one.

The cookie gets a session's secret, a new one each time. Knows no account's page.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from services.api.attempts import LOGIN, LOGIN_ADDRESS
from services.api.browser_names import browser_name
from services.api.client_address import client_address
from services.api.console import cookie
from services.api.console.own_forms import demand_own_site
from services.api.console.targets import programme_asked, target
from services.api.console.words import speaker
from services.api.language import language
from services.api.request_scope import state
from shared.access import logins
from shared.access.accounts import login_key
from shared.access.logins import Entered, LoginRefused


def add_password_entry(blueprint: Blueprint) -> None:
    """Add /enter/password and /enter/code."""
    blueprint.add_url_rule("/enter/password", "admit_by_password", admit_by_password, methods=["POST"])
    blueprint.add_url_rule("/enter/code", "enter_code", show_code, methods=["GET"])
    blueprint.add_url_rule("/enter/code", "admit_by_code", admit_by_code, methods=["POST"])


def admit_by_password() -> Response:
    """Open a session, or go on to the code. TooManyAttempts, LoginClosed, LoginRefused."""
    demand_own_site()
    login, password = request.form.get("login", ""), request.form.get("password", "")
    attempts = state().attempts
    attempts.count(LOGIN_ADDRESS, client_address())
    attempts.count(LOGIN, login_key(login) or login)
    with state().database.transaction() as conn:
        entered = logins.by_password(
            conn, login, password, browser=browser_name(request.user_agent.string), request_id=g.request_id
        )
    if entered is None:  # after the commit: the failure stays noted
        raise LoginRefused
    return admitted(entered, request.form.get("programme"))


def show_code() -> Response:
    """The form of the second step; without the first one, that of the first."""
    if not request.cookies.get(cookie.STEP_COOKIE):
        return redirect(url_for("console.enter"), 303)  # type: ignore[return-value]
    return _code_form(request.args.get("programme"))


def admit_by_code() -> Response:
    """Open the session. TooManyAttempts, LoginClosed, FactorLocked; NotAuthenticated when the first step ran out."""
    demand_own_site()
    state().attempts.count(LOGIN_ADDRESS, client_address())
    programme = request.form.get("programme")
    with state().database.transaction() as conn:
        entered = logins.by_code(
            conn,
            request.cookies.get(cookie.STEP_COOKIE, ""),
            request.form.get("code", ""),
            state().keys,
            browser=browser_name(request.user_agent.string),
            request_id=g.request_id,
        )
    if entered is None:
        return _code_form(programme, alert=speaker(language())("code_wrong"))
    return admitted(entered, programme)


def _code_form(programme: str | None, *, alert: str | None = None) -> Response:
    page = render_template("enter_code.html", programme=programme_asked(programme), alert=alert)
    return make_response(page, 401 if alert else 200)


def admitted(entered: Entered, programme: str | None) -> Response:
    """Return the way on: to the pages with a session, or to the second factor."""
    if entered.awaits_code:
        response = make_response(redirect(url_for("console.enter_code", programme=programme_asked(programme)), 303))
        cookie.keep_step(response, entered.secret)
        return response
    response = make_response(redirect(target(programme), 303))
    cookie.keep(response, entered.secret)
    return response
