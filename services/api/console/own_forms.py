"""Forms of the pages that change something: only ours are taken, only from somebody who saw the page; knows no form.

The login cookie alone reads pages. A form carries besides a mark that is made of the cookie and of the form's own
address: whoever cannot read our page cannot make it, and another form's does not fit.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import io
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.exceptions import RequestEntityTooLarge

from services.api.auth import COOKIE
from shared.errors import BadInput, Forbidden, NotAuthenticated

View = TypeVar("View", bound=Callable[..., Any])
FIELD = "mark"
MAX_BYTES = 64 * 1024
"""Of a whole form: its fields are taken apart before anybody is known, and each costs far more than its bytes."""
_PURPOSE = b"nastavnik form 1\0"


class FormNotOurs(Forbidden):
    """The form is not this page's, or its page was opened before you entered: open the page again."""

    code = "access.form"
    ru = "Форма не с этой страницы или страница открыта до входа: откройте страницу заново."


def take_whole_form() -> None:
    """Read the body of a request to a page before anything looks into it; 413 when no form of ours is as large."""
    request.max_content_length = MAX_BYTES
    try:
        request.get_data()
    except RequestEntityTooLarge:
        request.environ |= {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}  # the refusal asks for a field, too
        raise


def form_mark(action: str) -> str:
    """Return the mark of the form that is sent to the address ``action``; '' for somebody who has not entered."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return ""
    return hmac.new(token.encode(), _PURPOSE + action.encode(), hashlib.sha256).hexdigest()


def demand_own_site() -> None:
    """Refuse a form that another site has sent; browsers too old to say where it is from are let through."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    if site not in ("same-origin", "none") or (origin != "null" and urlsplit(origin).netloc != request.host):
        raise BadInput(why={"ru": "форма отправлена с другого сайта.", "en": "the form was sent from another site."})


def own_form(view: View) -> View:
    """Wrap a view that a form of ours is sent to, outside of `scoped`: then the cookie says who asks.

    Raises NotAuthenticated without the cookie, BadInput from another site, FormNotOurs for a wrong mark.
    """

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not request.cookies.get(COOKIE):
            raise NotAuthenticated
        demand_own_site()
        shown = request.form.get(FIELD, "").encode("utf-8", "replace")
        if not hmac.compare_digest(shown, form_mark(request.script_root + request.path).encode()):
            raise FormNotOurs
        g.is_own_form = True
        return view(*args, **kwargs)

    return wrapped  # type: ignore[return-value]
