"""The cookies of somebody who has entered, or is about to: only these pages send them back, no script reads them."""

from __future__ import annotations

from flask import Response

from services.api.answer_headers import is_https
from services.api.auth import COOKIE

STEP_COOKIE = "nastavnik_step"
"""Between the password and the code; goes to the pages of entering alone."""
STEP_PATH = "/enter"


def keep(response: Response, secret: str) -> None:
    """Let the browser hold a token or a session until it is closed; what waited for a code is forgotten."""
    response.set_cookie(COOKIE, secret, httponly=True, samesite="Strict", secure=is_https())
    forget_step(response)


def forget(response: Response) -> None:
    """Take it back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", secure=is_https())


def keep_step(response: Response, secret: str) -> None:
    """Let the browser hold a session that waits for its code."""
    response.set_cookie(STEP_COOKIE, secret, path=STEP_PATH, httponly=True, samesite="Strict", secure=is_https())


def forget_step(response: Response) -> None:
    """Take that back."""
    response.delete_cookie(STEP_COOKIE, path=STEP_PATH, httponly=True, samesite="Strict", secure=is_https())
