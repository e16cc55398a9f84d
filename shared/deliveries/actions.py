"""Asks for something to be sent: the row and the job that sends it, in the caller's transaction."""

from __future__ import annotations

from uuid import UUID

from shared.db.pool import Conn
from shared.deliveries import store
from shared.deliveries.model import Channel
from shared.jobs.actions import enqueue
from shared.jobs.kinds import DELIVER_MAIL, DELIVER_WEBHOOK
from shared.jobs.model import MunicipalityKey

KIND_OF = {Channel.MAIL: DELIVER_MAIL, Channel.WEBHOOK: DELIVER_WEBHOOK}
ARGUMENT = "delivery"
"""Name of the jobs' one argument."""


def create(
    conn: Conn,
    *,
    municipality_id: int,
    channel: Channel,
    school_id: int | None = None,
    notice_id: int | None = None,
    principal_id: int | None = None,
    subscription_id: int | None = None,
    feed_no: int | None = None,
    replay_of: UUID | None = None,
    account_link_id: int | None = None,
    requested_by: int | None = None,
    traceparent: str | None = None,
) -> UUID:
    """Write a delivery and its job; return the delivery's id. Mail names a principal and a notice or the link
    of an account, a webhook a subscription and a number of the feed; the database refuses any other mixture.
    """
    row = store.queries().insert_delivery(
        conn,
        municipality_id=municipality_id,
        school_id=school_id,
        channel=channel.value,
        notice_id=notice_id,
        principal_id=principal_id,
        subscription_id=subscription_id,
        feed_no=feed_no,
        replay_of=replay_of,
        account_link_id=account_link_id,
    )
    delivery_id: UUID = row["id"]
    enqueue(
        conn,
        owner=MunicipalityKey(municipality_id),
        kind=KIND_OF[channel],
        args={ARGUMENT: str(delivery_id)},
        cause=f"delivery:{delivery_id}",
        requested_by=requested_by,
        traceparent=traceparent,
    )
    return delivery_id
