"""Letters about notices, against a real SMTP server: sent once the server took them, repeated under the same name."""

from __future__ import annotations

import re
import signal
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.access.account_links import AccountLinkNotValid, Purpose, ask_reset, read
from shared.access.model import Actor, Role
from shared.db.tenancy import Tenant
from shared.deliveries.actions import create
from shared.deliveries.model import Channel
from shared.jobs.actions import retry
from shared.notices.model import Reader
from tests.worker.letters import ADDRESS, account, letter_jobs, methodist, notice, tell
from tests.worker.machinery import Engine

pytestmark = pytest.mark.usefixtures("holds_after")
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


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def plain(mailbox: Mailbox) -> Iterator[str]:
    """Address of a server without TLS."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}?from={FROM}&tls=none"
    controller.stop()


@pytest.fixture
def guarded(mailbox: Mailbox, tmp_path: Path) -> Iterator[str]:
    """Address of a server that asks for STARTTLS and a password, with a certificate of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"user", b"pa ss"), handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
        ready_timeout=60,
    )
    controller.start()
    yield f"smtp://user:pa%20ss@127.0.0.1:{controller.port}?from={FROM}"
    controller.stop()


def certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def only_delivery(engine: Engine) -> dict[str, Any]:
    (row,) = engine.rows("SELECT id, status, sent_at IS NOT NULL AS is_sent FROM delivery")
    return row


def attempts(engine: Engine) -> list[tuple[str, int | None, str | None]]:
    rows = engine.rows("SELECT outcome, http_status, error_code FROM delivery_attempt ORDER BY id")
    return [(row["outcome"], row["http_status"], row["error_code"]) for row in rows]


def only_letter(engine: Engine) -> UUID:
    """Tell of one activity; return the job of the one letter that comes of it."""
    tell(engine, notice(engine, "I.1"))
    (job,) = letter_jobs(engine)
    return job


def test_an_account_with_an_address_gets_one_letter_about_all_that_is_new(
    engine: Engine, mailbox: Mailbox, plain: str
) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"), notice(engine, "I.2"))
    (job,) = letter_jobs(engine)
    engine.run(job, smtp_url=plain, public_url="https://nastavnik.example/")
    assert engine.status(job) == "done"
    (message,) = mailbox.taken
    assert mailbox.receivers == [[ADDRESS]]
    assert message["Subject"] == "«Наставник»: уведомления — 2"
    assert (message["From"], message["To"]) == (FROM, ADDRESS)
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "— Пункт I.1 просрочен." in text
    assert "— Пункт I.2 просрочен." in text
    assert f"https://nastavnik.example/programmes/{engine.programme.id}" in text
    delivery = only_delivery(engine)
    assert message["Message-ID"] == f"<{delivery['id']}@rayon.example>"
    assert (delivery["status"], delivery["is_sent"]) == ("sent", True)
    assert attempts(engine) == [("sent", 250, None)]


def test_letters_go_to_the_readers_of_the_school_alone(engine: Engine) -> None:
    other = engine.another_programme(in_municipality=engine.programme.municipality_id)
    account(engine, email=None)
    account(engine, email="foreign@school.example", school_id=other.school_id)
    account(engine, "director", email="director@school.example")
    account(engine, "methodist", email="methodist@rayon.example")
    curator = account(engine)
    tell(engine, notice(engine, "I.1"))
    assert [row["principal_id"] for row in engine.rows("SELECT principal_id FROM delivery")] == [curator]
    tell(engine, notice(engine, "summary", to=Reader.METHODIST))
    assert len(engine.rows("SELECT id FROM delivery WHERE school_id IS NULL")) == 1


def test_without_mail_nothing_is_to_be_sent(engine: Engine) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"), is_mail_on=False)
    assert letter_jobs(engine) == []
    assert len(engine.rows("SELECT id FROM notice")) == 1


def test_what_was_told_is_not_sent_again(engine: Engine) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"))
    tell(engine, notice(engine, "I.1"))
    assert len(letter_jobs(engine)) == 1


