"""Ways to make a good request odd: in its words, its body, its headers, its token, its key; knows HTTP, no noun."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

TEXTS = (
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\u202eкуратор",
    "\u2066admin\u2069",
    "\u200b",
    "Ива\u200bнов",
    "\ufeffИванов",
    "и\u0306",
    "ﬁ",
    "Ａｄｍｉｎ",
    "１２３",
    "а\u0301" + "\u0301" * 10_000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u2028\u2029",
    "\uffff",
    "\x7f",
    "\x1b[31m",
    "я" * 100_000,
    "'; DROP TABLE person; --",
    "%s%n%(id)s",
    "{{7*7}}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\\",
    "",
    " ",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    {"": None},
    "1",
    "１",
)
HEADERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "If-Match": ("*", 'W/"v1"', '"v1", "v2"', '"v99999999999"', "\xff", "x" * 9000, '"v-1"', '"v\xb2"'),
        "Idempotency-Key": ("", "k" * 201, "\xff", "a\tb", "\x7f"),
        "X-Municipality": ("0", "-1", "1" * 30, "\xb2", "1.0", "1,2", "0x1"),
        "X-Request-Id": ("\xff" * 10, "a" * 1000, "${jndi:ldap://x}", ""),
        "Accept-Language": ("*" * 5000, "ru;q=nonsense", "\xff", ",,,;;;", "en;q=9e9"),
        "traceparent": ("00-" + "0" * 32 + "-" + "0" * 16 + "-00", "\xff", "00-x-y-z", "f" * 5000),
        "Accept": ("application/xml", "\xff", "text/html;level=1;q=x"),
        "X-Forwarded-For": ("127.0.0.1", "\xff", "1" * 9000, "::ffff:127.0.0.1"),
        "X-HTTP-Method-Override": ("DELETE", "TRACE"),
        "Cookie": ("nastavnik_token=", "nastavnik_token=\xff", "=;=;=", "a=" + "b" * 5000, "nastavnik_lang=\xff"),
        "Content-Encoding": ("gzip", "br", "\xff"),
        "Origin": ("null", "https://evil.example", "\xff"),
        "Sec-Fetch-Site": ("cross-site", "\xff"),
        "Range": ("bytes=0-", "bytes=9-1", "x"),
        "If-None-Match": ("*", '"v1"', "\xff"),
        "If-Modified-Since": ("x", "Thu, 01 Jan 1970 00:00:00 GMT"),
    }
)
TYPES = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/json;;=",
    "text/csv",
    "*/*",
    "",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as bytes will be. ``content`` is the body before it is written, ``body`` what is sent."""

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    content: Any
    body: bytes | None
    raw_query: str = ""

    @property
    def query_string(self) -> str:
        """The query in the address."""
        told = urlencode(self.query, doseq=True, errors="surrogatepass")
        return "&".join(filter(None, (told, self.raw_query)))

    def saying(self, content: Any) -> Sent:
        """Return the request with another body."""
        return replace(self, content=content, body=as_json(content))

    def wearing(self, **headers: str) -> Sent:
        """Return the request with further headers; underscores stand for dashes."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): one for name, one in headers.items()}})


Tokens = Mapping[str, str]
"""Tokens that open nothing here, by what is wrong with them."""
Twist = Callable[[Sent, Random, Tokens], Sent]


def as_json(content: Any) -> bytes:
    """Return JSON as a careless client writes it: NaN and halves of surrogate pairs, too."""
    return json.dumps(content).encode()


def plain(sent: Sent, _chance: Random, _tokens: Tokens) -> Sent:
    """Leave the request as the document allows it."""
    return sent


def odd_text(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Put an odd text in the place of some text, or of some value where there is no text."""
    return _with_leaf(sent, chance, chance.choice(TEXTS), str)


