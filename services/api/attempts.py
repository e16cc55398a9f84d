"""Counts attempts at the door on Valkey, by login and by address; knows the rules, not what is attempted.

What checks a password or a code is closed while nothing can be counted; everything else goes on uncounted. Logins and
addresses are hashed before they become keys.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import redis
import structlog
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from shared.errors import TooManyAttempts, Unavailable

PREFIX = "nastavnik:attempts"
"""Of all keys; deploy/valkey.acl lets the API touch no others."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """So many attempts in so many seconds under one key; ``is_closed``: refused while Valkey is away."""

    name: str
    amount: int
    seconds: int
    is_closed: bool


LOGIN = Rule("login", 10, 15 * _MINUTE, is_closed=True)
"""By login. Far below the 100 in a row of NIST SP 800-63B-4, 3.2.2, for which it takes hours."""
LOGIN_ADDRESS = Rule("login_address", 200, 15 * _MINUTE, is_closed=True)
"""By address. A whole school comes from one, in the same quarter of an hour."""
CHECK = Rule("check", 10, 15 * _MINUTE, is_closed=True)
"""By principal: the password, or a first code, asked of somebody who has entered."""
FORGOTTEN = Rule("forgotten", 5, 60 * _MINUTE, is_closed=False)
"""By login: letters."""
FORGOTTEN_ADDRESS = Rule("forgotten_address", 50, 60 * _MINUTE, is_closed=False)
LINK_ADDRESS = Rule("link_address", 100, 15 * _MINUTE, is_closed=False)
"""By address: links opened and used. Nobody guesses one; each costs a look-up and a hash."""


class LoginClosed(Unavailable):
    """Login by password is closed for the moment: attempts cannot be counted. A token still lets you in."""

    code = "login.closed"
    ru = "Вход по паролю временно закрыт: попытки сейчас не сосчитать. Вход по токену работает."
    retry_after = 10


class Attempts:
    """The counters of one process; connects at the first use."""

    def __init__(self, url: str) -> None:
        """``url`` of Valkey; '' for none: then what must be counted is closed."""
        self._strategy = None
        if url:
            storage = RedisStorage(url, key_prefix=PREFIX, socket_timeout=0.5, socket_connect_timeout=0.5)
            self._strategy = FixedWindowRateLimiter(storage)

    def count(self, rule: Rule, key: str) -> None:
        """Count one attempt. TooManyAttempts, or LoginClosed where nothing can be counted and the rule is closed."""
        item = RateLimitItemPerSecond(rule.amount, rule.seconds, namespace=rule.name)
        hashed = hashlib.sha256(f"{rule.name}\0{key}".encode("utf-8", "replace")).hexdigest()[:32]
        try:
            if self._strategy is None:
                raise redis.ConnectionError
            if self._strategy.hit(item, hashed):
                return
            wait = int(self._strategy.get_window_stats(item, hashed).reset_time - time.time()) + 1
        except redis.RedisError as error:
            structlog.get_logger().warning("attempts_not_counted", rule=rule.name, error=type(error).__name__)
            if rule.is_closed:
                raise LoginClosed from None
            return
        raise TooManyAttempts(seconds=min(max(wait, 1), rule.seconds))
