"""Bytes sent as the curator, and the one format of a refusal; knows no oddity."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.contract.conftest import Ground
from tests.http import API

PERSON = '{"kind": "pupil", "family_name": "Антонов", "given_name": "Илья"%s}'


def send(ground: Ground, method: str, path: str, body: bytes | None = None, **headers: str) -> TestResponse:
    """Send bytes as the curator."""
    sent = {"Authorization": f"Bearer {ground.world.accounts['curator'].token}", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ground.app.test_client().open(API + path, method=method, data=body, headers=sent)


def refused(answer: TestResponse, *statuses: int) -> Any:
    """Return the problem; AssertionError unless it is one of these statuses."""
    assert answer.status_code in statuses, (answer.status_code, answer.get_data(as_text=True))
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    return problem