def test_a_refusal_for_good_ends_the_job_with_a_sentence_and_no_address(
    engine: Engine, mailbox: Mailbox, plain: str
) -> None:
    account(engine)
    job = only_letter(engine)
    mailbox.reply = f"550 no {ADDRESS} here"
    engine.run(job, smtp_url=plain)
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["error_code"]) == ("dead", 1, "mail.refused")
    assert row["error_ru"] == "Почтовый сервер окончательно отказал (550): проверьте адрес учётной записи."
    assert ADDRESS not in row["error_ru"] + row["error_en"]
    assert only_delivery(engine)["status"] == "failed"
    assert attempts(engine) == [("failed", None, "mail.refused")]


def test_a_server_that_asks_to_come_again_gets_the_letter_later(engine: Engine, mailbox: Mailbox, plain: str) -> None:
    account(engine)
    job = only_letter(engine)
    mailbox.reply = "451 later"
    engine.run(job, smtp_url=plain)
    assert (engine.status(job), only_delivery(engine)["status"]) == ("queued", "waiting")
    assert engine.job(job)["error_code"] == "mail.not_now"
    mailbox.reply = "250 OK"
    engine.execute("UPDATE job_run SET next_at = clock_timestamp()")
    engine.run(job, smtp_url=plain)
    assert engine.status(job) == "done"
    assert attempts(engine) == [("again", None, "mail.not_now"), ("sent", 250, None)]


def test_a_server_that_is_away_is_asked_until_the_attempts_are_spent(engine: Engine) -> None:
    account(engine)
    job = only_letter(engine)
    engine.execute("UPDATE job_run SET max_attempts = 2 WHERE id = %s", job)
    for _ in range(2):
        engine.execute("UPDATE job_run SET next_at = clock_timestamp() WHERE id = %s AND status = 'queued'", job)
        engine.run(job, smtp_url=f"smtp://127.0.0.1:{free_port()}?from={FROM}&tls=none")
    assert (engine.status(job), only_delivery(engine)["status"]) == ("dead", "failed")
    assert [outcome for outcome, _, _ in attempts(engine)] == ["again", "failed"]


def test_a_failed_letter_is_sent_when_its_job_is_repeated_by_hand(engine: Engine, mailbox: Mailbox, plain: str) -> None:
    account(engine)
    job = only_letter(engine)
    mailbox.reply = "550 no"
    engine.run(job, smtp_url=plain)
    mailbox.reply = "250 OK"
    with engine.conn() as conn:
        again = retry(conn, methodist(engine), job)
    engine.run(again, smtp_url=plain)
    assert (engine.status(again), only_delivery(engine)["status"]) == ("done", "sent")
    assert len(mailbox.taken) == 1


def test_a_worker_killed_after_sending_sends_again_under_the_same_name(
    engine: Engine, mailbox: Mailbox, plain: str
) -> None:
    account(engine)
    job = only_letter(engine)
    assert engine.run_in_child(job, smtp_url=plain, failpoint="mail_after_send") == -signal.SIGKILL
    engine.lapse(job)
    engine.reconcile()
    engine.run(job, smtp_url=plain)
    assert engine.status(job) == "done"
    first, second = mailbox.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()
    assert attempts(engine) == [("sent", 250, None)]


def test_mail_that_was_switched_off_meanwhile_ends_the_job_with_a_sentence(engine: Engine) -> None:
    account(engine)
    job = only_letter(engine)
    engine.run(job)
    assert engine.job(job)["error_code"] == "mail.off"


def test_a_letter_to_an_account_that_has_ended_is_not_sent(engine: Engine, mailbox: Mailbox, plain: str) -> None:
    curator = account(engine)
    job = only_letter(engine)
    with engine.conn() as conn:
        conn.execute("UPDATE principal SET ended_at = now() WHERE id = %s", (curator,))
    engine.run(job, smtp_url=plain)
    assert engine.job(job)["error_ru"] == "Того, о чём эта работа, больше нет (адрес)."
    assert mailbox.taken == []


