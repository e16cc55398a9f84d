"""Which pages there are; each reads what it shows by the same rights and in the same transaction as the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from services.api.answer_headers import SCRIPTED_POLICY
from services.api.auth import COOKIE
from services.api.console.account_pages import add_account_pages
from services.api.console.answers import finish
from services.api.console.consent_pages import add_consent_pages
from services.api.console.entry import add_entry
from services.api.console.erasure_pages import add_erasure_pages
from services.api.console.factor_pages import add_factor_pages
from services.api.console.forgotten import add_forgotten
from services.api.console.head import kept, link
from services.api.console.head import page as page_with_head
from services.api.console.job_pages import add_job_pages
from services.api.console.notice_pages import add_notice_pages
from services.api.console.own_forms import form_mark, take_whole_form
from services.api.console.page import load_page
from services.api.console.password_entry import add_password_entry
from services.api.console.password_links import add_password_links
from services.api.console.person import person_record
from services.api.console.sign_on import add_sign_on
from services.api.console.words import speaker
from services.api.language import language
from services.api.request_scope import scope, scoped, state
from shared.access import places
from shared.db.tenancy import PLATFORM
from shared.pack.deadlines import format_school_year
from shared.programme import store
from shared.programme.machine import Workflow
from shared.programme.packs import find_pack

PER_PAGE = 100
SCHOOLS = 5_000
"""More schools than one municipality has."""
SWAGGER = "swagger-ui-5.34.0"
PICO = "pico-2.1.1"
NOT_KEPT = ("lang", "token", "said")
"""Parts of an address that another language's address of the page leaves out."""


class PageAddress(BaseConverter):
    """Any address that is not the API's: there an unknown one is answered in JSON."""

    part_isolating = False
    regex = r"(?!api/).*?"


def console_blueprint() -> Blueprint:
    """Return all pages, their style and the API's documentation."""
    blueprint = Blueprint("console", __name__, template_folder="templates", static_folder="static")
    blueprint.record_once(_prepare)
    blueprint.context_processor(_context)
    blueprint.before_request(take_whole_form)
    blueprint.after_request(finish)
    add_entry(blueprint)
    add_password_entry(blueprint)
    add_password_links(blueprint)
    add_forgotten(blueprint)
    add_sign_on(blueprint)
    add_account_pages(blueprint)
    add_factor_pages(blueprint)
    add_job_pages(blueprint)
    add_notice_pages(blueprint)
    add_consent_pages(blueprint)
    add_erasure_pages(blueprint)
    blueprint.add_url_rule("/", "programmes", programmes, methods=["GET"])
    blueprint.add_url_rule("/programmes/<id:programme_id>", "programme", programme, methods=["GET"])
    blueprint.add_url_rule("/people/<id:person_id>/record", "person_record", person_record, methods=["GET"])
    blueprint.add_url_rule("/docs", "docs", docs, methods=["GET"])
    blueprint.add_url_rule("/<page:address>", "unknown", unknown, methods=["GET"])
    return blueprint


def programmes() -> Response:
    """The programmes the reader may see, or the form to enter by."""
    if not request.cookies.get(COOKIE) and not request.headers.get("Authorization"):
        return make_response(render_template("enter.html", programme=None))
    return _programmes()


@scoped("programmes.read")
def _programmes() -> Response:
    conn, lang = scope().conn, language()
    given = request.args.get("after", "0")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    found = store.page(conn, after=after, limit=PER_PAGE, school_id=None, school_year=None, stage=None)
    schools = {row["id"]: row["name"] for row in places.schools(conn, after=0, limit=SCHOOLS)}
    lines = [
        {
            "id": one.id,
            "school": schools[one.school_id],
            "year": format_school_year(one.school_year),
            "stage": Workflow(find_pack(conn, one.pack_code, one.pack_version)).state_name(one.stage).text(lang),
        }
        for one in sorted(found, key=lambda one: (-one.school_year, one.school_id))
    ]
    return page_with_head(
        "programmes.html",
        lines=lines,
        after=found[-1].id if len(found) == PER_PAGE else None,
        is_platform=scope().actor.tenant.municipality_id == PLATFORM,
    )


@scoped("programmes.read")
def programme(programme_id: int) -> Response:
    """One programme: where it is, what blocks it, what is left, what has happened."""
    return page_with_head("programme.html", page=load_page(scope().conn, scope().actor, programme_id, language()))


def docs() -> Response:
    """The API's documentation, from files of our own."""
    response = make_response(render_template("docs.html", swagger=SWAGGER))
    response.headers["Content-Security-Policy"] = SCRIPTED_POLICY
    return response


def unknown(address: str) -> Response:
    """No such page."""
    abort(404)


def _context() -> dict[str, Any]:
    lang = language()
    other = "en" if lang == "ru" else "ru"
    return {
        "lang": lang,
        "other_lang": other,
        "other_lang_url": f"{_own_path()}?{urlencode([*_asked(), ('lang', other)])}",
        "link": link,
        "kept": kept,
        "form_mark": form_mark,
        "say": speaker(lang),
        "pico": PICO,
        "has_entered": bool(request.cookies.get(COOKIE)),
        "issuer": state().issuer,
    }


def _own_path() -> str:
    """Return the page's path so that a browser stays here: after two slashes, or one and «\\», it looks for a host."""
    return f"/{quote(request.path.lstrip('/'))}"


def _asked() -> list[tuple[str, str]]:
    """Return what the address asks for beside the language, without what it says once or must not say again."""
    return [(name, value) for name, value in request.args.items() if name not in NOT_KEPT]


def _prepare(setup: BlueprintSetupState) -> None:
    setup.app.url_map.converters["page"] = PageAddress
