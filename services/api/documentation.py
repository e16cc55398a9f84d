"""Parts of the OpenAPI document that many routes share; knows no noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec import APISpec

DESCRIPTION = """\
School mentoring programmes as state machines that say why not.

* **Who asks**: `Authorization: Bearer nst_…`; holders of a personal link need no token. Each operation names its right
  and the roles that have it.
* **Versions**: what can change is answered with `ETag: "v7"`; to change it, send that in `If-Match`.
* **Repeating**: any POST may carry an `Idempotency-Key`; it is carried out once, however often it is sent.
* **Refusals** are `application/problem+json` with a stable `code`, in Russian, or in English by `Accept-Language: en`.
  A refused transition lists every unmet guard in `blockers`.
* **Lists** come in pages: pass `next` as `?after=`. Ended records are kept and listed with `?ended=true`.
* **Computations** are answered with 202 and the address of their job.
"""
REFUSED_EXAMPLE: dict[str, Any] = {
    "type": "urn:nastavnik:problem:guards.unmet",
    "title": "Сейчас невозможно",
    "status": 409,
    "detail": "Переход пока невозможен, не выполнено условий: 1; см. blockers.",
    "code": "guards.unmet",
    "blockers": [
        {
            "guard": "mentors_consented",
            "activity": "III.2",
            "code": "mentors_consented.missing",
            "status": "unmet",
            "detail": "Нет действующего согласия: 1 из 5 наставников",
            "count": 1,
            "of": 5,
            "missing": [17],
            "missing_total": 1,
            "link": "/api/v1/programmes/1/mentors",
        }
    ],
}
IF_MATCH = "IfMatch"
IDEMPOTENCY_KEY = "IdempotencyKey"
MUNICIPALITY = "Municipality"
ETAG: dict[str, Any] = {"ETag": {"$ref": "#/components/headers/Version"}}
LOCATION: dict[str, Any] = {"Location": {"$ref": "#/components/headers/Location"}}
REPLAYED: dict[str, Any] = {"Idempotent-Replayed": {"$ref": "#/components/headers/Replayed"}}

PARAMETERS: Mapping[str, dict[str, Any]] = {
    "IfMatch": {
        "in": "header",
        "name": "If-Match",
        "required": True,
        "description": 'The version you have seen, as in ETag: "v7". Without it 428, for another version 412.',
        "schema": {"type": "string", "pattern": '^"v[0-9]{1,9}"$'},
        "example": '"v7"',
    },
    "IdempotencyKey": {
        "in": "header",
        "name": "Idempotency-Key",
        "required": False,
        "description": "A key of your choice: the same request with the same key is carried out once, and its answer"
        " is given again with Idempotent-Replayed: true. Another request under the same key is refused with 422.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        "example": "4f0c7d9e-2b1a-4a55-9a39-3f5f0f7a2c11",
    },
    "Municipality": {
        "in": "header",
        "name": "X-Municipality",
        "required": False,
        "description": "For administrators only: the municipality to act in. Anybody else acts in their own.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    },
}
HEADERS: Mapping[str, dict[str, Any]] = {
    "Version": {
        "description": 'The version of the resource: "v7". Send it back in If-Match to change what you have seen.',
        "required": True,
        "schema": {"type": "string", "pattern": '^"v[0-9]{1,9}"$'},
    },
    "Location": {
        "description": "Where the result is found: the new resource, or the job that works on it.",
        "required": True,
        "schema": {"type": "string", "pattern": "^/api/v1/"},
    },
    "Replayed": {
        "description": "The request was carried out before under this Idempotency-Key; this is its answer.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "RetryAfter": {
        "description": "Seconds after which the same request may succeed.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Authenticate": {"required": True, "schema": {"type": "string"}},
    "Language": {"required": True, "schema": {"type": "string", "enum": ["ru", "en"]}},
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457). `code` is stable, `title` and `detail` follow Accept-Language.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "422: each wrong place",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
        "total": {"type": "integer", "description": "422 of an import: how many mistakes there are, listed or not"},
        "blockers": {
            "type": "array",
            "description": "409 of a transition: every unmet guard at once",
            "items": {"$ref": "#/components/schemas/Blocker"},
        },
        "current": {"type": "integer", "description": "412: the version now"},
        "state": {"type": ["string", "null"], "description": "409 of a transition: the programme's state"},
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "409: the triggers of this state"},
        "rule": {"type": "string", "description": "409: the rule that was broken"},
    },
    "additionalProperties": True,
}
FIELD_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "One mistake: a dotted path, a stable code, a sentence. `line`, `row`, `column`: place in a file.",
    "required": ["path", "code", "detail"],
    "properties": {
        "path": {"type": "string"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "line": {"type": "integer"},
        "row": {"type": ["integer", "null"]},
        "column": {"type": ["string", "null"]},
    },
}
_BODY = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_LANGUAGE = {"Content-Language": {"$ref": "#/components/headers/Language"}}
_RETRY = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
_AUTHENTICATE = {"WWW-Authenticate": {"$ref": "#/components/headers/Authenticate"}}
PROBLEM: dict[str, Any] = {
    "description": "Refused or failed: problem+json (RFC 9457)",
    "headers": _LANGUAGE,
    "content": _BODY,
}
ANSWERS: Mapping[str, dict[str, Any]] = {
    "Malformed": {**PROBLEM, "description": "The body is not JSON"},
    "Unauthenticated": {
        **PROBLEM,
        "description": "No valid token or link",
        "headers": {**_LANGUAGE, **_AUTHENTICATE},
    },
    "Forbidden": {**PROBLEM, "description": "The role does not have the right"},
    "NotFound": {**PROBLEM, "description": "Not there, or not yours to see"},
    "Refused": {
        **PROBLEM,
        "description": "Understood, allowed, and not possible now",
        "headers": {**_LANGUAGE, **_RETRY, **REPLAYED},
        "content": {"application/problem+json": {**_BODY["application/problem+json"], "example": REFUSED_EXAMPLE}},
    },
    "VersionMismatch": {
        **PROBLEM,
        "description": "Somebody has changed it; `current` is the version now",
        "headers": {**_LANGUAGE, **REPLAYED},
    },
    "TooLarge": {**PROBLEM, "description": "The body is too large"},
    "UnsupportedMediaType": {**PROBLEM, "description": "Another Content-Type is needed"},
    "Invalid": {**PROBLEM, "description": "Some values are wrong; `errors` names each place"},
    "PreconditionMissing": {**PROBLEM, "description": "If-Match is missing"},
    "Unavailable": {**PROBLEM, "description": "The database is away", "headers": {**_LANGUAGE, **_RETRY}},
}
_STATUS: Mapping[str, str] = {
    "400": "Malformed",
    "401": "Unauthenticated",
    "403": "Forbidden",
    "404": "NotFound",
    "409": "Refused",
    "412": "VersionMismatch",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "422": "Invalid",
    "428": "PreconditionMissing",
    "503": "Unavailable",
}
PROBLEMS: dict[str, Any] = {status: {"$ref": f"#/components/responses/{answer}"} for status, answer in _STATUS.items()}
"""Every refusal there is; `fitting` leaves those that an operation can give."""


def fitting(status: str, *, method: str, has_body: bool, has_version: bool) -> bool:
    """Return whether an operation can answer ``status``: 412 only with If-Match, 415 only with a body, and so on."""
    writes = method != "get"
    can = {
        "400": has_body,
        "409": writes,
        "412": has_version,
        "413": writes,
        "415": has_body,
        "428": has_version,
    }
    return can.get(status, True)


def register_shared(spec: APISpec) -> None:
    """Put the shared schemas, parameters, headers and answers into the document's components."""
    spec.components.schema("Problem", PROBLEM_SCHEMA)
    spec.components.schema("FieldError", FIELD_ERROR_SCHEMA)
    for name, parameter in PARAMETERS.items():
        spec.components.parameter(name, parameter["in"], {k: v for k, v in parameter.items() if k != "in"})
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    for name, answer in ANSWERS.items():
        spec.components.response(name, answer)
