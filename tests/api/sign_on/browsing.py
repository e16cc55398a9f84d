"""An installation with an issuer, somebody whom it knows, and their browser; knows no rule of the single sign-on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import urllib3
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.db.tenancy import Tenant
from shared.settings import Settings
from tests.api.local_issuer import CLIENT_ID, CLIENT_SECRET
from tests.builders import School
from tests.conftest import ConnAs
from tests.http import Account

EMAIL = "curator@school.example"
PUBLIC = "http://nastavnik.test"


def signing_on(settings: Settings, url: str, **changes: str) -> Settings:
    """Return settings of an installation with the issuer at ``url``; ``changes`` are put over them."""
    whole: dict[str, Any] = {"oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET, "public_url": PUBLIC}
    return replace(settings, **{"oidc_issuer": url, **whole, **changes})


@dataclass(frozen=True)
class Invited:
    """A curator with an account under EMAIL."""

    school: School
    principal_id: int

    @property
    def manager(self) -> Account:
        return Account(self.school.api.app, self.school.api.admin.token, self.school.municipality_id)

    @property
    def path(self) -> str:
        return f"/principals/{self.principal_id}"


@dataclass(frozen=True)
class Browser:
    """Somebody's browser: goes to the issuer and brings back what it says."""

    client: FlaskClient

    def go(self, query: str = "") -> str:
        """Press the button; return where the issuer sends the browser back to."""
        away = self.client.get(f"/enter/sso{query}")
        assert away.status_code == 303, away.get_data(as_text=True)
        answer = urllib3.request("GET", away.headers["Location"], redirect=False, retries=False)
        assert answer.status == 302, answer.data
        return answer.headers["Location"]

    def come_back(self, address: str) -> TestResponse:
        return self.client.get(address.removeprefix(PUBLIC), headers={"Accept-Language": "en"})

    def sign_on(self, query: str = "") -> TestResponse:
        return self.come_back(self.go(query))

    @property
    def has_entered(self) -> bool:
        """Say whether the list of programmes is shown, and not the form to enter by."""
        page = self.client.get("/").get_data(as_text=True)
        return 'action="/enter"' not in page


def code_of(answer: TestResponse) -> tuple[int, bool]:
    """Return the status of a refusal and whether it is a page without a trace of our inside."""
    page = answer.get_data(as_text=True)
    return answer.status_code, answer.mimetype == "text/html" and "Traceback" not in page and ".py" not in page


def deeds(conn_as: ConnAs, municipality_id: int) -> list[str]:
    """Return the actions that the municipality's audit log holds, in their order."""
    rows = conn_as("auditor", Tenant(municipality_id)).execute("SELECT action FROM audit ORDER BY id").fetchall()
    return [row["action"] for row in rows]
