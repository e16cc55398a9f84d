"""flask-smorest's blueprint and API, and what every operation's documentation gains from its decorators; no noun."""

from __future__ import annotations

from typing import Any

import flask_smorest
from marshmallow.fields import Field

from services.api import documentation as shown
from services.api.body import BodyParser
from services.api.examples import REQUESTS
from services.api.fields import Choice
from shared.access.model import Role
from shared.access.rights import RIGHTS


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Adds to a route's documentation: headers, who may call it, the refusals that fit it, an example."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_complete)


class Api(flask_smorest.Api):  # type: ignore[misc]
    """Documents no error format but ours."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_responses(self) -> None:
        shown.register_shared(self.spec)

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(_closed_choice)

    def _register_etag_headers(self) -> None:
        """Ours are in the shared components."""

    def _register_pagination_header(self) -> None:
        """Pages are in the bodies."""


def _complete(doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_context: Any) -> dict[str, Any]:
    manual = doc_info.setdefault("manual_doc", {})
    given = manual.pop("parameters", [])
    roles = RIGHTS.get(doc_info.get("right", ""), frozenset())
    parameters = [*doc.get("parameters", []), *given, *([shown.MUNICIPALITY] if Role.ADMIN in roles else [])]
    if parameters:
        doc["parameters"] = parameters
    if roles:
        names = ", ".join(role.value for role in Role if role in roles)
        doc["description"] = f"Right `{doc_info['right']}`: {names}."
    # flask-smorest names refusals of its own by a word; ours are in the manual part.
    answers = {status: answer for status, answer in doc.get("responses", {}).items() if isinstance(answer, dict)}
    if answers:
        doc["responses"] = answers
    if shown.IDEMPOTENCY_KEY in given:
        for answer in answers.values():
            answer["headers"] = {**answer.get("headers", {}), **shown.REPLAYED}
    _fit_refusals(manual, method, has_body="requestBody" in {**doc, **manual}, has_version=shown.IF_MATCH in given)
    _add_example(doc, manual.get("operationId", ""))
    return doc


def _fit_refusals(manual: dict[str, Any], method: str, *, has_body: bool, has_version: bool) -> None:
    """Leave the refusals that this operation can give."""
    manual["responses"] = {
        status: answer
        for status, answer in manual.get("responses", {}).items()
        if status not in shown.PROBLEMS
        or shown.fitting(status, method=method, has_body=has_body, has_version=has_version)
    }


def _add_example(doc: dict[str, Any], operation: str) -> None:
    if operation in REQUESTS:
        content = doc["requestBody"]["content"]["application/json"]
        content["example"] = REQUESTS[operation]


def _closed_choice(_converter: Any, field: Field[Any], ret: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Document a choice that may be empty as «these words, or null»: clients then make one type of it."""
    if not isinstance(field, Choice) or None not in ret.get("enum", ()):
        return {}
    words = [word for word in ret.pop("enum") if word is not None]
    ret.pop("type")
    return {"anyOf": [{"type": "string", "enum": words}, {"type": "null"}]}
