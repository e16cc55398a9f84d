"""The OpenAPI document under test, and one exchange: aimed at what exists, checked against the document."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.api.app import create_app
from shared.settings import Settings
from tests.contract.world import World

APP = create_app(Settings(database_url="unused", respondent_database_url="unused", log_level="ERROR"))
EXAMPLES = 12
"""Random requests an operation that its schema allows; those at and beyond the bounds of each value come besides."""
BOUNDS = 0.3
"""Share of the requests at and beyond the bounds of each value that is sent: all of them take half an hour."""
TOLD = {"ETag", "Location", "Idempotent-Replayed", "Retry-After", "WWW-Authenticate"}
"""Headers of answers that clients act on: sent only where the document says so."""


def load(**filters: Any) -> Any:
    """Return the document's operations as schemathesis sees them; ``filters`` as for ``include``."""
    config = SchemathesisConfig.from_dict(
        {
            "generation": {
                "deterministic": True,
                "no-shrink": True,
                "with-security-parameters": False,
            },
            "phases": {
                "coverage": {"unexpected-methods": [], "extra-data-sources": {"responses": False}},
                "fuzzing": {
                    "generation": {"mode": "positive", "max-examples": EXAMPLES},
                    "extra-data-sources": {"responses": False},
                    "error-feedback": {"enabled": False},
                },
            },
        }
    )
    # Days of the story: any other is refused as too early or too late before anything else is looked at.
    days = st.integers(0, 300).map(lambda n: (date(2020, 8, 1) + timedelta(n)).isoformat())
    schemathesis.openapi.format("date", days)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", APP, config=config)


@schemathesis.check
def headers_are_documented(_ctx: Any, response: Any, case: Any) -> None:
    """What is sent and not documented is unknown to generated clients."""
    definition = case.operation.responses.find_by_status_code(response.status_code)
    documented = {name.lower() for name, _ in definition.headers.items()} if definition else set()
    sent = {name for name in TOLD if name.lower() in response.headers}
    unknown = {name for name in sent if name.lower() not in documented}
    assert not unknown, f"{case.operation.label} sent {unknown} with {response.status_code}"


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    headers_are_documented,
]


def exchange(case: Any, world: World, versions: Any = None) -> Any:
    """Send one request, most often as somebody who may and at what exists; return the checked answer.

    None where the request is one of those at the bounds that are left out.

    ``versions`` tells the version of a row (table, id), so that If-Match is often right. What is aimed at follows
    from the request alone: the same request is always sent the same way.
    """
    chance = random.Random(zlib.crc32(repr(_parts(case)).encode("utf-8", "surrogatepass")))
    if case.meta.phase.name is TestPhase.COVERAGE and chance.random() > BOUNDS:
        return None
    aim(case, world, chance)
    if versions is not None and chance.random() < 0.9:
        _see_version(case, versions)
    response = case.call(headers=who(case, world, chance))
    case.validate_response(response, checks=CHECKS)
    return response


def _parts(case: Any) -> tuple[Any, ...]:
    body = None if isinstance(case.body, NotSet) else case.body
    return case.operation.label, dict(case.path_parameters), dict(case.query), dict(case.headers), body


def who(case: Any, world: World, chance: random.Random) -> dict[str, str]:
    """Return who asks: most often somebody with the right, sometimes anybody, sometimes nobody."""
    dice = chance.random()
    if dice < 0.04 or "link" in case.path_parameters:
        return {}
    allowed = re.findall(r"\w+", case.operation.definition.raw["description"].partition(":")[2])
    roles = [role for role in world.accounts if role in allowed or dice < 0.12]
    account = world.accounts[chance.choice(roles)]
    headers = {"Authorization": f"Bearer {account.token}"}
    if account.municipality_id is not None:
        headers["X-Municipality"] = str(account.municipality_id)
    return headers


def aim(case: Any, world: World, chance: random.Random) -> None:
    """Let the case most often name rows that exist, and words that mean something."""
    if case.path_parameters and chance.random() < 0.9:
        case.path_parameters.update(world.path_of(list(case.path_parameters), chance))
    for holder, name in list(_places(case.body)):
        good = world.meant(name)
        if good and chance.random() < 0.85:
            holder[name] = chance.choice(good)


def _places(body: Any) -> Iterable[tuple[dict[str, Any], str]]:
    """Yield each member of each object in a body."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield body, name
            yield from _places(value)
    elif isinstance(body, list):
        for item in body:
            yield from _places(item)


def _see_version(case: Any, versions: Any) -> None:
    wanted = any(parameter.name == "If-Match" for parameter in case.operation.headers)
    ids = {name: value for name, value in case.path_parameters.items() if name.endswith("_id")}
    if wanted and ids:
        *_, (name, value) = ids.items()
        version = versions(name, value)
        if version is not None:
            case.headers["If-Match"] = f'"v{version}"'
