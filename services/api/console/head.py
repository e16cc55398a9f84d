"""What the head of a page offers its reader beside the programmes; asks inside the request's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from services.api.auth import MUNICIPALITY_FIELD
from services.api.request_scope import scope
from shared.access.rights import may
from shared.notices import reading


@dataclass(frozen=True, slots=True)
class Head:
    """Links of the head: what the reader may open, and how many notices are unread; None: gets none."""

    has_account: bool
    has_jobs: bool
    has_erasures: bool
    unseen: int | None


def page(template: str, **values: Any) -> Response:
    """Return a page of somebody who has entered, with its head."""
    actor = scope().actor
    unseen = reading.count_unseen(scope().conn, actor) if may(actor, "notices.read") else None
    head = Head(may(actor, "account.own"), may(actor, "jobs.read"), may(actor, "erasures.read"), unseen)
    return make_response(render_template(template, head=head, **values))


def link(endpoint: str, **values: Any) -> str:
    """Return the address of a page; an administrator stays in the municipality that the address names."""
    return url_for(f"console.{endpoint}", **{**kept(), **values})


def kept() -> dict[str, str]:
    """Return what the addresses and forms of a page carry on."""
    named = request.values.get(MUNICIPALITY_FIELD, "")
    return {MUNICIPALITY_FIELD: named} if named else {}
