"""A real SMTP server on this machine: keeps what it was handed and answers as a test tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from deploy.embedded.children import free_port

FROM = "nastavnik@rayon.example"


@dataclass
class Mailbox:
    """What a server was handed, and what it answers to the address of a receiver."""

    reply: str = "250 OK"
    taken: list[EmailMessage] = field(default_factory=list)
    receivers: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _o: Any) -> str:  # noqa: N802
        if self.reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.receivers.append(list(envelope.rcpt_tos))
        return "250 taken"


@contextmanager
def serving(mailbox: Mailbox, **how: Any) -> Iterator[int]:
    """Take letters on a port of loopback until the end of the block; ``how`` is for aiosmtpd's server."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60, **how)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
