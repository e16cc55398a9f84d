"""Notes now and then that a token or a session was used, after the request and apart from it; knows no right."""

from __future__ import annotations

import structlog
from flask import Response, g

from services.api.request_scope import state
from shared.access import account_tokens, sessions
from shared.access.model import Actor
from shared.db.tenancy import enter
from shared.errors import Unavailable


def note_use(response: Response) -> Response:
    """Write the use of what this request came with, if it is due, also of a request that was refused.

    A request's own transaction would undo it with a refusal, and would hold the row as long as it lasts.
    """
    user: Actor | None = g.get("used_by")
    if user is not None:
        try:
            with state().database.transaction() as conn:
                enter(conn, user.tenant)
                if user.session_id is None:
                    account_tokens.note_use(conn, user)
                else:
                    sessions.note_use(conn, user)
        except Unavailable:
            structlog.get_logger().warning("use_not_noted")  # the next request will
    return response
