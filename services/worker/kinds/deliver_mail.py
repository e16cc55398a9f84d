"""Sends one letter about notices and writes what became of it; at least once, under the delivery's id."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from services.worker.kind import Handler, Job, Outcome, Snapshot
from services.worker.mail import Outgoing, SmtpServer, send, smtp_server
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
    """Mail is switched off in this installation; the notice is on the page."""

    code = "mail.off"
    ru = "Почта в этой установке выключена; уведомление есть на странице."


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter and where it is handed in; ``outgoing`` None: it was sent already, by a job that is no more."""

    delivery_id: UUID
    server: SmtpServer
    outgoing: Outgoing | None
    number: int
    armed: str


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
    told = [] if delivery.notice_id is None else notices.letter_of(conn, delivery.notice_id)
    if not told:
        raise SubjectGone(what={"ru": "уведомление", "en": "notice"})
    to = None if delivery.principal_id is None else notices.address(conn, delivery.principal_id)
    if to is None:
        raise SubjectGone(what={"ru": "адрес", "en": "address"})
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
    return Outcome({"delivery": str(ready.delivery_id), "notices": ready.number}, (ready.delivery_id, reply, ms))


def write(conn: Conn, _held: Claim, sent: tuple[UUID, int, int] | None) -> None:
    """Write that the server took it."""
    if sent is not None:
        store.record_sent(conn, sent[0], http_status=sent[1], ms=sent[2])


def on_failure(conn: Conn, held: Claim, why: Sentence, status: Status) -> None:
    """Write the attempt; a job without its delivery has nothing to write to."""
    try:
        delivery_id = UUID(held.args[ARGUMENT])
    except (KeyError, ValueError, TypeError, AttributeError):
        return
    store.record_failure(conn, delivery_id, error_code=why.code, is_final=status is Status.DEAD)


def _delivery(conn: Conn, job: Job) -> Delivery:
    try:
        found = store.get(conn, job.argument_id(ARGUMENT))
    except NotFound:
        raise SubjectGone(what={"ru": "отправление", "en": "delivery"}) from None
    if found.channel is not Channel.MAIL:
        raise ArgumentsInvalid(name=ARGUMENT)
    return found


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write, on_failure=on_failure)
