"""Builds the Flask application of one process; knows which parts there are, not what they do."""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.routing import IntegerConverter

from services.api.blueprint import Api
from services.api.console.routes import console_blueprint
from services.api.documentation import DESCRIPTION
from services.api.errors import register_error_handlers
from services.api.health import health_blueprint
from services.api.resources.register import blueprints
from services.api.state import open_state
from shared.settings import Settings

API = "/api/v1"


class IdConverter(IntegerConverter):
    """Ids in paths: 1 to 18 digits, so that a number the database cannot hold is simply not found."""

    regex = r"[1-9]\d{0,17}"


def create_app(settings: Settings) -> Flask:
    """Return the application; no connection is opened yet."""
    app = Flask("services.api", static_folder=None)
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # an address that is not ours is not found, never redirected
    app.config.update(_config(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["nastavnik"] = open_state(settings)
    _configure_logging(settings)
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_blueprint(health_blueprint())
    app.register_blueprint(console_blueprint())
    _register_api(app)
    register_error_handlers(app)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
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
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    structlog.get_logger().info(
        "request",
        method=request.method,
        rule=str(request.url_rule),
        status=response.status_code,
        ms=round((time.monotonic() - g.get("started", time.monotonic())) * 1000, 1),
    )
    structlog.contextvars.clear_contextvars()
    return response


def _configure_logging(settings: Settings) -> None:
    level = getattr(logging, settings.log_level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
