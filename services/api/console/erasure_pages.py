"""Pages of erasures: what waits, what was done, and the act with the log's extract as papers; decides nothing.

The papers are the school's own, so they are in Russian whatever language the page is read in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from services.api.console.head import page
from services.api.console.words import day_text, speaker
from services.api.language import language
from services.api.request_scope import scope, scoped
from services.api.resources.erasures import READ, read_act
from shared.access.reading import local_times, principal_names
from shared.access.rights import may
from shared.errors import Lang
from shared.privacy import acts, erasures
from shared.privacy.erasures import DUE_DAYS, GRACE_DAYS, Erasure
from shared.roster.names import Base, find_names

MOST = 500
"""A school's page shows so many of each kind, the latest."""
GROUPS: Mapping[str, str] = MappingProxyType(
    {"waiting": "erasures_waiting", "done": "erasures_done", "cancelled": "erasures_cancelled"}
)
"""Status -> the word that stands over its group."""
CODES: Mapping[str, str] = MappingProxyType(
    {
        "withdrawn": "erasure_withdrawn",
        "request": "erasure_request",
        "retention": "erasure_retention",
        "consented": "erasure_consented",
        "undone": "erasure_undone",
        "in_use": "erasure_in_use",
        "by_hand": "erasure_by_hand",
    }
)
"""Reason, and why one was cancelled -> its word."""


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """One erasure in words. ``person_id``: of somebody who is still there, None for a stone."""

    id: int
    who: str
    person_id: int | None
    facts: str
    why: str
    has_act: bool


def add_erasure_pages(blueprint: Blueprint) -> None:
    """Add them."""
    blueprint.add_url_rule("/erasures", "erasures", list_page, methods=["GET"])
    blueprint.add_url_rule("/erasures/<id:erasure_id>/act", "erasure_act", act_page, methods=["GET"])
    blueprint.add_url_rule("/erasures/<id:erasure_id>/log", "erasure_log", log_page, methods=["GET"])


@scoped(READ)
def list_page() -> Response:
    """What waits to be erased and until when, what was erased, what was taken back."""
    conn, actor = scope().conn, scope().actor
    found = {status: erasures.latest(conn, status=status, limit=MOST) for status in GROUPS}
    return page(
        "erasures.html",
        groups=[(word, _lines(found[status], language())) for status, word in GROUPS.items() if found[status]],
        grace=GRACE_DAYS,
        due=DUE_DAYS,
        answers=may(actor, "privacy.answer"),
    )


@scoped(READ)
def act_page(erasure_id: int) -> Response:
    """The act of destruction, to be printed and signed."""
    return _paper(erasure_id, "erasure_act.html")


@scoped(READ)
def log_page(erasure_id: int) -> Response:
    """The extract of the event log that goes with the act."""
    return _paper(erasure_id, "erasure_log.html")


def _paper(erasure_id: int, template: str) -> Response:
    act = read_act(erasure_id)
    words = acts.in_words(act)
    at = act.destroyed_at.astimezone(ZoneInfo(act.timezone))
    names = principal_names(scope().conn, act.responsible_ids)
    return page(
        template,
        act=act,
        system=acts.SYSTEM,
        method=acts.METHOD,
        reason=words.reason,
        categories=list(zip(words.categories, act.categories.values(), strict=True)),
        day=day_text(at.date(), "ru"),
        moment=f"{at:%d.%m.%Y %H:%M:%S}",
        kept=day_text(act.keep_until, language()),
        responsible=[f"{names.get(who, '')} (учётная запись № {who})".strip() for who in act.responsible_ids],
    )


def _lines(found: list[Erasure], lang: Lang) -> list[ErasureLine]:
    conn, say = scope().conn, speaker(lang)
    instants = [at for one in found for at in (one.planned_at, one.due_at, one.ended_at) if at is not None]
    local = local_times(conn, instants)
    now = erasures.now(conn)
    waiting = [(Base.PERSON, one.person_id) for one in found if one.status == "waiting"]
    names = find_names(conn, waiting)

    def day(at: datetime) -> str:
        return day_text(local[at].date(), lang)

    def facts(one: Erasure) -> str:
        if one.ended_at is not None:
            if one.status == "done":
                return say("erasure_done_at", day=day(one.ended_at))
            cause = CODES[one.why_cancelled or "by_hand"]
            return f"{say(cause, why=one.cancel_reason)}, {day(one.ended_at)}"
        if one.planned_at <= now:
            return say("erasure_soon")
        return say("erasure_planned", day=day(one.planned_at), due=day(one.due_at))

    def why(one: Erasure) -> str:
        if one.verdict == erasures.HELD:
            return say("erasure_held")
        return say("erasure_overdue", day=day(one.due_at)) if one.ended_at is None and one.due_at < now else ""

    return [
        ErasureLine(
            id=one.id,
            who=names.get((Base.PERSON, one.person_id), say("erasure_person_no", id=one.person_id)),
            person_id=one.person_id if one.status == "waiting" else None,
            facts=f"{say(CODES[one.reason])}; {facts(one)}; {say('erasure_no', id=one.id)}",
            why=why(one),
            has_act=one.status == "done" and one.has_act,
        )
        for one in found
    ]
