"""Which secrets nobody may run with: examples, defaults, the user's own name, what is too short. Pure.

Knows the forms of addresses that carry a password; must not know a setting's meaning, and never shows a secret.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

SHORTEST = 12
"""Characters of a secret that this installation makes for itself; deploy/make_secrets.py makes 48."""
_EXAMPLES = frozenset(
    {
        *("admin", "change", "changeit", "changeme", "default", "demo", "example", "guest", "it", "me", "my"),
        *("nastavnik", "pass", "password", "postgres", "qwerty", "redis", "replace", "replaceme", "root", "secret"),
        *("test", "token", "user", "valkey", "your", "yourpassword", "пароль", "секрет"),
    }
)


def is_example(secret: str, user: str = "") -> bool:
    """Say whether a secret is the words of documents and defaults, the user's name, a number, a sign repeated."""
    words = set(re.findall(r"[^\W\d_]+", secret.casefold()))
    is_plain = len(set(secret)) <= 2 or (secret.isdigit() and len(secret) < 2 * SHORTEST)
    return (bool(words) and words <= _EXAMPLES) or is_plain or (bool(user) and secret.casefold() == user.casefold())


def credentials(address: str) -> tuple[str, str]:
    """Return user and password of a URL, or of libpq's «host=.. password=..»; '' for what it does not hold."""
    if "://" not in address:
        found = {key: quoted or plain for key, quoted, plain in re.findall(r"(\w+)\s*=\s*(?:'([^']*)'|(\S+))", address)}
        return found.get("user", ""), found.get("password", "")
    try:
        parts = urlsplit(address)
        asked = parse_qs(parts.query)
    except ValueError:
        return "", ""  # whoever connects says what is wrong with it
    user, password = (unquote(part or "") for part in (parts.username, parts.password))
    return user or asked.get("user", [""])[-1], password or asked.get("password", [""])[-1]
