"""Pages as somebody's browser opens them; knows no rule of theirs."""

from __future__ import annotations

from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.http import Account


def visit(app: Flask, path: str, account: Account | None = None, **more: Any) -> TestResponse:
    """Open a page in a new browser, as the owner of a token when one is given."""
    client = app.test_client()
    if account is not None:
        client.set_cookie("nastavnik_token", account.token)
    return client.get(path, **more)


def text_of(answer: TestResponse, status: int = 200) -> str:
    """Return the page as it is written, entities resolved."""
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    assert answer.mimetype == "text/html"
    return unescape(answer.get_data(as_text=True))
