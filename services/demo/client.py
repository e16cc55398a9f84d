"""A small HTTP client with a token; knows the API's conventions and no noun."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlsplit

API = "/api/v1"


class UnexpectedAnswerError(AssertionError):
    """The API did not answer as the journey expects; the message holds method, path, status and detail."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``body`` is the parsed JSON, or the text where it is something else."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def version(self) -> int:
        """The version in the ETag; KeyError where the answer has none."""
        return int(self.headers["etag"].strip('"v'))


@dataclass(slots=True)
class Client:
    """Calls of one principal; counts them."""

    url: str
    token: str = ""
    municipality_id: int | None = None
    calls: int = field(default=0)

    def call(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, key: str | None = None
    ) -> Answer:
        """Send one request and return whatever the answer is."""
        headers = {"Content-Type": "application/json", "Accept-Language": "ru"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.municipality_id is not None:
            headers["X-Municipality"] = str(self.municipality_id)
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        target = urlsplit(self.url)
        connection = http.client.HTTPConnection(target.hostname or "127.0.0.1", target.port, timeout=60)
        try:
            connection.request(method, API + path, None if body is None else json.dumps(body).encode(), headers)
            response = connection.getresponse()
            raw = response.read()
            self.calls += 1
            is_json = "json" in (response.getheader("Content-Type") or "")
            parsed = json.loads(raw) if is_json and raw else raw.decode()
            return Answer(response.status, parsed, {k.lower(): v for k, v in response.getheaders()})
        finally:
            connection.close()

    def account(self, token: str = "") -> Self:  # nosec B107 # no token is no secret
        """Return a client of the same kind at the same address for another token, or for none."""
        return replace(self, token=token, municipality_id=None, calls=0)

    def get(self, path: str) -> Any:
        """GET that must succeed."""
        return self._expect(self.call("GET", path), "GET", path, 200).body

    def post(self, path: str, body: Any = None, *, status: int = 201, version: int | None = None) -> Any:
        """POST that must answer ``status``."""
        return self._expect(self.call("POST", path, body, version=version), "POST", path, status).body

    def patch(self, path: str, body: Any) -> Any:
        """PATCH of the version seen just now."""
        seen = self._expect(self.call("GET", path), "GET", path, 200)
        return self._expect(self.call("PATCH", path, body, version=seen.version), "PATCH", path, 200).body

    def act(self, path: str, body: Any = None, *, of: str, status: int = 200) -> Any:
        """POST of a verb on the version of the resource ``of`` seen just now."""
        seen = self._expect(self.call("GET", of), "GET", of, 200)
        return self._expect(self.call("POST", path, body, version=seen.version), "POST", path, status).body

    def transition(self, programme_id: int, trigger: str, *, status: int = 200, **fields: Any) -> Any:
        """Ask for a transition from the version seen just now."""
        path = f"/programmes/{programme_id}"
        return self.act(f"{path}/transitions", {"trigger": trigger, **fields}, of=path, status=status)

    def finish_job(self, path: str, *, seconds: float = 60) -> Any:
        """Ask for a computation and wait until its job is over; returns the job."""
        job = self.post(path, status=202)
        until = time.monotonic() + seconds
        while job["status"] in ("queued", "running"):
            if time.monotonic() > until:
                raise UnexpectedAnswerError(f"job {job['id']} is {job['status']} after {seconds} s")
            time.sleep(0.05)
            job = self.get(f"/jobs/{job['id']}")
        if job["status"] != "done":
            raise UnexpectedAnswerError(f"job {job['id']} ended as {job['status']}: {job['error']}")
        return job

    @staticmethod
    def _expect(answer: Answer, method: str, path: str, status: int) -> Answer:
        if answer.status != status:
            raise UnexpectedAnswerError(f"{method} {path}: {answer.status}, expected {status}: {answer.body}")
        return answer
