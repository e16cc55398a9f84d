"""Which addresses of the API a reader may open; asks the routes themselves, so it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from flask import current_app
from werkzeug.exceptions import HTTPException

from shared.access.model import Actor
from shared.access.rights import may


def openable_by(actor: Actor) -> Callable[[str], bool]:
    """Return whether the actor may GET a path; an address that leads nowhere is nobody's."""
    adapter = current_app.url_map.bind("")

    @cache
    def openable(path: str) -> bool:
        try:
            endpoint, _ = adapter.match(path, method="GET")
        except HTTPException:
            return False
        right = getattr(current_app.view_functions[endpoint], "right", None)
        return may(actor, right or "")

    return openable
