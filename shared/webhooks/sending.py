"""Deliveries of webhooks: asked for by numbered events, by a test and by a repeat; made ready to be sent.

Takes an open transaction and its tenant, never commits, opens no connection to a receiver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.access import audit
from shared.access.model import Actor
from shared.access.sealed import Keys
from shared.db.pool import Conn
from shared.db.records import Row
from shared.deliveries import actions, store
from shared.deliveries.model import Channel, Delivery, DeliveryStatus
from shared.errors import NotFound, RuleBroken
from shared.feed import store as feed
from shared.feed.model import FeedEvent
from shared.jobs.errors import SubjectGone
from shared.webhooks import message, subscriptions
from shared.webhooks.addresses import AddressRefused, Target, allowed_places, target
from shared.webhooks.errors import AddressForbidden, SubscriptionOver
from shared.webhooks.signature import headers


@dataclass(frozen=True, slots=True)
class Sending:
    """A message ready to go; ``asked_at`` is the database's clock, which the signature carries."""

    delivery_id: UUID
    webhook_id: int
    where: Target
    headers: dict[str, str]
    body: bytes
    asked_at: datetime


def fan_out(conn: Conn, municipality_id: int, events: Sequence[FeedEvent]) -> list[UUID]:
    """Ask for a delivery of each event to each active subscription that wants its type. Engine role."""
    wanting = list(subscriptions.queries().subscribed(conn)) if events else []
    return [
        actions.create(
            conn,
            municipality_id=municipality_id,
            channel=Channel.WEBHOOK,
            subscription_id=row["id"],
            feed_no=event.feed_no,
        )
        for event in events
        for row in wanting
        if event.type in row["event_types"] or subscriptions.EVERYTHING in row["event_types"]
    ]


def ping(conn: Conn, actor: Actor, webhook_id: int) -> UUID:
    """Ask for a test message, also while the subscription is switched off. NotFound, RecordEnded."""
    row = subscriptions.get(conn, webhook_id)
    subscriptions.demand_living(row)
    audit.record(conn, actor, "webhook.ping", "webhook", webhook_id)
    return _create(conn, actor, row, feed_no=None, replay_of=None)


def replay(conn: Conn, actor: Actor, delivery_id: UUID) -> UUID:
    """Ask for the same message again, as a delivery of its own. NotFound, RecordEnded, RuleBroken."""
    delivery = get(conn, delivery_id)
    row = subscriptions.get(conn, _subscription(delivery))
    subscriptions.demand_living(row)
    if delivery.status is DeliveryStatus.WAITING:
        ru, en = "Доставка ещё ждёт отправки.", "The delivery is still waiting to be sent."
        raise RuleBroken(rule="delivery.waiting", ru=ru, en=en)
    if not row["is_active"] and delivery.feed_no is not None:
        ru, en = "Подписка выключена: сначала включите её.", "The subscription is off: switch it on first."
        raise RuleBroken(rule="webhook.off", ru=ru, en=en)
    audit.record(conn, actor, "delivery.replay", "webhook", row["id"])
    return _create(conn, actor, row, feed_no=delivery.feed_no, replay_of=delivery.id)


def get(conn: Conn, delivery_id: UUID) -> Delivery:
    """Return one delivery of a webhook; NotFound also for a letter and for another municipality's."""
    found = store.get(conn, delivery_id)
    if found.channel is not Channel.WEBHOOK:
        raise NotFound
    return found


def page(
    conn: Conn, webhook_id: int, *, after: UUID | None, limit: int, status: DeliveryStatus | None
) -> list[Delivery]:
    """Return deliveries of a subscription, newest first, that follow the delivery ``after``."""
    rows = subscriptions.queries().list_deliveries(
        conn, webhook_id=webhook_id, after=after, limit=limit, status=None if status is None else status.value
    )
    return [store.delivery(row) for row in rows]


def make_ready(conn: Conn, delivery_id: UUID, *, hosts: str, keys: Keys) -> Sending:
    """Read and sign what is to be sent now; ``hosts`` is the setting `webhook_hosts`. Engine role.

    Raises SubjectGone, SubscriptionOver, AddressForbidden: asking again would give the same; SecretSealed.
    """
    try:
        delivery = get(conn, delivery_id)
        row = subscriptions.get(conn, _subscription(delivery))
        body = _body(conn, delivery)
    except NotFound:
        raise SubjectGone(what="delivery") from None
    if row["ended_at"] is not None or not (row["is_active"] or delivery.feed_no is None):
        raise SubscriptionOver
    try:
        where = target(row["url"], allowed_places(hosts))
    except AddressRefused as error:
        raise AddressForbidden(why={"ru": error.ru, "en": error.en}) from None
    now = _now(conn)
    signed = headers(
        subscriptions.signing_secrets(conn, row["id"], keys=keys),
        message_id=str(delivery.id),
        timestamp=int(now.timestamp()),
        body=body,
    )
    return Sending(delivery.id, row["id"], where, signed, body, now)


def _create(conn: Conn, actor: Actor, row: Row, *, feed_no: int | None, replay_of: UUID | None) -> UUID:
    return actions.create(
        conn,
        municipality_id=row["municipality_id"],
        channel=Channel.WEBHOOK,
        subscription_id=row["id"],
        feed_no=feed_no,
        replay_of=replay_of,
        requested_by=actor.principal_id,
        traceparent=actor.traceparent,
    )


def _body(conn: Conn, delivery: Delivery) -> bytes:
    if delivery.feed_no is not None:
        return message.body_of(feed.get(conn, delivery.feed_no))
    return message.ping(
        municipality_id=delivery.municipality_id, webhook_id=_subscription(delivery), at=delivery.created_at
    )


def _subscription(delivery: Delivery) -> int:
    if delivery.subscription_id is None:
        raise NotFound
    return delivery.subscription_id


def _now(conn: Conn) -> datetime:
    row = conn.execute("SELECT clock_timestamp() AS now").fetchone()
    if row is None:
        raise RuntimeError("the clock gave nothing")
    now: datetime = row["now"]
    return now
