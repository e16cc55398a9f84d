"""Sends one message to the very address that was judged; knows no delivery, no secret and no table.

The name is resolved once, here, and the connection goes to that IP address: a name cannot be judged as one address and
connected to as another. Redirects are not followed, proxies of the environment are not used, and of the answer nothing
but its status is read.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError, SSLError

from shared.webhooks.addresses import PORTS, AddressRefused, Place, Target, judged
from shared.webhooks.errors import AddressForbidden, ReceiverSilent

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
USER_AGENT = "Nastavnik-Webhooks/1"


def post(where: Target, *, headers: Mapping[str, str], body: bytes) -> int:
    """Send a JSON body; return the status of the answer, whatever it is.

    Raises AddressForbidden when the host leads into a private network, ReceiverSilent when there is no answer.
    """
    pool = _pool(where.place)
    sent = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Host": _host_header(where.place),
        "Connection": "close",
        **headers,
    }
    timeout = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        answer = pool.urlopen(
            "POST",
            where.path,
            body=body,
            headers=sent,
            redirect=False,
            retries=False,
            timeout=timeout,
            preload_content=False,
        )
        answer.close()
        return int(answer.status)
    except HTTPError as error:
        raise ReceiverSilent(what=_what(error)) from None
    finally:
        pool.close()


def _pool(place: Place) -> HTTPConnectionPool:
    address = str(_resolved(place))
    if place.scheme == "http":
        return HTTPConnectionPool(address, place.port, maxsize=1)
    # The certificate is that of the name, though the connection goes to the address.
    return HTTPSConnectionPool(
        address,
        place.port,
        maxsize=1,
        cert_reqs="CERT_REQUIRED",
        server_hostname=place.host,
        assert_hostname=place.host,
    )


def _resolved(place: Place) -> object:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError:
        raise ReceiverSilent(what={"ru": "имя узла не находится", "en": "the host's name is not found"}) from None
    try:
        return judged(place, [str(info[4][0]) for info in found])
    except AddressRefused as error:
        raise AddressForbidden(why={"ru": error.ru, "en": error.en}) from None


def _host_header(place: Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port == PORTS[place.scheme] else f"{host}:{place.port}"


def _what(error: HTTPError) -> dict[str, str]:
    """Say what went wrong without the error's own words: they name addresses inside."""
    if isinstance(error, SSLError):
        return {"ru": "сертификат не принят", "en": "the certificate is not accepted"}
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return {"ru": "не ответил вовремя", "en": "no answer in time"}
    return {"ru": "соединение не удалось или оборвалось", "en": "the connection failed or broke"}
