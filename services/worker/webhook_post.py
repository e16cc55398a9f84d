"""Sends one message to the very address that was judged; knows no delivery, no secret and no table.

The name is resolved once, here, and the connection goes to that IP address: a name cannot be judged as one address and
connected to as another. Redirects are not followed, proxies of the environment are not used, and of the answer nothing
but its head is read.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from threading import Timer

from shared.webhooks.addresses import PORTS, AddressRefused, Place, Target, judged
from shared.webhooks.errors import AddressForbidden, ReceiverSilent

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 30.0
"""TOTAL_SECONDS: a receiver that gives a byte now and then holds a worker no longer than that."""
USER_AGENT = "Nastavnik-Webhooks/1"


def post(where: Target, *, headers: Mapping[str, str], body: bytes) -> int:
    """Send a JSON body; return the status of the answer, whatever it is.

    Raises AddressForbidden when the host leads into a private network, ReceiverSilent when there is no answer.
    """
    sent = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Host": _host_header(where.place),
        "Connection": "close",
        **headers,
    }
    address = _resolved(where.place)
    try:
        with _connected(where.place, address) as sock:
            connection = HTTPConnection(address, where.place.port)
            connection.sock = sock
            connection.request("POST", where.path, body=body, headers=sent)
            return connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise ReceiverSilent(what=_what(error)) from None


@contextlib.contextmanager
def _connected(place: Place, address: str) -> Iterator[socket.socket]:
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.create_connection((address, place.port), timeout=CONNECT_SECONDS))
        stack.enter_context(_cut_in_time(sock))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if place.scheme == "https":
            # The certificate is that of the name, though the connection goes to the address.
            context = ssl.create_default_context()
            sock = stack.enter_context(context.wrap_socket(sock, server_hostname=place.host))
        sock.settimeout(READ_SECONDS)
        yield sock


@contextlib.contextmanager
def _cut_in_time(sock: socket.socket) -> Iterator[None]:
    """End the connection after TOTAL_SECONDS, the handshake included: timeouts of a socket begin anew at each byte."""
    with sock.dup() as same:

        def cut() -> None:
            with contextlib.suppress(OSError):
                same.shutdown(socket.SHUT_RDWR)

        timer = Timer(TOTAL_SECONDS, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _resolved(place: Place) -> str:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError:
        raise ReceiverSilent(what={"ru": "имя узла не находится", "en": "the host's name is not found"}) from None
    try:
        return str(judged(place, [str(info[4][0]) for info in found]))
    except AddressRefused as error:
        raise AddressForbidden(why={"ru": error.ru, "en": error.en}) from None


def _host_header(place: Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port == PORTS[place.scheme] else f"{host}:{place.port}"


def _what(error: Exception) -> dict[str, str]:
    """Say what went wrong without the error's own words: they name addresses inside."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return {"ru": "сертификат не принят", "en": "the certificate is not accepted"}
    if isinstance(error, TimeoutError):
        return {"ru": "не ответил вовремя", "en": "no answer in time"}
    return {"ru": "соединение не удалось или оборвалось", "en": "the connection failed or broke"}
