"""The words of the letter with a link that resets a password; pure: knows no server and no address."""

from __future__ import annotations

SUBJECT = "«Наставник»: новый пароль"
PATH = "/password/"
_TEXT = """Здравствуйте!

Кто-то, скорее всего вы, попросил новый пароль для входа в программу «Наставник».
Задать его можно по этой ссылке; она действует час и один раз:

{url}

Если это были не вы, ничего делать не нужно: прежний пароль остаётся в силе.

--\x20
Это письмо отправила программа «Наставник»; отвечать на него не нужно.
"""


def reset_letter(public_url: str, secret: str) -> str:
    """Return the text of the letter. ``public_url``: the address that people use, not ''."""
    return _TEXT.format(url=f"{public_url.rstrip('/')}{PATH}{secret}")
