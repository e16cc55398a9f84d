"""Receivers with ill will: one that never ends, one that drips, one that leads through a proxy of the environment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from services.worker import webhook_post
from services.worker.webhook_post import post
from shared.webhooks.addresses import Place, Target
from shared.webhooks.errors import ReceiverSilent
from tests.worker.receiver import receiving

Talk = Callable[[socket.socket, threading.Event], None]


@contextmanager
def talking(talk: Talk) -> Iterator[Target]:
    """Listen for one connection and let ``talk`` use it; its event is set when the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    talk(connection, over)
                except OSError:
                    return  # the sender has gone, as it should

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Target(Place("http", "127.0.0.1", listening.getsockname()[1]), "/in")
        over.set()
        thread.join(10)
        assert not thread.is_alive()


def endlessly(connection: socket.socket, beginning: bytes, again: bytes) -> None:
    """Send for as long as somebody takes it."""
    connection.sendall(beginning)
    while True:
        connection.sendall(again)


def drip(connection: socket.socket, over: threading.Event) -> None:
    """Give a byte of the head now and then, each in time."""
    connection.recv(65536)
    for byte in b"HTTP/1.1 200 " + b"O" * 10_000:
        if over.wait(0.05):
            return
        connection.sendall(bytes([byte]))


def go_on(connection: socket.socket, over: threading.Event) -> None:
    """Promise an answer again and again."""
    while not over.wait(0.02):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize("talk", [drip, go_on])
def test_a_receiver_that_drips_holds_the_worker_no_longer_than_the_deadline(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_post, "TOTAL_SECONDS", 0.5)
    with talking(talk) as where, pytest.raises(ReceiverSilent):
        post(where, headers={}, body=b"{}")


def test_a_handshake_that_never_ends_is_cut_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_post, "TOTAL_SECONDS", 0.5)

    def shake(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"\x16\x03\x03\x3f\xff")  # a record of 16 KiB begins
        while not over.wait(0.05):
            connection.sendall(b"\x02")

    with talking(shake) as where, pytest.raises(ReceiverSilent):
        post(Target(Place("https", "127.0.0.1", where.place.port), "/in"), headers={}, body=b"{}")


def test_of_an_endless_body_nothing_is_read() -> None:
    def flood(connection: socket.socket, _over: threading.Event) -> None:
        endlessly(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n", b"x" * 65536)

    with talking(flood) as where:
        assert post(where, headers={}, body=b"{}") == 200


@pytest.mark.parametrize("again", [b"X-Again: 1\r\n", b"x" * 4096], ids=["headers", "one line"])
def test_an_endless_head_is_no_answer(again: bytes) -> None:
    def flood(connection: socket.socket, _over: threading.Event) -> None:
        endlessly(connection, b"HTTP/1.1 200 OK\r\nX-One: ", again)

    with talking(flood) as where, pytest.raises(ReceiverSilent):
        post(where, headers={}, body=b"{}")


@pytest.mark.parametrize("answer", [b"", b"\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"\x00" * 100])
def test_what_is_no_http_is_no_answer(answer: bytes) -> None:
    def say(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with talking(say) as where, pytest.raises(ReceiverSilent):
        post(where, headers={}, body=b"{}")


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        where = Target(Place("http", "127.0.0.1", receiver.port), "/in")
        assert post(where, headers={"Webhook-Id": "1"}, body=b"{}") == 204
        assert (len(receiver.received), proxy.received) == (1, [])


def test_a_header_cannot_be_split() -> None:
    with receiving() as receiver, pytest.raises(ValueError, match="header"):
        post(Target(Place("http", "127.0.0.1", receiver.port), "/in"), headers={"X": "1\r\nY: 2"}, body=b"{}")
    assert receiver.received == []
