"""The words of letters, and the address of the server they are handed to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.worker.mail import smtp_server
from shared.notices.cases import school_year_of
from shared.notices.letter import LISTED_AT_MOST, letter
from shared.notices.model import Reader, SeenNotice
from shared.settings import SettingInvalid

NOTICE = SeenNotice(
    id=1,
    school_id=2,
    programme_id=3,
    code="deadline.soon",
    to_role=Reader.CURATOR,
    ru="I.1 «Приказ»: срок 20.11.2020, осталось 7 дн.",
    en="I.1 “Order”: due on 20.11.2020, 7 days left.",
    link="/programmes/3",
    school_year=2020,
    job_run_id=UUID(int=1),
    created_at=datetime(2020, 11, 13, tzinfo=UTC),
    seen_at=None,
    seen_by=None,
)


def test_a_letter_is_plain_russian_with_links() -> None:
    made = letter([NOTICE], "https://nastavnik.example/")
    assert made.subject == "«Наставник»: уведомления — 1"
    assert f"— {NOTICE.ru}\n  https://nastavnik.example/programmes/3\n" in made.text


def test_without_the_address_people_use_there_is_no_link() -> None:
    assert "/programmes/3" not in letter([NOTICE], "").text


def test_a_long_letter_names_the_first_and_counts_the_others() -> None:
    many = [replace(NOTICE, id=number, ru=f"Пункт {number}.") for number in range(LISTED_AT_MOST + 3)]
    text = letter(many, "").text
    assert text.count("— Пункт") == LISTED_AT_MOST
    assert "… и ещё 3." in text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example?from=a@b.example", ("mail.example", 587, "starttls", "", "")),
        ("smtp://u:p%40@mail.example:25?from=a@b.example&tls=starttls", ("mail.example", 25, "starttls", "u", "p@")),
        ("smtp://localhost:1025?from=a@b.example&tls=none", ("localhost", 1025, "none", "", "")),
        ("smtps://u:p@mail.example?from=a@b.example", ("mail.example", 465, "implicit", "u", "p")),
    ],
)
def test_the_address_of_a_server_is_read(url: str, expected: tuple[str, int, str, str, str]) -> None:
    server = smtp_server(url)
    assert (server.host, server.port, server.tls, server.user, server.password) == expected
    assert server.sender == "a@b.example"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example?from=a@b.example",
        "smtp://?from=a@b.example",
        "smtp://hidden@mail.example:port?from=a@b.example",
        "smtp://mail.example",
        "smtp://mail.example?from=nobody",
        "smtp://mail.example?from=a@b.example%0d%0aBcc:c@d.example",
        "smtp://mail.example?from=a@b.example&tls=maybe",
        "smtp://mail.example?from=a@b.example&other=1",
        "smtps://mail.example?from=a@b.example&tls=none",
        "smtp://user:hidden@mail.example?from=a@b.example&tls=none",
        "smtp://mail.example/path?from=a@b.example",
    ],
)
def test_a_wrong_address_of_a_server_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        smtp_server(url)
    assert str(caught.value).startswith("NASTAVNIK_SMTP_URL: ")
    assert "hidden" not in str(caught.value)


def test_a_password_is_not_shown_with_its_server() -> None:
    assert "secret" not in repr(smtp_server("smtps://user:secret@mail.example?from=a@b.example"))


def test_a_school_year_begins_in_september() -> None:
    assert [school_year_of(day) for day in (date(2021, 8, 31), date(2021, 9, 1), date(2022, 1, 1))] == [
        2020,
        2021,
        2021,
    ]
