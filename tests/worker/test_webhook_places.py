"""Where webhooks are sent: to the listed address that was judged, never inside, over TLS to whom the name belongs."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.worker.certificates import certificate_for, tls_context
from tests.worker.machinery import Engine
from tests.worker.receiver import Receiver, receiving
from tests.worker.subscribed import Sender, subscribe


def test_a_redirect_is_an_answer_and_is_not_followed(sender: Sender) -> None:
    with receiving() as inside:
        sender.receiver.answers, sender.receiver.location = [307], inside.url()
        assert sender.send(sender.event()) == "queued"
        assert (len(sender.receiver.received), inside.received) == (1, [])


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.7", "::ffff:127.0.0.1", "::1"])
def test_a_name_that_leads_inside_is_sent_nothing(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    ask = socket.getaddrinfo

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return ask(inside if host == "hooks.example.org" else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    place = receiver.place("hooks.example.org")
    trusting = subscribe(engine, receiver, url=receiver.url("hooks.example.org"), hosts=place)
    delivery = trusting.event()
    assert trusting.send(delivery) == "dead"
    assert trusting.delivery(delivery) == ("failed", [("failed", None, "webhook.address")])
    assert receiver.received == []


def test_a_name_is_asked_once_and_the_connection_goes_to_what_was_judged(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = socket.getaddrinfo, []

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return ask("127.0.0.1" if host == "localhost" else host, port, *args, **kwargs)

    local = subscribe(engine, receiver, url=receiver.url("localhost"), hosts=receiver.place("localhost"))
    delivery = local.event()
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert local.send(delivery) == "done"
    assert asked.count("localhost") == 1
    assert receiver.received[0].headers["Host"] == f"localhost:{receiver.port}"


def test_an_address_that_left_the_list_is_sent_nothing(sender: Sender) -> None:
    delivery = sender.event()
    sender.hosts = "hooks.example.org"
    assert sender.send(delivery) == "dead"
    assert sender.delivery(delivery) == ("failed", [("failed", None, "webhook.address")])
    assert sender.receiver.received == []


@pytest.mark.parametrize(
    ("certified", "trusted", "status"),
    [
        ("localhost", True, "done"),
        ("other.example.org", True, "queued"),
        ("localhost", False, "queued"),
    ],
)
def test_https_demands_a_certificate_of_the_name_from_somebody_trusted(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certified: str,
    trusted: bool,
    status: str,
) -> None:
    certificate = certificate_for(certified, tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiving(tls_context(certificate)) as receiver:
        url, place = (make("localhost", scheme="https") for make in (receiver.url, receiver.place))
        made = subscribe(engine, receiver, url=url, hosts=place)
        delivery = made.event()
        assert made.send(delivery) == status
        assert len(receiver.received) == (status == "done")
    told = made.delivery(delivery)[1][-1]
    assert told == (("sent", 204, None) if status == "done" else ("again", None, "webhook.silent"))
