"""Addresses of personal links as they are handed to people; knows no link."""

from __future__ import annotations

from flask import request

from services.api.request_scope import state
from shared.access.links import Purpose


def url_of(purpose: Purpose, token: str) -> str:
    """Return the whole address: of the setting ``public_url``, else of the host that was asked."""
    base = state().settings.public_url or request.host_url
    noun = "answers" if purpose is Purpose.ANSWER else "links"
    return f"{base.rstrip('/')}/api/v1/{noun}/{token}"
