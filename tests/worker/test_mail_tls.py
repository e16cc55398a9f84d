"""Letters to a server that asks for TLS and a password, and shows a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.worker.certificates import certificate_for, tls_context
from tests.worker.letters import account, only_letter
from tests.worker.machinery import Engine
from tests.worker.mailbox import FROM, Mailbox, serving

pytestmark = pytest.mark.usefixtures("holds_after")
HOST = "127.0.0.1"


@pytest.fixture
def guarded(mailbox: Mailbox, tmp_path: Path) -> Iterator[str]:
    """Address of a server that asks for STARTTLS and a password, with a certificate of its own."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"user", b"pa ss"), handled=False)

    with serving(
        mailbox,
        tls_context=tls_context(certificate_for(HOST, tmp_path)),
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    ) as port:
        yield f"smtp://user:pa%20ss@{HOST}:{port}?from={FROM}"


def test_a_letter_goes_over_tls_with_the_password(
    engine: Engine, mailbox: Mailbox, guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / f"{HOST}.pem"))
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
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / f"{HOST}.pem"))
    account(engine)
    job = only_letter(engine)
    engine.run(job, smtp_url=guarded.replace("pa%20ss", "wrong"))
    assert (engine.status(job), engine.job(job)["error_code"]) == ("queued", "mail.not_now")
    assert mailbox.taken == []
