"""Webhooks against a real receiver: signed, tried again, repeated by hand, and ended."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable

import pytest

from services.worker import webhook_post
from shared.errors import RuleBroken
from shared.webhooks import sending, subscriptions
from tests.worker.machinery import Engine, wait_until
from tests.worker.receiver import Receiver
from tests.worker.stamping import cancel_a_job, killed_stamping, stamp
from tests.worker.subscribed import KEYS, Sender, subscribe


def test_an_event_is_sent_signed_and_its_receiver_can_verify_it(sender: Sender, verify: Callable[..., bool]) -> None:
    delivery = sender.event()
    assert sender.send(delivery) == "done"
    (got,) = sender.receiver.received
    assert verify(got.headers, got.body, sender.secret)
    assert (got.path, got.headers["Webhook-Id"]) == ("/in", str(delivery))
    assert got.headers["Host"] == f"127.0.0.1:{sender.receiver.port}"
    told = json.loads(got.body)
    assert (told["type"], told["data"]["type"], told["data"]["feed_no"]) == ("job.cancelled", "job.cancelled", 2)
    assert sender.delivery(delivery) == ("sent", [("sent", 204, None)])


def test_a_receiver_that_fails_is_asked_again_under_the_same_id(sender: Sender) -> None:
    sender.receiver.answers = [500, 404, 302]
    sender.receiver.location = "http://169.254.169.254/latest/meta-data"
    delivery = sender.event()
    assert [sender.send(delivery) for _ in range(4)] == ["queued", "queued", "queued", "done"]
    refused = [("again", status, "webhook.status") for status in (500, 404, 302)]
    assert sender.delivery(delivery) == ("sent", [*refused, ("sent", 204, None)])
    assert {got.headers["Webhook-Id"] for got in sender.receiver.received} == {str(delivery)}
    assert len({got.body for got in sender.receiver.received}) == 1


def test_a_receiver_that_is_not_there_or_says_nothing_is_asked_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_post, "READ_SECONDS", 0.2)
    sender.receiver.may_answer.clear()
    delivery = sender.event()
    assert sender.send(delivery) == "queued"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{unused.getsockname()[1]}"
        sender.engine.execute("SELECT 1")
        with sender.engine.conn() as conn:
            subscriptions.update(conn, sender.actor, sender.webhook_id, 1, {"url": place})
        sender.hosts = place
        assert sender.send(delivery) == "queued"
    assert sender.delivery(delivery) == ("waiting", [("again", None, "webhook.silent")] * 2)


def test_a_receiver_that_is_gone_is_told_nothing_more(sender: Sender) -> None:
    sender.receiver.answers = [410]
    delivery = sender.event()
    assert sender.send(delivery) == "dead"
    assert sender.delivery(delivery) == ("failed", [("failed", 410, "webhook.gone")])
    assert (sender.webhook()["is_active"], sender.webhook()["stopped_reason"]) == (False, "gone")
    with sender.engine.conn() as conn:
        cancel_a_job(sender.engine, conn)
    stamp(sender.engine)
    assert sender.ids() == [delivery]
    with sender.engine.conn() as conn:
        back = subscriptions.update(conn, sender.actor, sender.webhook_id, 2, {"is_active": True})
    assert (back["is_active"], back["stopped_reason"]) == (True, None)


def test_a_delivery_that_was_given_up_is_sent_again_by_hand_with_the_same_body(sender: Sender) -> None:
    delivery = sender.event()
    (job,) = sender.engine.rows("SELECT id FROM job_run WHERE args ->> 'delivery' = %s", str(delivery))
    sender.engine.execute("UPDATE job_run SET max_attempts = 2 WHERE id = %s", job["id"])
    with sender.engine.conn() as conn, pytest.raises(RuleBroken):
        sending.replay(conn, sender.actor, delivery)
    sender.receiver.answers = [500, 503]
    assert [sender.send(delivery), sender.send(delivery)] == ["queued", "dead"]
    assert sender.delivery(delivery)[0] == "failed"
    with sender.engine.conn() as conn:
        repeat = sending.replay(conn, sender.actor, delivery)
    assert sender.send(repeat) == "done"
    first, *_, last = sender.receiver.received
    assert (first.body, last.headers["Webhook-Id"]) == (last.body, str(repeat))
    (row,) = sender.engine.rows("SELECT replay_of FROM delivery WHERE id = %s", repeat)
    assert row["replay_of"] == delivery


def test_a_test_message_is_sent_also_while_the_subscription_is_off(sender: Sender, verify: Callable[..., bool]) -> None:
    with sender.engine.conn() as conn:
        subscriptions.update(conn, sender.actor, sender.webhook_id, 1, {"is_active": False})
        delivery = sending.ping(conn, sender.actor, sender.webhook_id)
    assert sender.send(delivery) == "done"
    (got,) = sender.receiver.received
    assert verify(got.headers, got.body, sender.secret)
    assert json.loads(got.body)["type"] == "webhook.ping"


def test_a_subscription_that_is_switched_off_or_ended_before_its_turn_is_sent_nothing(sender: Sender) -> None:
    off, over = sender.event(), sender.event()
    with sender.engine.conn() as conn:
        subscriptions.update(conn, sender.actor, sender.webhook_id, 1, {"is_active": False})
    assert sender.send(off) == "dead"
    with sender.engine.conn() as conn:
        subscriptions.end(conn, sender.actor, sender.webhook_id, 2, None)
    assert sender.send(over) == "dead"
    assert [sender.delivery(made)[1] for made in (off, over)] == [[("failed", None, "webhook.off")]] * 2
    assert sender.receiver.received == []
    with sender.engine.conn("engine") as conn:
        assert subscriptions.signing_secrets(conn, sender.webhook_id, keys=KEYS) == ()


def test_only_wanted_types_of_the_own_municipality_are_sent(engine: Engine, receiver: Receiver) -> None:
    wanting = subscribe(engine, receiver, types=["job.cancelled"])
    foreign = engine.another_programme()
    engine.another_programme(in_municipality=engine.programme.municipality_id)
    with engine.conn() as conn:
        cancel_a_job(engine, conn)
    stamp(engine)
    (row,) = engine.rows("SELECT subscription_id, feed_no FROM delivery")
    assert (row["subscription_id"], row["feed_no"]) == (wanting.webhook_id, 3)
    with engine.conn("auditor") as conn:
        conn.execute("SELECT set_config('app.municipality_id', %s, true)", (str(foreign.municipality_id),))
        assert conn.execute("SELECT 1 FROM delivery").fetchall() == []


def test_a_killed_stamper_leaves_neither_a_number_nor_a_delivery_and_the_next_one_makes_each_once(
    sender: Sender,
) -> None:
    engine = sender.engine
    for _ in range(3):
        with engine.conn() as conn:
            cancel_a_job(engine, conn)
    assert killed_stamping(engine) == -signal.SIGKILL
    assert sender.ids() == []
    # The server sees that its client is dead at once or a moment later; until then the head is locked.
    wait_until(lambda: stamp(engine) > 0 or len(sender.ids()) > 0, seconds=60)
    numbers = [row["feed_no"] for row in engine.rows("SELECT feed_no FROM delivery ORDER BY feed_no")]
    assert numbers == [2, 3, 4]


def test_an_event_comes_by_itself_through_dispatcher_and_worker(sender: Sender) -> None:
    sender.engine.start("dispatcher")
    sender.engine.start("worker", WORKER_CLASS="simple", WEBHOOK_HOSTS=sender.hosts)
    with sender.engine.conn() as conn:
        cancel_a_job(sender.engine, conn)
    wait_until(lambda: len(sender.receiver.received) == 1, seconds=60)
    wait_until(lambda: sender.delivery(sender.ids()[0])[0] == "sent", seconds=60)