def odd_value(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Put a value of another kind somewhere."""
    return _with_leaf(sent, chance, chance.choice(VALUES), object)


def odd_member(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Send a member that nobody knows."""
    content = sent.content if isinstance(sent.content, dict) else {}
    return sent.saying({**content, chance.choice(TEXTS): chance.choice(VALUES)})


def broken_json(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Send bytes that are no JSON, twice the same member, or something very deep or very large."""
    body = sent.body or b"{}"
    broken = (
        body[: len(body) // 2],
        body.replace(b"{", b'{"id": 1, "id": 2, ', 1),
        b"\xef\xbb\xbf" + body,
        body.decode("utf-8", "replace").encode("utf-16"),
        body.replace(b'"', b"'"),
        body + b"{}",
        b"[" * 20_000 + b"]" * 20_000,
        b'{"a":' * 50_000,
        b'{"a": "' + b"x" * 1_000_000 + b'"}',
        b"\xff\xfe\x00",
        b"",
        b"null",
        b"1e999",
    )
    return replace(sent, body=chance.choice(broken))


def odd_type(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Call the body something else."""
    return sent.wearing(Content_Type=chance.choice(TYPES))


def odd_header(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Send a header nobody should."""
    name = chance.choice(sorted(HEADERS))
    return sent.wearing(**{name: chance.choice(HEADERS[name])})


def odd_query(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Ask for something twice, for nothing, or in bytes that are no text."""
    odd = ("%FF=1", "%00", "limit=1&limit=x", "after=%ED%A0%80", "limit=١", "=", "&&&", "a[]=1", "x=" + "1" * 5000, "%")
    return replace(sent, raw_query=chance.choice(odd))


def odd_path(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Put something that is no id, or no text at all, at the end of the address."""
    odd = (
        "%00",
        "%FF",
        "%ED%A0%80",
        "%E2%80%AE",
        "..",
        "%2E%2E%2F",
        "0",
        "-1",
        "1e3",
        "01",
        "١",
        "9" * 30,
        ";x=1",
        "%",
    )
    return replace(sent, path=f"{sent.path.rpartition('/')[0]}/{chance.choice(odd)}")


def odd_method(sent: Sent, chance: Random, _tokens: Tokens) -> Sent:
    """Use a method the address does not know, or one that only looks."""
    return replace(sent, method=chance.choice(("TRACE", "PROPFIND", "PUT", "OPTIONS", "HEAD", "PATCH")))


def odd_token(sent: Sent, chance: Random, tokens: Tokens) -> Sent:
    """Come with a token that is expired, revoked, foreign, somebody's link, or garbled."""
    kept = sent.headers.get("Authorization", "Bearer nst_1_x")
    garbled = (kept[:-1], kept + "A", kept.upper(), kept.replace("_", "＿").encode().decode("latin-1"), "Basic YTpi")
    whole = [f"Bearer {token}" for token in tokens.values()]
    return sent.wearing(Authorization=chance.choice([*whole, *garbled, "Bearer \xff", "Bearer " + "x" * 8000]))


TWISTS: Mapping[str, Twist] = MappingProxyType(
    {
        "nothing: as the document allows": plain,
        "text": odd_text,
        "value of another kind": odd_value,
        "unknown member": odd_member,
        "broken, deep or huge JSON": broken_json,
        "content type": odd_type,
        "header": odd_header,
        "query": odd_query,
        "path": odd_path,
        "method": odd_method,
        "expired, revoked, foreign or garbled token": odd_token,
    }
)
ELSEWHERE = frozenset({"path", "method", "query"})
"""Twists after which the request is no longer one of the operation: the document says nothing of its answer."""


def _with_leaf(sent: Sent, chance: Random, value: Any, kind: type) -> Sent:
    """Return the request with one value of its body, or of its query where it has no body, replaced."""
    if sent.content is None:
        names = sorted(sent.query)
        return replace(sent, query={**sent.query, chance.choice(names): value}) if names else sent
    content = copy.deepcopy(sent.content)
    leaves = [(holder, key) for holder, key in _leaves(content) if isinstance(holder[key], kind)] or list(
        _leaves(content)
    )
    if not leaves:
        return sent.saying(value)
    holder, key = chance.choice(leaves)
    holder[key] = value
    return sent.saying(content)


def _leaves(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield holder and key of every value inside."""
    items: Any = content.items() if isinstance(content, dict) else ()
    items = enumerate(content) if isinstance(content, list) else items
    for key, value in items:
        yield content, key
        yield from _leaves(value)
