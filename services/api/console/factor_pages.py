"""Pages of the second factor: turned on by a code, off by the password; recovery codes are shown once."""

from __future__ import annotations

import segno
from flask import Blueprint, Response, request

from services.api.attempts import CHECK
from services.api.console.account_pages import account_page, back, is_own_password, password_holder
from services.api.console.head import page
from services.api.console.own_forms import own_form
from services.api.console.words import speaker
from services.api.language import language
from services.api.request_scope import scope, scoped, state
from shared.access import audit, second_factor
from shared.access.second_factor import Offer


def add_factor_pages(blueprint: Blueprint) -> None:
    """Add the forms under /account/factor."""
    blueprint.add_url_rule("/account/factor", "offer_factor", offer, methods=["POST"])
    blueprint.add_url_rule("/account/factor/confirm", "confirm_factor", confirm, methods=["POST"])
    blueprint.add_url_rule("/account/factor/off", "turn_factor_off", turn_off, methods=["POST"])
    blueprint.add_url_rule("/account/factor/codes", "renew_codes", renew_codes, methods=["POST"])


@own_form
@scoped("account.own", keeps_secret=True)
def offer() -> Response:
    """Show a new secret, to somebody who knows the password; nothing is asked for before a code confirms it."""
    held, actor = password_holder(), scope().actor
    if not is_own_password(held, request.form.get("password", "")):
        return _wrong_password()
    made = second_factor.offer(scope().conn, actor.tenant, actor.principal_id, held.login, state().keys)
    return _offer_page(made)


@own_form
@scoped("account.own", keeps_secret=True)
def confirm() -> Response:
    """Turn it on by the first code and show the recovery codes."""
    held, actor, conn = password_holder(), scope().actor, scope().conn
    state().attempts.count(CHECK, str(actor.principal_id))
    offered = second_factor.offered(conn, actor.tenant, actor.principal_id, held.login, state().keys)
    if offered is None:
        return account_page(wrong=[speaker(language())("factor_offer_gone")])
    codes = second_factor.confirm(conn, actor.tenant, actor.principal_id, request.form.get("code", ""), state().keys)
    if codes is None:
        return _offer_page(offered, alert=speaker(language())("code_wrong"))
    audit.record(conn, actor, "factor.on", "principal", actor.principal_id)
    return page("recovery_codes.html", codes=codes, login=held.login)


@own_form
@scoped("account.own")
def turn_off() -> Response:
    """Turn it off, by the password."""
    held, actor = password_holder(), scope().actor
    if not is_own_password(held, request.form.get("password", "")):
        return _wrong_password()
    second_factor.turn_off(scope().conn, actor.principal_id)
    audit.record(scope().conn, actor, "factor.off", "principal", actor.principal_id)
    return back("said_factor_off")


@own_form
@scoped("account.own", keeps_secret=True)
def renew_codes() -> Response:
    """Put new recovery codes in the place of all old ones, by the password."""
    held, actor = password_holder(), scope().actor
    if not is_own_password(held, request.form.get("password", "")):
        return _wrong_password()
    if not held.has_factor:
        return back("said_factor_off")
    codes = second_factor.new_recovery_codes(scope().conn, actor.tenant, actor.principal_id)
    audit.record(scope().conn, actor, "factor.codes", "principal", actor.principal_id)
    return page("recovery_codes.html", codes=codes, login=held.login)


def _wrong_password() -> Response:
    return account_page(wrong=[speaker(language())("password_wrong")])


def _offer_page(made: Offer, *, alert: str | None = None) -> Response:
    picture = segno.make(made.uri, micro=False).svg_inline(scale=4)
    response = page("factor.html", offer=made, picture=picture, alert=alert)
    response.status_code = 422 if alert else 200
    return response
