"""Parts of the OpenAPI document that many routes share."""

from __future__ import annotations

from typing import Any

IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": 'the version you have seen, as in ETag: "v7"',
    "schema": {"type": "string", "pattern": '^"v[0-9]{1,9}"$'},
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "a key of your choice: the same request with the same key is carried out once",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        "blockers": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
    },
    "additionalProperties": True,
}
FIELD_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["path", "code", "detail"],
    "properties": {"path": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
}
PROBLEM: dict[str, Any] = {
    "description": "Refused or failed: problem+json (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PROBLEMS: dict[str, Any] = dict.fromkeys(
    ("400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "503"),
    {"$ref": "#/components/responses/Problem"},
)
