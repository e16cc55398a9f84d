"""One client of the API: a kept-alive connection, every call recorded, an unknown outcome asked again under its key."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.faults.recorder import FAIL, OK, UNKNOWN, Call, Recorder

API = "/api/v1"
PATIENCE = 60.0
"""Seconds a deed is repeated before the test is told that the API never answered."""
_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")
_PROGRAMME = re.compile(r"/programmes/(\d+)")
_JOB = re.compile(r"/jobs/([0-9a-f-]{36})$")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or none (``status`` None). ``raw`` is the body as it came."""

    status: int | None
    raw: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> Any:
        """The JSON of the body; None where there is none."""
        return json.loads(self.raw) if self.raw and "json" in self.headers.get("content-type", "") else None

    @property
    def version(self) -> int | None:
        tag = self.headers.get("etag", "")
        return int(tag.strip('"v')) if tag.strip('"v').isdigit() else None

    @property
    def is_replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def is_settled(self) -> bool:
        """Whether it says what became of the deed."""
        return self.status is not None and self.status < 500 and self.status != 429 and not self.is_in_flight

    @property
    def is_in_flight(self) -> bool:
        return self.status == 409 and (self.body or {}).get("code") == "idempotency.in_flight"


@dataclass(slots=True)
class Caller:
    """Calls of one token from one thread. `send` tries once, `do` until the outcome is known."""

    recorder: Recorder
    url: str
    token: str
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    timeout: float = 30.0
    _connection: http.client.HTTPConnection | None = None

    def do(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, key: str | None = None
    ) -> Reply:
        """Ask with one key, as Retry-After says, until an answer tells what became of it; else AssertionError."""
        key = key or (uuid.uuid4().hex if method == "POST" else None)
        until = time.monotonic() + PATIENCE
        while True:
            reply = self.send(method, path, body, version=version, key=key)
            if reply.is_settled:
                return reply
            if time.monotonic() > until:
                raise AssertionError(f"{method} {path}: no answer in {PATIENCE:g} s, the last was {reply.status}")
            time.sleep(min(float(reply.headers.get("retry-after", 0.05)), 2.0))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        key: str | None = None,
        failpoint: str | None = None,
    ) -> Reply:
        """Ask once. ``failpoint`` names where an API armed with `by_request` shall end itself."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "ru"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        if key is not None:
            headers["Idempotency-Key"] = key
        if failpoint is not None:
            headers["X-Failpoint"] = failpoint
            self.close()  # an idle connection that ends by itself would look like the process that died
        invoked = time.monotonic_ns()
        reply = self._exchange(method, API + path, None if body is None else json.dumps(body), headers)
        self.recorder.add(self._call(reply, invoked, method, path, body, version, key))
        return reply

    def transition(self, programme: int, trigger: str, *, version: int, key: str | None = None, **more: Any) -> Reply:
        """Ask for a transition until its outcome is known."""
        return self.do(
            "POST", f"/programmes/{programme}/transitions", {"trigger": trigger, **more}, version=version, key=key
        )

    def programme(self, programme: int) -> Reply:
        """Read a programme."""
        return self.do("GET", f"/programmes/{programme}")

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Reply:
        if self._connection is None:
            target = urlsplit(self.url)
            self._connection = http.client.HTTPConnection(
                target.hostname or "127.0.0.1", target.port, timeout=self.timeout
            )
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return Reply(None)
        found = {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close:
            self.close()
        return Reply(answer.status, raw, found)

    def _call(
        self, reply: Reply, invoked: int, method: str, path: str, body: Any, version: int | None, key: str | None
    ) -> Call:
        plain = path.partition("?")[0]
        programme = _PROGRAMME.search(plain)
        content = reply.body if isinstance(reply.body, dict) else {}
        job = _JOB.search(reply.headers.get("location", ""))
        return Call(
            client=self.name,
            principal=self.token.rpartition("_")[0],
            invoked=invoked,
            completed=time.monotonic_ns(),
            method=method,
            template=_NUMBER.sub("{id}", plain),
            programme=int(programme[1]) if programme else None,
            trigger=body.get("trigger") if isinstance(body, dict) else None,
            expected=version,
            key=key,
            outcome=_outcome(reply),
            status=reply.status,
            version=reply.version,
            current=content.get("current"),
            stage=(content.get("programme") or content).get("stage") if content else None,
            code=content.get("code"),
            job=job[1] if job else None,
            digest=hashlib.sha256(reply.raw).hexdigest() if reply.status else None,
            is_replayed=reply.is_replayed,
        )


def _outcome(reply: Reply) -> str:
    if reply.status is None or reply.status >= 500:
        return UNKNOWN
    return OK if reply.status < 400 else FAIL
