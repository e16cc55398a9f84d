"""Versions of resources in ETag and If-Match."""

from __future__ import annotations

import re

from flask import request

from shared.errors import BadInput, PreconditionMissing

_TAG = re.compile(r'\s*"v(\d{1,9})"\s*', re.ASCII)


def etag(version: int) -> dict[str, str]:
    """Return the header that tells a resource's version."""
    return {"ETag": f'"v{version}"'}


def expected_version() -> int:
    """Return the version that the client has seen; PreconditionMissing without If-Match, BadInput for another form."""
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionMissing
    match = _TAG.fullmatch(given)
    if match is None:
        raise BadInput(why={"ru": 'If-Match пишется так: "v7"', "en": 'If-Match is written as "v7"'})
    return int(match[1])
