"""Nobody writes a header of a letter through a name or an address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.worker.mail import Outgoing, send, smtp_server
from shared.settings import SettingInvalid
from tests.builders import School
from tests.http import Account, Api
from tests.worker.mailbox import FROM, Mailbox, serving

WHEN = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def address(mailbox: Mailbox) -> Iterator[str]:
    """A real server on this machine."""
    with serving(mailbox) as port:
        yield f"smtp://127.0.0.1:{port}?from={FROM}&tls=none"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("place", ["to", "subject", "key"])
def test_a_line_end_in_a_header_sends_nothing(address: str, mailbox: Mailbox, place: str, end: str) -> None:
    fields = {"key": "1", "to": "curator@school.example", "subject": "Уведомления"}
    fields[place] += f"{end}Bcc: stranger@elsewhere.example"
    with pytest.raises(ValueError, match="linefeed"):
        send(smtp_server(address), Outgoing(**fields, text="Текст", written_at=WHEN))
    assert mailbox.taken == []


def test_lines_of_the_text_stay_text(address: str, mailbox: Mailbox) -> None:
    text = "Имя\r\nBcc: stranger@elsewhere.example\r\n.\r\nRCPT TO:<stranger@elsewhere.example>"
    send(smtp_server(address), Outgoing("2", "curator@school.example", "Уведомления", text, WHEN))
    assert mailbox.receivers.pop() == ["curator@school.example"]
    letter = mailbox.taken.pop()
    assert letter["Bcc"] is None
    assert "RCPT TO:<stranger" in letter.get_content()


@pytest.mark.parametrize(
    "email",
    [
        "curator@school.example\r\nBcc: x@y.example",
        "curator@school.example\n",
        "a@b.example, x@y.example",
        "<a@b.example>",
        "a b@c.example",
        "a@b.example\0",
        "кто@школа.рф",
    ],
)
def test_no_such_address_is_kept(api: Api, email: str) -> None:
    inside = Account(api.app, api.admin.token, School.begin(api).municipality_id)
    answer = inside.call("POST", "/principals", {"name": "Методист", "role": "methodist", "email": email})
    assert (answer.status_code, [error["path"] for error in answer.get_json()["errors"]]) == (422, ["email"])


def test_nor_is_such_a_sender_taken_from_the_settings() -> None:
    with pytest.raises(SettingInvalid):
        smtp_server("smtp://h.example?from=a@b.example%0d%0aBcc:x@y.example")
