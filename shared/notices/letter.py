"""The words of a letter about notices; pure: knows no server and no address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.notices.model import SeenNotice

LISTED_AT_MOST = 50
_SUBJECT = "«Наставник»: уведомления — {number}"
_HEAD = "Здравствуйте!\n\nЧто требует внимания в программе наставничества:"
_MORE = "… и ещё {number}. Все уведомления — на странице."
_FOOT = "Это письмо отправила программа «Наставник»; отвечать на него не нужно."


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and plain text, in Russian."""

    subject: str
    text: str


def letter(notices: Sequence[SeenNotice], public_url: str) -> Letter:
    """Return the letter about the notices (at least one), with links where the address people use is known."""
    base = public_url.rstrip("/")
    lines = []
    for notice in notices[:LISTED_AT_MOST]:
        lines.append(f"— {notice.ru}")
        if base:
            lines.append(f"  {base}{notice.link}")
    left = len(notices) - LISTED_AT_MOST
    if left > 0:
        lines.append(_MORE.format(number=left))
    text = "\n".join((_HEAD, "", *lines, "", "-- ", _FOOT, ""))
    return Letter(_SUBJECT.format(number=len(notices)), text)
