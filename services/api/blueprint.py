"""flask-smorest's blueprint and API with two repairs of how they document routes; knows no noun."""

from __future__ import annotations

from typing import Any

import flask_smorest


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Headers given by ``doc(parameters=..)`` are added to a route's other parameters instead of replacing them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_add_parameters)


class Api(flask_smorest.Api):  # type: ignore[misc]
    """Documents no error format but ours."""

    DEFAULT_ERROR_RESPONSE_NAME = None


def _add_parameters(doc: dict[str, Any], doc_info: dict[str, Any], **_context: Any) -> dict[str, Any]:
    given = doc_info.get("manual_doc", {}).pop("parameters", [])
    if given:
        doc["parameters"] = [*doc.get("parameters", []), *given]
    return doc
