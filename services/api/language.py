"""In which language a request is answered: Russian first, English when asked for."""

from __future__ import annotations

from flask import has_request_context, request

from shared.errors import Lang

COOKIE = "nastavnik_lang"


def language() -> Lang:
    """Return 'ru' or 'en' by the page's switch, then Accept-Language, then Russian."""
    if not has_request_context():
        return "ru"
    chosen = request.args.get("lang") or request.cookies.get(COOKIE)
    if chosen in ("ru", "en"):
        return "ru" if chosen == "ru" else "en"
    return "en" if request.accept_languages.best_match(["ru", "en"], default="ru") == "en" else "ru"
