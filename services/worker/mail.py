"""Sends one letter by SMTP; knows no notices and no jobs. Addresses and passwords never reach a message of an error."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from shared.jobs.errors import PermanentError, TemporaryError
from shared.settings import SettingInvalid

TIMEOUT_SECONDS = 20.0
_NAME = "NASTAVNIK_SMTP_URL"
_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = 500
_TLS = ("starttls", "none")


class MailRefused(PermanentError):
    """The mail server refused the letter for good ({reply}): check the address of the account."""

    code = "mail.refused"
    ru = "Почтовый сервер окончательно отказал ({reply}): проверьте адрес учётной записи."


class MailNotNow(TemporaryError):
    """The mail server could not be reached or asked to come again; there will be another attempt."""

    code = "mail.not_now"
    ru = "Почтовый сервер недоступен или просит повторить позже; будет ещё попытка."


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where letters are handed in. ``tls``: starttls | none | implicit; certificates are always verified."""

    host: str
    port: int
    sender: str
    tls: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter. ``key`` is its name for the receiver: the same letter sent twice is known by it. The text may hold
    a secret.
    """

    key: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    written_at: datetime


def smtp_server(url: str) -> SmtpServer:
    """Read the setting; SettingInvalid says what is wrong with it and shows nothing of it."""
    try:
        parts = urlsplit(url)
        port = parts.port
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError:
        raise SettingInvalid(f"{_NAME}: cannot be read as an address") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise SettingInvalid(f"{_NAME}: smtp://[user:password@]host[:port]?from=..[&tls=starttls|none], or smtps://")
    sender = options.pop("from", [""])[-1]
    tls = options.pop("tls", ["starttls"])[-1] if parts.scheme == "smtp" else "implicit"
    if options or (parts.scheme == "smtp" and tls not in _TLS):
        raise SettingInvalid(f"{_NAME}: options are from and tls (starttls or none; not with smtps)")
    if sender.count("@") != 1 or not sender.isascii() or any(sign in sender for sign in "\r\n <>"):
        raise SettingInvalid(f"{_NAME}: from=.. must be one address")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and tls == "none":
        raise SettingInvalid(f"{_NAME}: a password is not sent without TLS")
    return SmtpServer(parts.hostname, port or _PORTS[parts.scheme], sender, tls, user, password)


def send(server: SmtpServer, letter: Outgoing) -> int:
    """Hand the letter in and return the server's reply code; MailRefused, or MailNotNow for all that may pass."""
    try:
        with _connected(server) as smtp:
            smtp.send_message(_message(server, letter), from_addr=server.sender, to_addrs=[letter.to])
    except smtplib.SMTPAuthenticationError as error:
        raise MailNotNow from error  # the installation's mistake, which its operator can mend
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        reply = _reply(error)
        if reply >= _PERMANENT:
            raise MailRefused(reply=reply) from error
        raise MailNotNow from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotNow from error
    return 250


def _connected(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "implicit":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _message(server: SmtpServer, letter: Outgoing) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = server.sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.key}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _reply(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> int:
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code
    return max(code for code, _text in error.recipients.values())
