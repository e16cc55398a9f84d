"""Fixtures of the single sign-on: a real issuer on loopback, the application that has it, a curator, a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from shared.settings import Settings
from tests.api.local_issuer import Issuer, running_issuer
from tests.api.sign_on.browsing import EMAIL, Browser, Invited, signing_on
from tests.builders import School
from tests.http import Account, Api, installed


@pytest.fixture(scope="module")
def served() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(served: Issuer) -> Issuer:
    """The issuer, which tells the truth."""
    served.tell_the_truth()
    return served


@pytest.fixture
def app(built: Flask, settings: Settings, issuer: Issuer) -> Iterator[Flask]:
    """The application of an installation that has the issuer."""
    with installed(built, signing_on(settings, issuer.url)):
        yield built


@pytest.fixture
def invited(api: Api) -> Invited:
    school = School.begin(api)
    manager = Account(api.app, api.admin.token, school.municipality_id)
    fields = {"name": "Орлова М. С.", "role": "curator", "school_id": school.school_id, "email": EMAIL}
    principal_id = manager.post("/principals", fields)["id"]
    manager.post(f"/principals/{principal_id}/invitation")
    return Invited(school, principal_id)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())
