"""Notes once an hour that a token was used, after the request and apart from it; knows no right and no answer."""

from __future__ import annotations

import structlog
from flask import Response, g

from services.api.request_scope import state
from shared.access import account_tokens
from shared.access.model import Actor
from shared.db.tenancy import enter
from shared.errors import Unavailable


def note_token_use(response: Response) -> Response:
    """Write the use of the token that this request came with, if it is due, also of a request that was refused.

    A request's own transaction would undo it with a refusal, and would hold the token's row as long as it lasts.
    """
    user: Actor | None = g.get("used_token")
    if user is not None:
        try:
            with state().database.transaction() as conn:
                enter(conn, user.tenant)
                account_tokens.note_use(conn, user)
        except Unavailable:
            structlog.get_logger().warning("token_use_not_noted")  # the next request will
    return response
