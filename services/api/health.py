"""Whether this process lives and can serve; PostgreSQL decides, Valkey only degrades."""

from __future__ import annotations

import redis
from flask import Blueprint, Response, jsonify

from services.api.request_scope import state
from shared.errors import Unavailable


def health_blueprint() -> Blueprint:
    """Return /livez and /readyz."""
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/livez", "livez", _live, methods=["GET"])
    blueprint.add_url_rule("/readyz", "readyz", _ready, methods=["GET"])
    return blueprint


def _live() -> Response:
    return jsonify({"status": "alive"})


def _ready() -> Response:
    """503 while PostgreSQL is away; «degraded» while Valkey is."""
    try:
        with state().database.transaction() as conn:
            conn.execute("SELECT 1")
    except Unavailable:
        response = jsonify({"status": "unready", "postgresql": "away"})
        response.status_code = 503
        response.headers["Retry-After"] = "2"
        return response
    valkey = "ok" if _valkey_answers() else "away"
    return jsonify({"status": "ready" if valkey == "ok" else "degraded", "postgresql": "ok", "valkey": valkey})


def _valkey_answers() -> bool:
    client = state().valkey
    try:
        return client is not None and bool(client.ping())
    except redis.RedisError:
        return False
