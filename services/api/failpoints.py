"""Where a request may have this process end itself, to prove that nothing is lost; knows names, does no work.

Nobody listens unless the process is armed with `by_request`, which settings refuse in production.
"""

from __future__ import annotations

from flask import g, has_request_context, request

from shared.db.pool import Reached
from shared.failpoint import BY_REQUEST, failpoint
from shared.settings import Settings

HEADER = "X-Failpoint"


def listener(settings: Settings) -> Reached | None:
    """Return what the pools and the poke tell their points to, or None when the process is not armed."""
    return reached if settings.failpoint == BY_REQUEST else None


def reached(point: str) -> None:
    """End this process when the running request asks for it here; `statement` counts: after_statement_1, _2, ..

    Statements of the request's own transaction: what is noted after its commit is no part of the deed.
    """
    wanted = request.headers.get(HEADER, "") if has_request_context() else ""
    if not wanted:
        return
    if point == "after_commit":
        g.is_committed = True
    if point == "statement":
        if "is_committed" in g:
            return
        g.statements = g.get("statements", 0) + 1
        point = f"after_statement_{g.statements}"
    failpoint(point, wanted)
