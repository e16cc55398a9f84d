"""What every answer tells a browser, whatever it answers: what may load, frame, keep or guess; knows no page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Response, request

from services.api.request_scope import state

_NOTHING_ELSE = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
POLICY = f"default-src 'none'; style-src 'self'; img-src 'self' data:; {_NOTHING_ELSE}"
"""A page's: no script at all; images are the style sheet's own signs."""
SCRIPTED_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'"
"""For the API's documentation alone."""
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For what is no page, opened as one: a diagram, a file, a problem."""
ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
)
HSTS = "max-age=31536000"
"""A year, this host only: the hosts below it are the district's, not ours."""


def secure(response: Response) -> None:
    """Put the headers on an answer; a policy that its view has chosen stays."""
    response.headers.update(ALWAYS)
    response.headers.setdefault("Cache-Control", "no-store")
    policy = POLICY if response.mimetype == "text/html" else DATA_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    if is_https():
        response.headers["Strict-Transport-Security"] = HSTS


def is_https() -> bool:
    """Say whether people reach us by TLS: here, or at the proxy that the public address names."""
    return request.is_secure or state().settings.public_url.startswith("https:")
