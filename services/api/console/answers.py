"""What every page's answer carries: the chosen language, and refusals as pages; knows no page."""

from __future__ import annotations

from flask import Response, g, make_response, render_template, request

from services.api.answer_headers import is_https
from services.api.auth import COOKIE
from services.api.console.words import speaker
from services.api.language import COOKIE as LANGUAGE_COOKIE
from services.api.language import language
from shared.access.logins import LoginRefused
from shared.access.sessions import is_session

YEAR_SECONDS = 365 * 24 * 3600
_KEPT = ("Retry-After", "WWW-Authenticate", "Allow")


def finish(response: Response) -> Response:
    """Make an answer of the pages whole."""
    if response.mimetype == "application/problem+json":
        response = _as_page(response)
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language()
    if request.args.get("lang") in ("ru", "en"):
        response.set_cookie(
            LANGUAGE_COOKIE, language(), max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=is_https()
        )
    return response


def _as_page(problem: Response) -> Response:
    """Show the one answer that every error has to a person: the status and the words stay as they are."""
    content = problem.get_json()
    template = "enter.html" if problem.status_code == 401 else "refusal.html"
    page = make_response(
        render_template(
            template,
            title=content["title"],
            detail=content["detail"],
            status=problem.status_code,
            request_id=g.get("request_id", ""),
            alert=_alert(content),
            token_was_shown=_has_shown_token(),
            programme=(request.view_args or {}).get("programme_id"),
        ),
        problem.status_code,
    )
    for name in _KEPT:
        if name in problem.headers:
            page.headers[name] = problem.headers[name]
    for value in problem.headers.getlist("Set-Cookie"):
        page.headers.add("Set-Cookie", value)
    return page


def _alert(content: dict[str, str]) -> str:
    """Return what the page to enter by says on top: why somebody has to."""
    say = speaker(language())
    if content["code"] == LoginRefused.code:
        return content["detail"]
    if _has_shown_token():
        return say("token_refused")
    return say("session_over" if is_session(request.cookies.get(COOKIE, "")) else "enter_needed")


def _has_shown_token() -> bool:
    cookie = request.cookies.get(COOKIE, "")
    is_token = bool(cookie) and not is_session(cookie)
    return is_token or bool(request.args.get("token") or request.form.get("token"))
