"""Builds the Flask application of one process; knows which parts there are, not what they do."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.routing import IntegerConverter

from services import log_lines, spans
from services.api.answer_headers import secure
from services.api.blueprint import Api
from services.api.body import WholeRequest
from services.api.console.routes import console_blueprint
from services.api.documentation import DESCRIPTION
from services.api.errors import register_error_handlers
from services.api.health import health_blueprint
from services.api.metrics import EXTENSION, Counts, count_request, metrics_blueprint
from services.api.resources.register import blueprints
from services.api.state import open_state
from services.api.use_notes import note_use
from shared import trace
from shared.settings import Settings

API = "/api/v1"
_DOCUMENT: Mapping[str, Any] = {
    "API_TITLE": "Nastavnik",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": API,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": DESCRIPTION},
        "security": [{"token": []}],
        "servers": [{"url": "/", "description": "the installation that serves this document"}],
    },
    "ETAG_DISABLED": True,
}


class IdConverter(IntegerConverter):
    """Ids in paths: 1 to 18 digits, so that a number the database cannot hold is simply not found."""

    regex = r"[1-9]\d{0,17}"


def create_app(settings: Settings) -> Flask:
    """Return the application; no connection is opened yet."""
    app = Flask("services.api", static_folder=None)
    app.request_class = WholeRequest
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # an address that is not ours is not found, never redirected
    app.config.update(_DOCUMENT)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    serve(app, settings)
    app.before_request(_begin)
    app.after_request(_finish)
    app.after_request(note_use)
    app.register_blueprint(health_blueprint())
    app.register_blueprint(metrics_blueprint())
    app.register_blueprint(console_blueprint())
    _register_api(app)
    register_error_handlers(app)
    return app


def serve(app: Flask, settings: Settings) -> None:
    """Give the application everything that depends on the settings; the one it had before is its caller's to close."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.extensions["nastavnik"] = open_state(settings)
    app.extensions[EXTENSION] = Counts()
    log_lines.configure(settings.log_level)


def _register_api(app: Flask) -> None:
    api = Api(app)
    api.register_converter(IdConverter, _id_parameter)
    api.spec.components.security_scheme(
        "token", {"type": "http", "scheme": "bearer", "bearerFormat": "nst_<id>_<secret>"}
    )
    for blueprint in blueprints():
        api.register_blueprint(blueprint, url_prefix=API)


def _id_parameter(_converter: IdConverter) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = (
        given
        if 1 <= len(given) <= 60 and given.replace("-", "").isalnum() and given.isascii()
        else secrets.token_hex(8)
    )
    g.started = time.monotonic()
    g.trace = trace.continued(request.headers.get("traceparent"))
    structlog.contextvars.bind_contextvars(
        request_id=g.request_id, trace=g.trace.trace_id, span=g.trace.span_id, **_named_ids()
    )


def _named_ids() -> dict[str, str]:
    """Return the ids in the address that tell log lines apart; never a personal link, which is a secret."""
    given = request.view_args or {}
    return {name.removesuffix("_id"): str(given[name]) for name in ("programme_id", "job_id") if name in given}


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    secure(response)
    seconds = time.monotonic() - g.get("started", time.monotonic())
    structlog.get_logger().info(
        "request",
        method=request.method,
        rule=str(request.url_rule),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    count_request(response.status_code, seconds)
    if "trace" in g:
        spans.export(_span(response.status_code, seconds))
    structlog.contextvars.clear_contextvars()
    return response


def _span(status: int, seconds: float) -> spans.Ended:
    rule = str(request.url_rule)
    return spans.ended_now(
        f"{request.method} {rule}",
        g.trace,
        seconds,
        is_server=True,
        **{"http.response.status_code": status, "http.route": rule, "request_id": g.request_id},
    )
