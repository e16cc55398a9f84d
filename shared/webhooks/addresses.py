"""Where a webhook may go: the allow-list, the form of an address, which IP addresses are the internet's. Pure.

Knows no resolver and no socket: who sends resolves the name, asks here, and connects to the very IP that was judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from shared.errors import FieldError
from shared.settings import PREFIX, SettingInvalid

IPAddress = IPv4Address | IPv6Address
PORTS = {"https": 443, "http": 80}
LOCALHOST = "localhost"
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_URL = re.compile(r"[\x21-\x7e]+")
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""What IANA gives out; outside of it `is_global` lets site-local and later blocks through."""


@dataclass(frozen=True, slots=True)
class Place:
    """Scheme, host (lower case; an IP address without brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def literal(self) -> IPAddress | None:
        """The host as an IP address, None when it is a name."""
        return _literal(self.host)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be used: where to connect, and the path with its query that is asked for there."""

    place: Place
    path: str


class AddressRefused(ValueError):
    """The address may not be used; ``code`` is stable, the sentences name no secret."""

    def __init__(self, code: str, ru: str, en: str) -> None:
        super().__init__(code)
        self.code, self.ru, self.en = code, ru, en

    def at(self, path: str) -> FieldError:
        """Return it as the mistake of a field."""
        return FieldError(path, self.code, self.ru, self.en)


def allowed_places(setting: str) -> tuple[Place, ...]:
    """Read `webhook_hosts`: host[:port] for https, http://host[:port] for development, separated by commas.

    Raises SettingInvalid naming the entry that is no such place.
    """
    return tuple(_entry(text.strip()) for text in setting.split(",") if text.strip())


def target(url: str, allowed: Sequence[Place]) -> Target:
    """Return where ``url`` leads; AddressRefused for a strange form or a place that is not on the list."""
    if not allowed:
        raise AddressRefused(
            "off",
            "Вебхуки выключены: список адресов (webhook_hosts) пуст.",
            "Webhooks are off: the list of addresses (webhook_hosts) is empty.",
        )
    parts = _parts(url)
    found = Place(parts.scheme, _host(parts), _port(parts))
    if found not in allowed:
        raise AddressRefused(
            "host",
            "Адрес не из списка разрешённых (протокол, узел и порт); список ведёт администратор системы.",
            "The address is not on the list of allowed ones (scheme, host, port); the operator keeps the list.",
        )
    return Target(found, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def judged(place: Place, resolved: Iterable[str]) -> IPAddress:
    """Return the IP address to connect to, of those that ``place`` resolved to.

    All of them must be of the public internet, else a name could lead inside one time in two. An IP address that the
    list itself names may be any; `localhost` may be the machine itself and nothing else.
    """
    found = [ip_address(text.partition("%")[0]) for text in resolved]
    literal = place.literal
    if literal is not None:
        return literal
    if not found:
        raise AddressRefused("dns", "У узла нет адреса.", "The host has no address.")
    for address in found:
        if not (address.is_loopback if place.host == LOCALHOST else is_public(address)):
            ru = "Узел ведёт во внутреннюю сеть: туда ничего не отправляется."
            raise AddressRefused("private", ru, "The host leads into a private network: nothing is sent there.")
    return found[0]


def is_public(address: IPAddress) -> bool:
    """Say whether an address is of the public internet, also when an IPv4 address is wrapped in it."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _parts(url: str) -> SplitResult:
    if not _URL.fullmatch(url) or "\\" in url:
        raise _strange()
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _strange() from None
    if parts.scheme not in PORTS or "@" in parts.netloc or "#" in url:
        raise _strange()
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if _literal(host) is None and (not _NAME.fullmatch(host) or host.rpartition(".")[2][0].isdigit()):
        raise _strange()  # 2130706433, 127.1 and 0x7f000001 are names to us, loopback to a resolver
    return host


def _port(parts: SplitResult) -> int:
    return PORTS[parts.scheme] if parts.port is None else parts.port


def _entry(text: str) -> Place:
    wrong = SettingInvalid(f"{PREFIX}WEBHOOK_HOSTS: {text!r} is neither host[:port] nor http://host[:port]")
    try:
        parts = _parts(text if "://" in text else f"https://{text}")
        found = Place(parts.scheme, _host(parts), _port(parts))
    except AddressRefused:
        raise wrong from None
    if parts.path not in ("", "/") or parts.query:
        raise wrong
    return found


def _literal(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _strange() -> AddressRefused:
    return AddressRefused(
        "address",
        "Нужен адрес вида https://узел[:порт]/путь: без имени и пароля, без #, без пробелов.",
        "An address like https://host[:port]/path is needed: no user or password, no #, no spaces.",
    )
