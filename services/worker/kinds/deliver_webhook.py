"""Sends one delivery of a webhook and writes what became of it; at least once, under the delivery's id."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from uuid import UUID

from services.worker.kind import Handler, Job, Outcome, Snapshot
from services.worker.webhook_post import post
from shared.access.sealed import keys_of
from shared.db.pool import Conn
from shared.deliveries import store
from shared.deliveries.actions import ARGUMENT
from shared.errors import NotFound
from shared.jobs.model import Claim, Sentence, Status
from shared.webhooks import subscriptions
from shared.webhooks.errors import ReceiverGone, ReceiverRefused
from shared.webhooks.sending import Sending, make_ready

ALGORITHM_VERSION = "1"
_GONE = 410


def load(conn: Conn, job: Job) -> Snapshot:
    """Read and sign the message; what can never be sent ends the job for good."""
    settings = job.settings
    keys = keys_of(settings.secrets_key)
    ready = make_ready(conn, job.argument_id(ARGUMENT), hosts=settings.webhook_hosts, keys=keys)
    if job.held.traceparent:
        ready = replace(ready, headers={**ready.headers, "traceparent": job.held.traceparent})
    named = {"delivery": str(ready.delivery_id), "webhook": ready.webhook_id, "body": ready.body.decode()}
    return Snapshot(ready, ready.asked_at, named=named)


def compute(ready: Sending) -> Outcome:
    """Send it. The receiver knows a repeat by its Webhook-Id."""
    began = time.monotonic()
    status = post(ready.where, headers=ready.headers, body=ready.body)
    ms = round((time.monotonic() - began) * 1000)
    if status == _GONE:
        raise ReceiverGone
    if not 200 <= status <= 299:
        raise ReceiverRefused(http_status=status)
    body = {"delivery": str(ready.delivery_id), "webhook": ready.webhook_id, "http_status": status}
    return Outcome(body, (ready.delivery_id, status, ms))


def write(conn: Conn, _held: Claim, sent: tuple[UUID, int, int]) -> None:
    """Write that the receiver took it."""
    delivery_id, status, ms = sent
    store.record_sent(conn, delivery_id, http_status=status, ms=ms)


def on_failure(conn: Conn, held: Claim, why: Sentence, status: Status) -> None:
    """Write the attempt; a receiver that is gone for good gets nothing more."""
    try:
        delivery = store.get(conn, UUID(held.args[ARGUMENT]))
    except (NotFound, KeyError, ValueError, TypeError, AttributeError):
        return  # a job without its delivery has nothing to write to
    http_status = _GONE if why.code == ReceiverGone.code else _status_in(why)
    store.record_failure(
        conn, delivery.id, error_code=why.code, is_final=status is Status.DEAD, http_status=http_status
    )
    if why.code == ReceiverGone.code and delivery.subscription_id is not None:
        subscriptions.stop_gone(conn, delivery.subscription_id)


def _status_in(why: Sentence) -> int | None:
    """Return the answer that the sentence tells of: a failure reaches this place as its sentence alone."""
    found = re.search(r"\d{3}", why.en) if why.code == ReceiverRefused.code else None
    return None if found is None else int(found[0])


HANDLER = Handler(load, compute, ALGORITHM_VERSION, write=write, on_failure=on_failure)
