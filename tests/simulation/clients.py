"""Clients of the real API: each asks, repeats under its key until it is answered, and keeps what it was told.

A kill ends the API's side of a request only: the client does not know what became of it and asks again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.http import API
from tests.simulation.stepping import Actor, Killed, current, halt
from tests.simulation.world import Place

JOBS = ("feedback-summary", "effectiveness", "reward-list")
_ATTEMPTS = 60
_UNDECIDED = frozenset({"idempotency.in_flight"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One deed under its key; ``version`` None: without If-Match."""

    key: str
    token: str
    verb: str
    path: str
    body: Any = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told at last."""

    asked: Asked
    status: int
    body: bytes
    etag: str
    location: str


@dataclass
class History:
    """Every answer by key, and whatever contradicts an earlier one. ``under_way``: for twins that ask the same."""

    answers: dict[str, Answer] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    under_way: list[Asked] = field(default_factory=list)
    calls: int = 0

    def keep(self, answer: Answer) -> None:
        """Remember an answer; a second one under the key must be the same, byte for byte."""
        earlier = self.answers.setdefault(answer.asked.key, answer)
        if (earlier.status, earlier.body, earlier.etag) != (answer.status, answer.body, answer.etag):
            self.contradictions.append(f"{answer.asked.verb}: {earlier.status} and then {answer.status} under one key")
        if answer.status >= 500 or answer.status in (400, 401, 403, 404, 422, 428):
            self.contradictions.append(f"{answer.asked.verb}: {answer.status} {answer.body.decode()[:300]}")


class Client:
    """One person at work; ``role`` curator or methodist."""

    def __init__(self, app: Flask, place: Place, history: History, rng: Random, *, name: str, role: str) -> None:
        self._app, self._place, self._history, self._rng = app, place, history, rng
        self._name, self._role, self._token = name, role, place.tokens[role]
        self._number = 0
        self.trace: list[str] = []

    def work(self, deeds: int) -> None:
        """Do so many deeds, some of them asked for again afterwards."""
        for _ in range(deeds):
            asked = self._next()
            if asked is None:
                continue
            self._history.under_way.append(asked)
            self._ask(asked)
            if self._rng.random() < 0.3:
                self._ask(asked)
            self._history.under_way.remove(asked)

    def echo(self, deeds: int) -> None:
        """Ask for what somebody else is asking for at this moment, under the same key."""
        for _ in range(deeds):
            halt("listen", until=lambda: bool(self._history.under_way))
            self._ask(self._rng.choice(self._history.under_way))

    def _ask(self, asked: Asked) -> None:
        for _ in range(_ATTEMPTS):
            response = self._call("POST", asked.path, asked.body, asked.version, asked.key, asked.token)
            if response is None or response.status_code == 503 or _code(response) in _UNDECIDED:
                continue
            headers = response.headers
            etag, location = headers.get("ETag", ""), headers.get("Location", "")
            self.trace.append(f"{self._name} {asked.verb} {response.status_code}")
            self._history.keep(Answer(asked, response.status_code, response.get_data(), etag, location))
            return
        raise AssertionError(f"{self._name} was never answered: {asked.verb}")

    def _next(self) -> Asked | None:
        self._number += 1
        programme = self._rng.choice(self._place.programmes)
        kind = self._rng.choices(("move", "compute", "cancel", "retry"), (5, 3, 2, 2))[0]
        if kind == "move":
            return self._move(programme)
        if kind == "compute":
            return self._asked("compute", f"/programmes/{programme}/{self._rng.choice(JOBS)}")
        wanted = ("queued", "running") if kind == "cancel" else ("dead", "cancelled")
        jobs = [job for job in self._jobs(programme) if job["status"] in wanted]
        return self._asked(kind, f"/jobs/{self._rng.choice(jobs)['id']}:{kind}") if jobs else None

    def _move(self, programme: int) -> Asked | None:
        seen = self._read(f"/programmes/{programme}")
        if seen is None:
            return None
        reason: dict[str, str] = {"reason": "так надо"}
        moves: list[dict[str, str]] = [{"trigger": "advance"}]
        if self._role == "curator":
            moves.append({"trigger": "reopen", "to": "conditions", **reason})
        elif seen["stage"] == "suspended":
            moves = [{"trigger": "resume", **reason}]
        else:
            moves.append({"trigger": "suspend", **reason})
        body = self._rng.choice(moves)
        version = seen["version"] - (1 if self._rng.random() < 0.1 else 0)
        path = f"/programmes/{programme}/transitions"
        return self._asked(body["trigger"], path, body, max(1, version))

    def _jobs(self, programme: int) -> list[Any]:
        page = self._read(f"/jobs?programme_id={programme}")
        found = [] if page is None else page["items"]
        return sorted(found, key=lambda job: (job["created_at"], job["kind"]))

    def _asked(self, verb: str, path: str, body: Any = None, version: int | None = None) -> Asked:
        return Asked(f"{self._name}-{self._number}", self._token, verb, path, body, version)

    def _read(self, path: str) -> Any:
        for _ in range(_ATTEMPTS):
            response = self._call("GET", path, None, None, None, self._token)
            if response is not None and response.status_code == 200:
                return response.get_json()
        return None

    def _call(
        self, method: str, path: str, body: Any, version: int | None, key: str | None, token: str
    ) -> TestResponse | None:
        headers = {"Authorization": f"Bearer {token}"}
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        if key is not None:
            headers["Idempotency-Key"] = key
        self._history.calls += 1
        try:
            return self._app.test_client().open(API + path, method=method, json=body, headers=headers)
        except Killed:
            _me().revive()
            return None


def _code(response: TestResponse) -> str:
    found = response.get_json(silent=True)
    return str(found.get("code", "")) if isinstance(found, dict) else ""


def _me() -> Actor:
    found = current()
    assert found is not None
    return found
