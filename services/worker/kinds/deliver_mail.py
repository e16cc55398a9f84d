"""Sends one letter, about notices or with a link that resets a password, and writes what became of it.

At least once. A letter about notices has the same name each time; one with a link has another each time, since each
holds a secret of its own, and the last one sent is the one that works.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from services.worker.kind import Handler, Job, Outcome, Snapshot
from services.worker.mail import Outgoing, SmtpServer, send, smtp_server
from shared.access import account_links, reset_letter
from shared.access.tokens import ACCOUNT_LINK, new_secret
from shared.db.pool import Conn
from shared.deliveries import store
from shared.deliveries.actions import ARGUMENT
from shared.deliveries.model import Channel, Delivery, DeliveryStatus
from shared.errors import NotFound
from shared.failpoint import failpoint
from shared.jobs.errors import ArgumentsInvalid, PermanentError, SubjectGone
from shared.jobs.model import Claim, Sentence, Status
from shared.notices import store as notices
from shared.notices.letter import letter

ALGORITHM_VERSION = "1"


class MailOff(PermanentError):
    """Mail is switched off in this installation: notices are on their page, a link to a password is given by hand."""

    code = "mail.off"
    ru = "Почта в этой установке выключена: уведомления есть на странице, ссылку на пароль дают из рук в руки."


class AddressUnknown(PermanentError):
    """A link cannot be sent while the installation does not know its own address (NASTAVNIK_PUBLIC_URL)."""

    code = "mail.no_address"
    ru = "Ссылку нельзя отправить, пока установка не знает своего адреса (NASTAVNIK_PUBLIC_URL)."


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter and where it is handed in; ``outgoing`` None: it was sent already, by a job that is no more."""

    delivery_id: UUID
    server: SmtpServer
    outgoing: Outgoing | None
    number: int
    armed: str
    link: tuple[int, bytes] | None = None
    """the account's link in the letter, and the hash of its secret"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server took, after so many milliseconds."""

    delivery_id: UUID
    reply: int
    ms: int
    link: tuple[int, bytes] | None


def load(conn: Conn, job: Job) -> Snapshot:
    """Read delivery, address and notices; what is gone ends the job with a sentence that says what."""
    delivery = _delivery(conn, job)
    if not job.settings.smtp_url:
        raise MailOff
    server = smtp_server(job.settings.smtp_url)
    named = {"delivery": str(delivery.id)}
    if delivery.status is DeliveryStatus.SENT:
        ready = Ready(delivery.id, server, None, 0, "")
        return Snapshot(ready, delivery.created_at, named=named)
    if delivery.account_link_id is not None:
        return Snapshot(_with_link(conn, job, delivery, delivery.account_link_id), delivery.created_at, named=named)
    told = [] if delivery.notice_id is None else notices.letter_of(conn, delivery.notice_id)
    if not told:
        raise SubjectGone(what={"ru": "уведомление", "en": "notice"})
    to = _address(conn, delivery)
    words = letter(told, job.settings.public_url)
    outgoing = Outgoing(str(delivery.id), to, words.subject, words.text, delivery.created_at)
    ready = Ready(delivery.id, server, outgoing, len(told), job.settings.failpoint)
    return Snapshot(ready, delivery.created_at, named=named)


def compute(ready: Ready) -> Outcome:
    """Send it, outside of any transaction; a repeat has the same Message-ID."""
    if ready.outgoing is None:
        return Outcome({"delivery": str(ready.delivery_id), "notices": 0}, None)
    began = time.monotonic()
    reply = send(ready.server, ready.outgoing)
    ms = round((time.monotonic() - began) * 1000)
    failpoint("mail_after_send", ready.armed)
    return Outcome(
        {"delivery": str(ready.delivery_id), "notices": ready.number}, Sent(ready.delivery_id, reply, ms, ready.link)
    )


def write(conn: Conn, _held: Claim, sent: Sent | None) -> None:
    """Write that the server took it; from now on the link in it works."""
    if sent is None:
        return
    store.record_sent(conn, sent.delivery_id, http_status=sent.reply, ms=sent.ms)
    if sent.link is not None:
        account_links.sent(conn, *sent.link)


def on_failure(conn: Conn, held: Claim, why: Sentence, status: Status) -> None:
    """Write the attempt; a job without its delivery has nothing to write to."""
    try:
        delivery_id = UUID(held.args[ARGUMENT])
    except (KeyError, ValueError, TypeError, AttributeError):
        return
    store.record_failure(conn, delivery_id, error_code=why.code, is_final=status is Status.DEAD)


def _with_link(conn: Conn, job: Job, delivery: Delivery, link_id: int) -> Ready:
    """Return the letter that resets a password; its secret is made here and is written nowhere."""
    if not job.settings.public_url:
        raise AddressUnknown
    if not account_links.awaits_letter(conn, link_id):
        raise SubjectGone(what={"ru": "ссылка", "en": "link"})
    secret = new_secret()
    text = reset_letter.reset_letter(job.settings.public_url, secret.token(ACCOUNT_LINK, link_id))
    key = f"{delivery.id}.{secret.digest.hex()[:12]}"
    outgoing = Outgoing(key, _address(conn, delivery), reset_letter.SUBJECT, text, delivery.created_at)
    server = smtp_server(job.settings.smtp_url)
    return Ready(delivery.id, server, outgoing, 0, job.settings.failpoint, (link_id, secret.digest))


def _address(conn: Conn, delivery: Delivery) -> str:
    to = None if delivery.principal_id is None else notices.address(conn, delivery.principal_id)
    if to is None:
        raise SubjectGone(what={"ru": "адрес", "en": "address"})
    return to


def _delivery(conn: Conn, job: Job) -> Delivery:
    try:
        found = store.get(conn, job.argument_id(ARGUMENT))
    except NotFound:
        raise SubjectGone(what={"ru": "отправление", "en": "delivery"}) from None
    if found.channel is not Channel.MAIL:
        raise ArgumentsInvalid(name=ARGUMENT)
    return found


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write, on_failure=on_failure)
