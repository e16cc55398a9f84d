"""A client of the API for tests: tokens, keys and versions in few words; knows no noun's rules."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.api.app import serve
from shared.access.principals import bootstrap
from shared.settings import Settings

API = "/api/v1"


@contextmanager
def installed(app: Flask, settings: Settings) -> Iterator[FlaskClient]:
    """Give the application these settings for a while, with pools of their own; yields a new browser of it."""
    before = app.extensions["nastavnik"]
    serve(app, settings)
    held = app.extensions["nastavnik"]
    try:
        yield app.test_client()
    finally:
        held.database.close()
        held.respondents.close()
        app.extensions["nastavnik"] = before


@dataclass(frozen=True, slots=True)
class Account:
    """Calls of one principal. Every call returns the whole answer; `ok` and friends return its JSON."""

    app: Flask
    token: str
    municipality_id: int | None = None

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        version: int | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Send one request; ``version`` becomes If-Match, ``key`` the Idempotency-Key."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if self.municipality_id is not None:
            sent["X-Municipality"] = str(self.municipality_id)
        if version is not None:
            sent["If-Match"] = f'"v{version}"'
        if key is not None:
            sent["Idempotency-Key"] = key
        sent.update(headers or {})
        return self.app.test_client().open(
            path if path.startswith(API) else API + path, method=method, json=json, headers=sent, **more
        )

    def get(self, path: str, **more: Any) -> Any:
        """GET that must succeed; returns the JSON."""
        return _json(self.call("GET", path, **more), 200)

    def post(self, path: str, json: Any = None, *, status: int = 201, **more: Any) -> Any:
        """POST that must answer ``status``; returns the JSON."""
        return _json(self.call("POST", path, json, key=more.pop("key", uuid.uuid4().hex), **more), status)

    def patch(self, path: str, json: Any, *, version: int | None = None) -> Any:
        """PATCH with the current version unless one is given; must succeed."""
        return _json(self.call("PATCH", path, json, version=version or self.version(path)), 200)

    def end(self, path: str, reason: str | None = None) -> Any:
        """DELETE with the current version; must succeed."""
        suffix = f"?reason={reason}" if reason else ""
        return _json(self.call("DELETE", path + suffix, version=self.version(path)), 200)

    def version(self, path: str) -> int:
        """Return the version a resource has now."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return int(answer.headers["ETag"].strip('"v'))

    def transition(self, programme_id: int, trigger: str, *, status: int = 200, **fields: Any) -> Any:
        """Ask for a transition from the current version."""
        path = f"/programmes/{programme_id}"
        return self.post(
            f"{path}/transitions", {"trigger": trigger, **fields}, status=status, version=self.version(path)
        )


@dataclass(frozen=True, slots=True)
class Api:
    """The application with its administrator, who makes everybody else."""

    app: Flask
    admin: Account

    @classmethod
    def begin(cls, app: Flask, owner_dsn: str) -> Api:
        """Make the first administrator."""
        return cls(app, Account(app, bootstrap(owner_dsn, name="Администратор")))

    def municipality(self, name: str = "Калининский район") -> int:
        """Make a municipality; returns its id."""
        return int(self.admin.post("/municipalities", {"name": name})["id"])

    def school(self, municipality_id: int, name: str = "Школа № 1") -> int:
        """Make a school; returns its id."""
        return int(Account(self.app, self.admin.token, municipality_id).post("/schools", {"name": name})["id"])

    def account(self, municipality_id: int, role: str, school_id: int | None = None) -> Account:
        """Make a principal with a token."""
        inside = Account(self.app, self.admin.token, municipality_id)
        principal = inside.post("/principals", {"name": role, "role": role, "school_id": school_id})
        granted = inside.post("/tokens", {"principal_id": principal["id"], "label": "tests"})
        return Account(self.app, granted["token"])


def _json(answer: TestResponse, status: int) -> Any:
    assert answer.status_code == status, f"{answer.status_code}: {answer.get_data(as_text=True)}"
    return answer.get_json()
