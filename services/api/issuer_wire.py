"""The one way to the issuer of a single sign-on over HTTP; knows no OpenID and no person.

Certificates are checked against the system's list. No redirect is followed, no proxy of the environment is used, an
answer ends after ANSWER_BYTES, and only a few requests of a process wait at once: an issuer that hangs must not take
all threads with it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import ClientAuth
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from shared.errors import AnswerUnusable, Unavailable

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
ANSWER_BYTES = 1_000_000
AT_ONCE = 2
USER_AGENT = "Nastavnik-SignOn/1"


class IssuerAway(Unavailable):
    """The single sign-on does not answer now: try again in a minute, or enter in another way."""

    code = "sign_on.away"
    ru = "Служба единого входа сейчас не отвечает: повторите через минуту или войдите другим способом."
    retry_after = 60


class IssuerBroken(AnswerUnusable):
    """The single sign-on has given an answer that cannot be relied on: tell whoever runs this installation."""

    code = "sign_on.broken"
    ru = "Служба единого входа дала ответ, которому нельзя верить: сообщите тем, кто обслуживает эту установку."


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, in the shape that Authlib reads."""

    status_code: int
    body: bytes

    def json(self) -> Any:
        """Return its JSON; ValueError."""
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        """Raise IssuerAway for 5xx, IssuerBroken for any other failure."""
        if self.status_code >= 500:
            raise IssuerAway
        if self.status_code != 200:
            raise IssuerBroken(why=f"status {self.status_code}")


class Wire:
    """Requests of one process. ``post`` is what Authlib's client calls."""

    def __init__(self) -> None:
        self._pools = PoolManager(num_pools=2, maxsize=AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def get_json(self, url: str, *, bearer: str = "") -> dict[str, Any]:
        """Return the object at an address. IssuerAway, IssuerBroken."""
        answer = self._ask("GET", url, {"Authorization": f"Bearer {bearer}"} if bearer else {}, None)
        answer.raise_for_status()
        try:
            found = answer.json()
        except ValueError:
            raise IssuerBroken(why="no JSON") from None
        if not isinstance(found, dict):
            raise IssuerBroken(why="no JSON object")
        return found

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> Answer:
        """Send a form as the client that ``auth`` stands for; return the answer, whatever it is. IssuerAway."""
        address, signed, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self._ask("POST", address, signed, body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> Answer:
        if not self._places.acquire(timeout=CONNECT_SECONDS):
            raise IssuerAway
        try:
            answer = self._pools.request(
                method,
                url,
                body=body,
                headers={"Accept": "application/json", "User-Agent": USER_AGENT, **headers},
                timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                redirect=False,
                retries=False,
                preload_content=False,
            )
            content = answer.read(ANSWER_BYTES + 1, decode_content=True)
            if len(content) > ANSWER_BYTES:
                answer.close()
                raise IssuerBroken(why="an answer without end")
            answer.release_conn()
        except HTTPError:
            raise IssuerAway from None
        finally:
            self._places.release()
        return Answer(answer.status, content)