def test_a_letter_goes_over_tls_with_the_password(
    engine: Engine, mailbox: Mailbox, guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    account(engine)
    job = only_letter(engine)
    engine.run(job, smtp_url=guarded)
    assert engine.status(job) == "done"
    assert len(mailbox.taken) == 1


def test_a_server_whose_certificate_nobody_signed_gets_neither_password_nor_letter(
    engine: Engine, mailbox: Mailbox, guarded: str
) -> None:
    account(engine)
    job = only_letter(engine)
    engine.run(job, smtp_url=guarded)
    assert (engine.status(job), engine.job(job)["error_code"]) == ("queued", "mail.not_now")
    assert mailbox.taken == []


def test_a_wrong_password_is_the_installations_mistake_and_may_be_mended(
    engine: Engine, mailbox: Mailbox, guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    account(engine)
    job = only_letter(engine)
    engine.run(job, smtp_url=guarded.replace("pa%20ss", "wrong"))
    assert (engine.status(job), engine.job(job)["error_code"]) == ("queued", "mail.not_now")
    assert mailbox.taken == []


def asked_reset(engine: Engine, principal_id: int) -> tuple[int, UUID]:
    """Ask for a link as the page of forgotten passwords does; return the link and the job that sends it."""
    with engine.conn() as conn:
        conn.execute(
            "INSERT INTO account (municipality_id, principal_id, login, password_hash, password_set_at)"
            " VALUES (%s, %s, %s, repeat('x', 30), now())",
            (engine.programme.municipality_id, principal_id, ADDRESS),
        )
        tenant = Tenant(engine.programme.municipality_id, engine.programme.school_id)
        link = ask_reset(conn, Actor(principal_id, Role.CURATOR, tenant))
        assert link is not None
        create(
            conn,
            municipality_id=tenant.municipality_id,
            channel=Channel.MAIL,
            school_id=tenant.school_id,
            principal_id=principal_id,
            account_link_id=link,
        )
    (job,) = letter_jobs(engine)
    return link, job


PUBLIC = "https://nastavnik.example/"


def secret_in(message: EmailMessage) -> str:
    """Return the link's secret that the letter carries."""
    found = re.search(r"https://nastavnik\.example/password/(nsa_\S+)", str(message.get_content()))
    assert found is not None
    return found[1]


def test_a_link_that_resets_a_password_is_in_its_letter_and_nowhere_else(
    engine: Engine, mailbox: Mailbox, plain: str
) -> None:
    link, job = asked_reset(engine, account(engine))
    engine.run(job, smtp_url=plain, public_url=PUBLIC)
    assert engine.status(job) == "done"
    (message,) = mailbox.taken
    secret = secret_in(message)
    assert message["Subject"] == "«Наставник»: новый пароль"
    with engine.conn() as conn:
        assert read(conn, secret).id == link
    kept = engine.rows("SELECT to_jsonb(j)::text AS kept FROM job_run j UNION ALL SELECT body::text FROM result")
    assert kept
    assert not any(secret.split("_")[2] in row["kept"] for row in kept)


def test_each_letter_with_a_link_has_a_secret_and_a_name_of_its_own_and_the_last_one_works(
    engine: Engine, mailbox: Mailbox, plain: str
) -> None:
    _, job = asked_reset(engine, account(engine))
    given: dict[str, str] = {"smtp_url": plain, "public_url": PUBLIC}
    assert engine.run_in_child(job, **given, failpoint="mail_after_send") == -signal.SIGKILL
    engine.lapse(job)
    engine.reconcile()
    engine.run(job, **given)
    first, second = mailbox.taken
    assert first["Message-ID"] != second["Message-ID"]
    with engine.conn() as conn:
        assert read(conn, secret_in(second)).purpose is Purpose.RESET
        with pytest.raises(AccountLinkNotValid):
            read(conn, secret_in(first))


def test_a_link_that_was_replaced_meanwhile_or_has_no_address_to_lead_to_is_not_sent(
    engine: Engine, mailbox: Mailbox, plain: str
) -> None:
    link, job = asked_reset(engine, account(engine))
    engine.run(job, smtp_url=plain)
    assert engine.job(job)["error_code"] == "mail.no_address"
    with engine.conn() as conn:
        again = retry(conn, methodist(engine), job)
        conn.execute("UPDATE account_link SET revoked_at = now() WHERE id = %s", (link,))
    engine.run(again, smtp_url=plain, public_url=PUBLIC)
    assert engine.job(again)["error_ru"] == "Того, о чём эта работа, больше нет (ссылка)."
    assert mailbox.taken == []
