"""Where somebody goes after entering: an address of our own, whatever was asked for."""

from __future__ import annotations

from flask import url_for


def programme_asked(text: str | None) -> str | None:
    """Return the programme's number that an address or a form names, None for anything else."""
    is_id = text is not None and text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0
    return text if is_id else None


def target(text: str | None) -> str:
    """Return the address of that programme's page, or of the list."""
    programme = programme_asked(text)
    if programme is None:
        return url_for("console.programmes")
    return url_for("console.programme", programme_id=int(programme))
