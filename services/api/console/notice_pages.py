"""The page of notices: what the schedule tells its reader, the urgent first, and the buttons that put it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from flask import Blueprint, Response, redirect, request

from services.api.console.head import link, page
from services.api.console.own_forms import own_form
from services.api.console.words import moment_text
from services.api.language import language
from services.api.request_scope import scope, scoped
from shared.access.reading import local_times, principal_names
from shared.errors import BadInput
from shared.notices import reading
from shared.notices.cases import DEAD, SAFETY
from shared.notices.deadlines import OVERDUE, SOON
from shared.notices.model import SeenNotice
from shared.notices.store import MAX_PAGE
from shared.privacy import destruction

SEEN_SHOWN = 50
URGENCY: Mapping[str, str] = MappingProxyType(
    {
        OVERDUE: "notices_urgent",
        SAFETY: "notices_urgent",
        DEAD: "notices_urgent",
        destruction.OVERDUE: "notices_urgent",
        SOON: "notices_soon",
        destruction.STUCK: "notices_soon",
        destruction.PLANNED: "notices_soon",
    }
)
"""Code of a notice -> the word of its group; everything else is worth knowing."""
OTHERWISE = "notices_other"
GROUPS = ("notices_urgent", "notices_soon", OTHERWISE)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice. ``seen`` says who put it away and when, None while nobody did."""

    id: int
    text: str
    link: str
    at: str
    seen_at: str | None
    seen_by: str | None


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """Notices of one urgency; ``name`` is a word of ours."""

    name: str
    tone: str
    lines: tuple[NoticeLine, ...]


def add_notice_pages(blueprint: Blueprint) -> None:
    """Add the page and its buttons."""
    blueprint.add_url_rule("/notices", "notices", notices, methods=["GET"])
    blueprint.add_url_rule("/notices/seen", "see_notices", see_notices, methods=["POST"])
    blueprint.add_url_rule("/notices/<id:notice_id>/seen", "see_notice", see_notice, methods=["POST"])


@scoped("notices.read")
def notices() -> Response:
    """What is told to the reader and was not put away, then what was."""
    conn, actor = scope().conn, scope().actor
    unseen = reading.page(conn, actor, is_unseen=True, limit=MAX_PAGE)
    place = reading.Place(is_seen=True, notice_id=10**18)
    seen = reading.page(conn, actor, after=place, limit=SEEN_SHOWN)
    lines = {line.id: line for line in _lines([*unseen, *seen])}
    return page(
        "notices.html",
        groups=_groups(unseen, lines),
        seen=[lines[notice.id] for notice in seen],
        last_id=max((notice.id for notice in unseen), default=None),
        count=reading.count_unseen(conn, actor),
    )


@own_form
@scoped("notices.read")
def see_notice(notice_id: int) -> Response:
    """The button «read»; pressed twice it changes nothing."""
    reading.put_away(scope().conn, scope().actor, notice_id)
    return redirect(link("notices"), 303)  # type: ignore[return-value]


@own_form
@scoped("notices.read")
def see_notices() -> Response:
    """The button «all read»: those that its page showed; what has come since stays."""
    given = request.form.get("up_to", "")
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise BadInput(why={"ru": "up_to — номер уведомления", "en": "up_to is the number of a notice"})
    reading.put_away_up_to(scope().conn, scope().actor, int(given))
    return redirect(link("notices"), 303)  # type: ignore[return-value]


def _groups(unseen: Sequence[SeenNotice], lines: Mapping[int, NoticeLine]) -> tuple[NoticeGroup, ...]:
    found = []
    for name in GROUPS:
        here = tuple(lines[notice.id] for notice in unseen if URGENCY.get(notice.code, OTHERWISE) == name)
        if here:
            found.append(NoticeGroup(name, "late" if name == GROUPS[0] else "", here))
    return tuple(found)


def _lines(found: Sequence[SeenNotice]) -> list[NoticeLine]:
    conn, lang = scope().conn, language()
    seen_at = [notice.seen_at for notice in found if notice.seen_at is not None]
    local = local_times(conn, [*(notice.created_at for notice in found), *seen_at])
    names = principal_names(conn, [notice.seen_by for notice in found if notice.seen_by is not None])

    def at(moment: datetime | None) -> str | None:
        return None if moment is None else moment_text(local[moment], lang)

    return [
        NoticeLine(
            id=notice.id,
            text=notice.ru if lang == "ru" else notice.en,
            link=notice.link,
            at=at(notice.created_at) or "",
            seen_at=at(notice.seen_at),
            seen_by=None if notice.seen_by is None else names.get(notice.seen_by, f"№ {notice.seen_by}"),
        )
        for notice in found
    ]
