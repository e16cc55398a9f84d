"""The page of a forgotten password: it answers the same, in about the same time, whether the login is anybody's.

The letter is asked for here and sent by a job, which alone ever holds the link's secret.
"""

from __future__ import annotations

import time

from flask import Blueprint, Response, g, make_response, render_template, request

from services.api.attempts import FORGOTTEN, FORGOTTEN_ADDRESS
from services.api.client_address import client_address
from services.api.console.own_forms import demand_own_site
from services.api.poke import poke
from services.api.request_scope import state
from shared.access import account_links, accounts, login_log
from shared.access.accounts import Found, login_key
from shared.db.pool import Conn
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.deliveries import actions as deliveries
from shared.deliveries.model import Channel

ANSWERED_AFTER_SECONDS = 0.3
"""More than writing a delivery takes: it is written for some logins and not for others."""


def add_forgotten(blueprint: Blueprint) -> None:
    """Add /forgot."""
    blueprint.add_url_rule("/forgot", "forgotten", show, methods=["GET"])
    blueprint.add_url_rule("/forgot", "forget_password", ask, methods=["POST"])


def show() -> Response:
    """The form."""
    return make_response(render_template("forgotten.html", is_done=False))


def ask() -> Response:
    """Ask for a letter where there is an account with a password and nobody asked just now."""
    began = time.monotonic()
    demand_own_site()
    login = request.form.get("login", "")
    state().attempts.count(FORGOTTEN_ADDRESS, client_address())
    state().attempts.count(FORGOTTEN, login_key(login) or login)
    with state().database.transaction() as conn:
        found = accounts.find(conn, login)
        if found is not None:
            _ask_letter(conn, found)
        login_log.record(conn, "password.forgotten", None if found is None else found.actor, request_id=g.request_id)
    poke()
    time.sleep(max(0.0, ANSWERED_AFTER_SECONDS - (time.monotonic() - began)))
    return make_response(render_template("forgotten.html", is_done=True))


def _ask_letter(conn: Conn, found: Found) -> None:
    """Ask for it; of administrators there is no municipality to send it in: their operator gives them a link."""
    tenant = found.actor.tenant
    if tenant.municipality_id == PLATFORM:
        return
    enter(conn, Tenant(tenant.municipality_id))  # a letter's job is the municipality's, whose ever the letter
    link_id = account_links.ask_reset(conn, found.actor)
    if link_id is not None:
        deliveries.create(
            conn,
            municipality_id=tenant.municipality_id,
            channel=Channel.MAIL,
            school_id=tenant.school_id,
            principal_id=found.actor.principal_id,
            account_link_id=link_id,
            traceparent=g.trace.header,
        )
